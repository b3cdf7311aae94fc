internal import EndpointLogic
internal import ImageCodecs
public import RobotData
internal import Wire

/// A robot body whose pictures are taken apart from the rest, because rendering costs more than
/// all else and a policy in the midst of a plan does not look.
public protocol SimulatedBody: RobotBody {
  /// What the robot feels and the physics says, without pictures.
  ///
  /// - Throws: as `observe()`.
  func observeWithoutPictures() throws -> SensorReading

  /// What the cameras see now, in the description's order.
  ///
  /// - Throws: as `observe()`.
  func takePictures() throws -> [CameraFrame]
}

/// One robot of a simulated fleet: the endpoint's own logic and a body, without a link.
///
/// A robot that no one drives stands still: its physics is not advanced, and its last reading
/// is taken again.
struct SimulatedEndpoint {
  let robot: RobotID
  let instance: UInt64
  let body: any SimulatedBody
  var machine: EndpointStateMachine
  /// When the scene will be laid out for the next episode; nil while an episode is in progress.
  private var readyAt: FleetInstant?
  private let resetTime: Duration
  private let codec: CameraFrameCodec
  /// What was read since the robot moved last.
  private var reading: SensorReading?
  private var pictures: [CameraFrame]?
  private var isAtRest = false
  private var hasBegun = false

  init(
    _ robot: RobotID, instance: UInt64, _ body: any SimulatedBody, resetTime: Duration
  ) throws(ImageCodecError) {
    codec = try CameraFrameCodec()
    self.robot = robot
    self.instance = instance
    self.body = body
    self.resetTime = resetTime
    machine = EndpointStateMachine(
      robot: robot, instance: instance, description: body.description,
      configuration: EndpointConfiguration(), firstSeed: 0)
  }

  /// The coordinator said something. That the robot is ready is said when someone has laid out
  /// the scene.
  mutating func handle(
    _ message: CoordinatorToRobot, at now: FleetInstant
  ) -> [RobotToCoordinator] {
    if case .startEpisode = message { readyAt = nil }
    return holdingBack(machine.handle(message, at: now), at: now)
  }

  private mutating func holdingBack(
    _ messages: [RobotToCoordinator], at now: FleetInstant
  ) -> [RobotToCoordinator] {
    guard messages.contains(.ready) else { return messages }
    readyAt = now + (hasBegun ? resetTime : .zero)
    hasBegun = true
    return messages.filter { $0 != .ready }
  }

  /// Time passed: what the endpoint says by itself.
  mutating func tick(at now: FleetInstant) -> [RobotToCoordinator] {
    var said = holdingBack(machine.tick(at: now, wall: WallTime(at: now)), at: now)
    if let readyAt, readyAt <= now {
      self.readyAt = nil
      said.append(.ready)
    }
    return said
  }

  /// Carries out the next task, if there is one now; nil when the robot waits.
  ///
  /// - Throws: what the body throws: a study whose robot is broken is over.
  mutating func work(at now: FleetInstant) throws -> [RobotToCoordinator]? {
    switch machine.nextTask(at: now) {
    case .wait, .leave: return nil
    case .reset(let seed):
      try body.reset(seed: seed)
      forget()
      return machine.didReset(at: now)
    case .observe:
      return machine.didObserve(try read(at: now), at: now, wall: WallTime(at: now))
    case .execute(let command):
      return machine.didExecute(command, executed: try execute(command), at: now)
    case .stop:
      body.stop()
      machine.didStop()
      return []
    }
  }

  /// The pictures of what the robot sees now, compressed as its link would carry them: what a
  /// policy knows of the world are these.
  mutating func look() throws -> [CameraFrame] {
    if let pictures { return pictures }
    let taken = try zip(body.takePictures(), body.description.cameras)
      .map { try codec.encode($0, as: $1) }
    pictures = taken
    return taken
  }

  private mutating func read(at now: FleetInstant) throws -> SensorReading {
    var next = try reading ?? body.observeWithoutPictures()
    next.captureTime = WallTime(at: now)
    reading = next
    return next
  }

  private mutating func execute(_ command: Command?) throws -> Action {
    let isHeld = (command?.annotation.author ?? .hold) == .hold
    if isHeld, isAtRest { return .hold }
    let executed = try body.apply(command?.action ?? .hold)
    forget()
    isAtRest = isHeld && executed.twist == .zero
    return executed
  }

  private mutating func forget() {
    reading = nil
    pictures = nil
    isAtRest = false
  }
}

extension WallTime {
  /// Civil time of a simulation begins at zero.
  init(at instant: FleetInstant) { self.init(nanosecondsSinceEpoch: instant.nanoseconds) }
}

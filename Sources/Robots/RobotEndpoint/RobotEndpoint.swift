internal import Clocks
public import EndpointLogic
internal import ImageCodecs
internal import PlainErrors
public import RobotData
internal import Wire
public import ZeroMQ

/// What happened to an endpoint, for people.
public enum EndpointNews: Hashable, Sendable {
  /// The coordinator has let the robot in.
  case joined
  /// The link is gone; the robot holds and knocks.
  case linkLost
  /// An episode began.
  case episodeStarted(EpisodeID)
  /// An episode is over.
  case episodeEnded(EpisodeID, steps: Int)
  /// The robot was stopped, and why.
  case stopped(String)
  /// Something is broken.
  case fault(String)
  /// A message of the coordinator could not be read.
  case malformedMessage(String)
  /// A command arrived; whether it is carried out is decided when its period comes.
  case commanded(Command)
}

/// How an endpoint ended.
public struct EndpointResult: Hashable, Sendable {
  /// Why it ended, for people.
  public var reason: String
  /// Whether the coordinator did not let it in.
  public var wasRefused: Bool
  /// Steps that were never acknowledged.
  public var unacknowledgedSteps: Int
  /// What it counted.
  public var counters: EndpointStateMachine.Counters
}

/// The robot's side of the fleet: carries out what `EndpointStateMachine` decides, with a real
/// robot body and a real socket. Everything happens in the thread that calls `run()`.
public final class RobotEndpoint {
  private let body: any RobotBody
  private let socket: Socket
  private let stopping: Mailbox<String>
  private let codec: CameraFrameCodec
  private let news: (EndpointNews) -> Void
  private var machine: EndpointStateMachine

  /// An endpoint that connects to `address` when it runs. `stopping` takes the reason for which
  /// someone wants it to end; `news` is called in the running thread.
  ///
  /// - Throws: `ZMQError` when the address cannot be understood.
  public init(
    robot: RobotID, body: any RobotBody, address: String, context: Context,
    security: Security = .plain, configuration: EndpointConfiguration = EndpointConfiguration(),
    stopping: Mailbox<String>, news: @escaping (EndpointNews) -> Void
  ) throws {
    var options = SocketOptions()
    // What no one takes is not queued: the machine sends again what matters.
    options.isImmediate = true
    options.reconnectInterval = .milliseconds(50)
    options.reconnectIntervalLimit = .seconds(2)
    options.frameBytesLimit = WireLimits.headerBytes
    options.security = security
    socket = try Socket(.dealer, in: context, options: options)
    try socket.connect(address)
    self.body = body
    self.stopping = stopping
    self.news = news
    codec = try CameraFrameCodec()
    machine = EndpointStateMachine(
      robot: robot, instance: .random(in: 1 ... .max), description: body.description,
      configuration: configuration, firstSeed: .random(in: 0 ... .max))
  }

  /// Runs until the coordinator refuses the robot, or `stopping` says why to end. However it ends, the
  /// body is stopped before it returns or throws.
  ///
  /// - Throws: `ZMQError` when the context is shut down.
  public func run() throws -> EndpointResult {
    defer { body.stop() }
    return try loop()
  }

  private func loop() throws -> EndpointResult {
    var poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(stopping.wakeup)
    while true {
      try receive()
      if let reason = stopping.take().first {
        machine.shutDown(because: reason, at: SystemClock.now)
      }
      try send(machine.tick(at: SystemClock.now, wall: SystemClock.wall))
      let now = SystemClock.now
      switch machine.nextTask(at: now) {
      case .wait(let until):
        // Never longer than this, so that steps to send again are looked after.
        let pause = min(max(until - now, .zero), .milliseconds(50))
        _ = try poller.wait(atMost: pause)
      case .leave(let reason):
        body.stop()
        try? send([.goodbye])
        return EndpointResult(
          reason: reason, wasRefused: machine.isRefused,
          unacknowledgedSteps: machine.unacknowledgedSteps, counters: machine.counters)
      case .reset(let seed): try carryOut { try reset(seed) }
      case .observe: try carryOut { try observe() }
      case .execute(let command): try carryOut { try execute(command) }
      case .stop:
        body.stop()
        machine.didStop()
      }
    }
  }

  // MARK: - Tasks

  /// A body that throws, or says what no message can carry, is broken: the robot stops, and says so.
  private func carryOut(_ task: () throws -> [RobotToCoordinator]) throws {
    let messages: [[[UInt8]]]
    do {
      messages = try task().map { try $0.frames() }
    } catch {
      body.stop()
      news(.fault(PlainError.sentence(error)))
      return try send(machine.didFail(PlainError.sentence(error)))
    }
    for frames in messages { _ = try socket.sendNow(frames) }
  }

  private func reset(_ seed: UInt64) throws -> [RobotToCoordinator] {
    try body.reset(seed: seed)
    return machine.didReset(at: SystemClock.now)
  }

  private func observe() throws -> [RobotToCoordinator] {
    // The moment at which the period begins, not that at which the pictures are done.
    let began = SystemClock.now
    var reading = try body.observe()
    let cameras = body.description.cameras
    guard reading.frames.map(\.camera) == cameras.map(\.name) else {
      throw EndpointError.cameras(
        expected: cameras.map(\.name), got: reading.frames.map(\.camera))
    }
    reading.frames = try zip(reading.frames, cameras).map { try codec.encode($0, as: $1) }
    return machine.didObserve(reading, at: began, wall: SystemClock.wall)
  }

  private func execute(_ command: Command?) throws -> [RobotToCoordinator] {
    let executed = try body.apply(command?.action ?? .hold)
    return machine.didExecute(command, executed: executed, at: SystemClock.now)
  }

  // MARK: - Messages

  private func receive() throws {
    while let message = try socket.receiveNow() {
      let heard: CoordinatorToRobot
      do throws(WireError) {
        heard = try CoordinatorToRobot(frames: message.parts)
      } catch {
        machine.dropMalformed()
        news(.malformedMessage(PlainError.sentence(error)))
        continue
      }
      let wasJoined = machine.isJoined
      let episode = machine.episode
      let steps = machine.nextStep
      try send(machine.handle(heard, at: SystemClock.now))
      tell(heard, wasJoined: wasJoined, episode: episode, steps: steps)
    }
  }

  private func tell(
    _ heard: CoordinatorToRobot, wasJoined: Bool, episode: EpisodeID?, steps: Int
  ) {
    if !wasJoined, machine.isJoined { news(.joined) }
    if wasJoined, !machine.isJoined { news(.linkLost) }
    if let episode, machine.episode != episode {
      news(.episodeEnded(episode, steps: steps))
    }
    if case .startEpisode(let started, _) = heard, started != episode {
      news(.episodeStarted(started))
    }
    switch heard {
    case .stop(let reason): news(.stopped(reason))
    case .command(let command): news(.commanded(command))
    default: break
    }
  }

  private func send(_ messages: [RobotToCoordinator]) throws {
    for message in messages {
      // A message that is not taken is lost like one on the way: all that matters is repeated.
      _ = try socket.sendNow(message.frames())
    }
  }
}

/// What is wrong with a robot's body.
enum EndpointError: Error, CustomStringConvertible {
  case cameras(expected: [CameraName], got: [CameraName])

  var description: String {
    switch self {
    case .cameras(let expected, let got):
      "the robot gave pictures of \(got.map(\.name)) instead of \(expected.map(\.name)): "
        + "is a camera unplugged?"
    }
  }
}

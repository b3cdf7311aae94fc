import EndpointLogic
import RobotData
import Testing
import Wire

extension RobotDescription {
  /// A robot at 10 Hz without cameras.
  static func bench(simulated: Bool = true) -> RobotDescription {
    RobotDescription(
      profile: "bench-arm", isSimulated: simulated, rate: 10, joints: ["j"], cameras: [],
      limits: ActionLimits(
        linearSpeed: 1, angularSpeed: 1, linearAcceleration: 100, angularAcceleration: 100),
      task: TaskDescription(name: "stack", instruction: "Stack.", subtasks: []))
  }
}

extension Action {
  static let move = Action(
    twist: Twist(linear: Vector3(0.1, 0, 0), angular: .zero), gripper: .hold)
}

extension SensorReading {
  static let rest = SensorReading(
    captureTime: WallTime(nanosecondsSinceEpoch: 0),
    proprioception: Proprioception(
      endEffectorPose: Pose(position: .zero, orientation: .identity), endEffectorTwist: .zero,
      gripperOpening: 1, jointPositions: [0], jointVelocities: [0]),
    frames: [], progress: nil, simulatedState: nil)
}

/// An endpoint's logic with a clock that tests move by hand, and a robot that does everything at
/// once and exactly as it is told.
struct EndpointStage {
  var machine: EndpointStateMachine
  var now = FleetInstant(nanoseconds: 1_000_000_000)
  var sequence: UInt64 = 0
  /// What the robot was really told, newest last: the witness of its motion.
  var carriedOut: [Action] = []
  var stops = 0
  let episode = EpisodeID(session: SessionID(3), ordinal: 1)

  init(
    simulated: Bool = true, _ change: (inout EndpointConfiguration) -> Void = { _ in }
  ) {
    var configuration = EndpointConfiguration()
    change(&configuration)
    machine = EndpointStateMachine(
      robot: "r", instance: 1, description: .bench(simulated: simulated),
      configuration: configuration, firstSeed: 9)
  }

  var wall: WallTime { WallTime(nanosecondsSinceEpoch: now.nanoseconds) }

  /// Carries out everything that is due now, and returns what was sent.
  mutating func settle() -> [RobotToCoordinator] {
    var sent = machine.tick(at: now, wall: wall)
    for _ in 0..<100 {
      switch machine.nextTask(at: now) {
      case .wait, .leave: return sent
      case .reset: sent += machine.didReset(at: now)
      case .observe: sent += machine.didObserve(.rest, at: now, wall: wall)
      case .execute(let command):
        let action = command?.action ?? .hold
        carriedOut.append(action)
        sent += machine.didExecute(command, executed: action, at: now)
      case .stop:
        stops += 1
        machine.didStop()
      }
    }
    Issue.record("the endpoint does not come to rest at \(now)")
    return sent
  }

  /// Time passes in steps of 10 ms.
  mutating func pass(_ duration: Duration) -> [RobotToCoordinator] {
    var sent: [RobotToCoordinator] = []
    let end = now + duration
    while now < end {
      now = now + .milliseconds(10)
      sent += settle()
    }
    return sent
  }

  mutating func hear(_ message: CoordinatorToRobot) -> [RobotToCoordinator] {
    machine.handle(message, at: now) + settle()
  }

  /// Joins and begins the episode; returns what was sent.
  mutating func begin(lockstep: Bool = false) -> [RobotToCoordinator] {
    settle() + hear(.welcome(session: SessionID(3), lockstep: lockstep))
      + hear(.startEpisode(episode, seed: 5))
  }

  mutating func command(
    _ action: Action, by author: Author = .human("ann"), step: Int?, in other: EpisodeID? = nil,
    sequence number: UInt64? = nil
  ) -> [RobotToCoordinator] {
    sequence += 1
    return hear(
      .command(
        Command(
          sequence: number ?? sequence, episode: other ?? episode, respondsTo: step,
          validity: .milliseconds(300), action: action,
          annotation: StepAnnotation(
            author: author, cause: .requestServed, uncertainty: nil, subtask: nil))))
  }
}

extension [RobotToCoordinator] {
  /// The steps of the observations among these messages.
  var observed: [Int] {
    compactMap { if case .observation(let observation, _) = $0 { observation.step } else { nil } }
  }

  /// The outcomes among these messages.
  var outcomes: [StepOutcome] {
    compactMap { if case .outcome(let outcome) = $0 { outcome } else { nil } }
  }

  /// The steps that were sent whole.
  var resent: [Int] {
    compactMap { if case .step(let record) = $0 { record.observation.step } else { nil } }
  }

  var hellos: Int { count { if case .hello = $0 { true } else { false } } }
}

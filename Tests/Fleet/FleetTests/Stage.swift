import Fleet
import RobotData
import Testing

/// A fleet on a stage: tests tell it what happens and read what it answers. A witness watches
/// every scene, so that each scenario also checks all rules.
struct Stage {
  var fleet: FleetStateMachine
  var now = FleetInstant(nanoseconds: 5_000_000_000)
  var witness: Witness
  /// The robots that send heartbeats whenever time passes, with their processes.
  var alive: [RobotID: UInt64] = [:]
  /// The operators that do so.
  var present: [OperatorID: UInt64] = [:]

  init(_ change: (inout FleetConfiguration) -> Void = { _ in }) {
    var configuration = FleetConfiguration(session: SessionID(7), seed: 42)
    change(&configuration)
    fleet = FleetStateMachine(configuration: configuration)
    witness = Witness(configuration)
  }

  /// One event, now.
  @discardableResult
  mutating func tell(
    _ event: FleetEvent, sourceLocation: SourceLocation = #_sourceLocation
  ) -> [FleetEffect] {
    let effects = fleet.handle(event, at: now)
    witness.configuration.thresholds = fleet.configuration.thresholds
    witness.saw(event, effects, at: now)
    witness.compare(with: fleet.status(at: now))
    let wrong = witness.violations + fleet.contradictions
    #expect(wrong == [], "after \(event)", sourceLocation: sourceLocation)
    return effects
  }

  /// Lets time pass in ticks of 50 ms; those who are alive say so.
  @discardableResult
  mutating func pass(
    _ duration: Duration, sourceLocation: SourceLocation = #_sourceLocation
  ) -> [FleetEffect] {
    let end = now + duration
    var effects: [FleetEffect] = []
    while now < end {
      now = min(now + .milliseconds(50), end)
      for (id, instance) in alive.sorted(by: { $0.key < $1.key }) {
        effects += tell(.robotHeartbeat(id, instance: instance), sourceLocation: sourceLocation)
      }
      for (name, instance) in present.sorted(by: { $0.key < $1.key }) {
        effects += tell(
          .operatorHeartbeat(name, instance: instance), sourceLocation: sourceLocation)
      }
      effects += tell(.tick, sourceLocation: sourceLocation)
    }
    return effects
  }

  // MARK: Robots

  @discardableResult
  mutating func join(
    _ id: RobotID, instance: UInt64 = 1, in episode: EpisodeInProgress? = nil
  ) -> [FleetEffect] {
    let effects = tell(.robotJoined(id, instance: instance, .bench, episode))
    if effects.contains(.welcomeRobot(id)) { alive[id] = instance }
    return effects
  }

  @discardableResult
  mutating func ready(_ id: RobotID) -> [FleetEffect] {
    tell(.robotReady(id, instance: alive[id] ?? 0))
  }

  /// A robot that joins, and begins an episode.
  @discardableResult
  mutating func begin(_ id: RobotID) -> [FleetEffect] {
    join(id)
    return ready(id)
  }

  @discardableResult
  mutating func see(
    _ id: RobotID, _ step: Int, age: Duration = .zero, success: Bool = false,
    isFinite: Bool = true, completed: [SubtaskName] = [], available: [SubtaskName] = [],
    hand: Vector3 = .zero,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> [FleetEffect] {
    let summary = ObservationSummary(
      episode: episode(of: id), step: step,
      endEffectorPose: Pose(position: hand, orientation: .identity),
      progress: TaskProgress(completed: completed, available: available, isSuccess: success),
      isFinite: isFinite)
    return tell(
      .observed(id, instance: alive[id] ?? 0, summary, age: age), sourceLocation: sourceLocation)
  }

  @discardableResult
  mutating func decide(
    _ id: RobotID, _ step: Int, _ action: Action = .reach, task: Double = 0.05,
    policy: Double = 0.02, sourceLocation: SourceLocation = #_sourceLocation
  ) -> [FleetEffect] {
    let decision = PolicyDecision(
      action: action, uncertainty: Uncertainty(task: task, policy: policy), subgoal: nil)
    return tell(
      .policyDecided(id, episode(of: id), step: step, decision), sourceLocation: sourceLocation)
  }

  // MARK: Operators

  @discardableResult
  mutating func enter(
    _ name: OperatorID, instance: UInt64 = 1, closedLoop: Bool = false
  ) -> [FleetEffect] {
    let effects = tell(.operatorJoined(name, instance: instance, closedLoop: closedLoop))
    if effects.contains(.welcomeOperator(name)) { present[name] = instance }
    return effects
  }

  @discardableResult
  mutating func ask(
    _ name: OperatorID, _ request: OperatorRequest,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> [FleetEffect] {
    tell(
      .operatorRequested(name, instance: present[name] ?? 0, request),
      sourceLocation: sourceLocation)
  }

  /// Why the request is refused, or nil.
  mutating func refusal(
    _ name: OperatorID, _ request: OperatorRequest,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Refusal? {
    for effect in ask(name, request, sourceLocation: sourceLocation) {
      if case .refuseRequest(name, _, let refusal) = effect { return refusal }
    }
    return nil
  }

  // MARK: What is so

  func status(_ id: RobotID) -> RobotSnapshot? { fleet.status(of: id, at: now) }

  func state(_ id: RobotID) -> RobotSnapshot.State? { status(id)?.state }

  func episode(of id: RobotID) -> EpisodeID {
    status(id)?.episode ?? EpisodeID(session: SessionID(0), ordinal: 0)
  }
}

extension RobotDescription {
  /// A robot for tests.
  static let bench = RobotDescription(
    profile: "bench-arm", isSimulated: true, rate: 10, joints: ["a"], cameras: [],
    limits: ActionLimits(
      linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
    task: TaskDescription(name: "stack", instruction: "Stack the blocks.", subtasks: ["red"]))
}

extension Pose {
  static let rest = Pose(position: .zero, orientation: .identity)
}

extension Action {
  /// A movement, as a policy or person may ask for it.
  static let reach = Action.moving(0.1)

  static func moving(_ speed: Double) -> Action {
    Action(twist: Twist(linear: Vector3(speed, 0, 0), angular: .zero), gripper: .hold)
  }
}

extension [FleetEffect] {
  /// The commands to a robot.
  func commands(to id: RobotID) -> [Command] {
    compactMap { if case .command(id, let command) = $0 { command } else { nil } }
  }

  /// The causes of the hand-overs of a robot.
  func causes(of id: RobotID) -> [HandoverCause] { handovers(of: id).map(\.cause) }

  func handovers(of id: RobotID) -> [Handover] {
    compactMap {
      if case .handover(let handover) = $0, handover.robot == id { handover } else { nil }
    }
  }
}

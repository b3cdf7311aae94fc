public import RobotData
internal import ScriptedExpert
public import Wire

/// A modelled operator, as a pure machine: it stands in for a person in studies and tests, speaks
/// the operator's own protocol, and attends to one robot at a time.
///
/// It takes the robot that is next, needs a moment to see what is going on, chooses the next
/// subtask at each branch point, drives with `ScriptedExpert`, marks the episode, and takes the
/// next robot. Where a policy drives, it hands the robot back when a subtask is done.
public struct OperatorModelMachine: ConsoleDialogue, Sendable {
  /// The link to the coordinator. Leaves `joining` by a welcome or a refusal; leaves `joined`
  /// when the coordinator is silent for too long, or says goodbye.
  enum Link: Hashable, Sendable {
    case joining(nextHello: FleetInstant)
    case joined(heardAt: FleetInstant, nextHeartbeat: FleetInstant)
    case refused(String)
  }

  /// What the operator does: waits for a robot, drives one, or has marked its episode and waits
  /// for it to be taken away.
  enum Activity: Sendable {
    case free(nextAsk: FleetInstant)
    case driving(Drive)
    case leaving(RobotID)
  }

  /// The control of one robot.
  struct Drive: Sendable {
    var robot: RobotID
    var description: RobotDescription
    var expert: ScriptedExpert?
    var readyAt: FleetInstant
    var answered = 0
    var subtask: SubtaskName?
    var subtasksAtStart: Int?
    /// The newest observation that came before the operator had seen what is going on.
    var waiting: Observation?
  }

  /// Silence of the coordinator after which the operator joins anew.
  static let linkTimeout = Duration.milliseconds(1_500)

  /// What the operator did so far.
  public struct Counters: Hashable, Sendable {
    /// Robots that were taken.
    public var taken = 0
    /// Observations that were answered.
    public var answers = 0
    /// Episodes marked as success.
    public var successes = 0
    /// Episodes marked as failure.
    public var failures = 0
  }

  private let name: OperatorID
  private let instance: UInt64
  private let parameters: OperatorModelParameters
  private var random: SplitMix64
  private var link = Link.joining(nextHello: .origin)
  private var activity = Activity.free(nextAsk: .origin)
  private var isLockstep = false
  private var isAssisted = false
  private var orders: UInt32 = 0

  /// What the operator did so far.
  public private(set) var counters = Counters()

  /// An operator who has not joined yet; `instance` is a random number, drawn once by a process.
  public init(name: OperatorID, instance: UInt64, parameters: OperatorModelParameters) {
    self.name = name
    self.instance = instance
    self.parameters = parameters
    random = SplitMix64(seed: parameters.seed)
  }

  /// Why the operator was not let in.
  public var ending: String? { if case .refused(let reason) = link { reason } else { nil } }

  /// The robot that the operator drives.
  public var robot: RobotID? {
    switch activity {
    case .driving(let drive): drive.robot
    case .leaving(let robot): robot
    case .free: nil
    }
  }

  // MARK: - Dialogue

  /// The coordinator said something.
  public mutating func handle(
    _ message: CoordinatorToConsole, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    if case .joined(_, let next) = link { link = .joined(heardAt: now, nextHeartbeat: next) }
    switch message {
    case .welcome(_, let lockstep):
      isLockstep = lockstep
      link = .joined(heardAt: now, nextHeartbeat: now)
      return []
    case .refused(let reason):
      link = .refused(reason)
      return []
    case .assigned(let robot, _, let description):
      begin(robot, description, at: now)
      return []
    case .unassigned(let robot, _):
      if self.robot == robot { rest(at: now) }
      return []
    case .observation(let robot, let observation, _):
      return see(observation, of: robot, at: now)
    case .status(let status):
      isAssisted = status.isAssisted
      return []
    case .goodbye:
      link = .joining(nextHello: now)
      activity = .free(nextAsk: now)
      return []
    case .orderRefused, .episodeEnded, .notice, .heartbeatReply:
      return []
    }
  }

  /// Time passed: hellos, heartbeats, asking for a robot, and the end of the reaction time.
  public mutating func tick(at now: FleetInstant, wall: WallTime) -> [ConsoleToCoordinator] {
    switch link {
    case .refused: return []
    case .joining(let nextHello):
      guard nextHello <= now else { return [] }
      link = .joining(nextHello: now + .milliseconds(500))
      return [.hello(name, instance: instance, .operator, closedLoop: true)]
    case .joined(let heardAt, let nextHeartbeat):
      guard now - heardAt < Self.linkTimeout else {
        link = .joining(nextHello: now)
        activity = .free(nextAsk: now)
        return tick(at: now, wall: wall)
      }
      var said: [ConsoleToCoordinator] = []
      if nextHeartbeat <= now {
        link = .joined(heardAt: heardAt, nextHeartbeat: now + .milliseconds(500))
        said.append(.heartbeat(sentTime: wall))
      }
      return said + act(at: now)
    }
  }

  private mutating func act(at now: FleetInstant) -> [ConsoleToCoordinator] {
    switch activity {
    case .free(let nextAsk):
      guard nextAsk <= now else { return [] }
      activity = .free(nextAsk: now + (isLockstep ? .milliseconds(50) : .milliseconds(300)))
      return [order(.takeNext)]
    case .driving(var drive):
      guard drive.readyAt <= now, let observation = drive.waiting else { return [] }
      drive.waiting = nil
      activity = .driving(drive)
      return answer(observation, at: now)
    case .leaving: return []
    }
  }

  private mutating func order(_ order: OperatorOrder) -> ConsoleToCoordinator {
    orders &+= 1
    return .order(order, number: orders)
  }

  // MARK: - Driving

  private mutating func begin(
    _ robot: RobotID, _ description: RobotDescription, at now: FleetInstant
  ) {
    // A second robot is never asked for while one is held; should one come, the first is kept.
    guard self.robot == nil || self.robot == robot else { return }
    let spread = Double.random(in: -1...1, using: &random) * parameters.reactionSpread
    let reaction = isLockstep ? 0 : max(parameters.reactionTime + spread, 0.1)
    counters.taken += 1
    activity = .driving(
      Drive(
        robot: robot, description: description,
        expert: ScriptedExpert(
          task: description.task.name, skill: parameters.skill, seed: random.next()),
        readyAt: now + .seconds(reaction)))
  }

  private mutating func rest(at now: FleetInstant) {
    let pause: Duration = isLockstep ? .zero : .seconds(parameters.pauseBetweenRobots)
    activity = .free(nextAsk: now + pause)
  }

  private mutating func see(
    _ observation: Observation, of robot: RobotID, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    guard case .driving(var drive) = activity, drive.robot == robot else { return [] }
    guard drive.readyAt <= now else {
      drive.waiting = observation
      activity = .driving(drive)
      return []
    }
    return answer(observation, at: now)
  }

  private mutating func answer(
    _ observation: Observation, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    guard case .driving(var drive) = activity, var expert = drive.expert,
      let progress = observation.reading.progress
    else { return [] }
    let start = drive.subtasksAtStart ?? progress.completed.count
    drive.subtasksAtStart = start
    drive.answered += 1
    counters.answers += 1
    if expert.isFree || drive.answered > parameters.patience {
      if progress.isSuccess { return finish(drive.robot, .success) }
      if drive.answered > parameters.patience { return finish(drive.robot, .failure) }
      if isAssisted, progress.completed.count > start {
        activity = .leaving(drive.robot)
        return [order(.handBack(drive.robot))]
      }
    }
    var said: [ConsoleToCoordinator] = []
    let isOpen = drive.subtask.map { progress.available.contains($0) } ?? false
    if !isOpen, expert.isFree, let next = expert.choose(from: progress.available) {
      drive.subtask = next
      said.append(order(.chooseSubtask(drive.robot, next)))
    }
    var action = Action.hold
    if let subtask = drive.subtask {
      action = expert.action(
        for: observation.reading, subtask: subtask, limits: drive.description.limits,
        period: drive.description.period)
    }
    drive.expert = expert
    activity = .driving(drive)
    return said + [order(.drive(drive.robot, action, respondsTo: observation.step))]
  }

  private mutating func finish(
    _ robot: RobotID, _ outcome: EpisodeOutcome
  ) -> [ConsoleToCoordinator] {
    if outcome == .success { counters.successes += 1 } else { counters.failures += 1 }
    activity = .leaving(robot)
    return [order(.mark(robot, outcome))]
  }
}

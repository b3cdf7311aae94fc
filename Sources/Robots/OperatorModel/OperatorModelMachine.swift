public import RobotData
internal import ScriptedExpert
public import Wire

/// A modelled operator, as a pure machine: it stands in for a person in studies and tests, speaks
/// the operator's own protocol, and attends to one robot at a time.
///
/// It takes the robot that is next, needs a moment to see what is going on, chooses the next
/// subtask at each branch point, drives with `ScriptedExpert`, marks the episode, and takes the
/// next robot. Where a policy drives, it helps as `OperatorGuidance` says; robots that are unsure
/// of themselves rather than of the task are driven to the end of a subtask in any case.
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

  /// How the operator goes about a robot.
  enum Manner: Hashable, Sendable {
    /// Not decided: the operator has not seen the robot, or knows nothing of the fleet yet.
    case undecided
    /// Through all subtasks: no policy would go on.
    case throughEpisode
    /// To the end of a subtask.
    case toEndOfSubtask
    /// Toward a subtask, for this many steps so far.
    case nudging(Int)
    /// At rest for this many steps so far, in the last of which the policy was sure.
    case resting(Int, sure: Int)
    /// Only names the subtask, or all that are to come.
    case naming
  }

  /// The control of one robot.
  struct Drive: Sendable {
    var robot: RobotID
    var description: RobotDescription
    var cause: HandoverCause
    /// Why the robot asked, as far as the status told.
    var reason: HelpReason?
    var expert: ScriptedExpert?
    var readyAt: FleetInstant
    var manner = Manner.undecided
    var answered = 0
    var subtask: SubtaskName?
    /// What the operator made up their mind to at first sight, in order.
    var wishes: [SubtaskName] = []
    var subtasksAtStart: Int?
    /// Whether the operator has closed the gripper about an object.
    var hasTaken = false
    /// The newest observation that came before the operator had seen what is going on.
    var waiting: Sight?
  }

  /// What the operator sees of a robot.
  struct Sight: Sendable {
    var observation: Observation
    var uncertainty: Uncertainty?
  }

  /// Subtasks that were named to a robot, in order.
  struct Naming: Hashable, Sendable {
    var episode: EpisodeID
    var subtasks: [SubtaskName]
    var at: FleetInstant
  }

  /// What the operator remembers of a robot's progress.
  struct Memory: Hashable, Sendable {
    var episode: EpisodeID
    var completed: [SubtaskName]
    /// The robot's own time when its progress was first seen, s.
    var since: Double
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
  let parameters: OperatorModelParameters
  var random: SplitMix64
  private var link = Link.joining(nextHello: .origin)
  var activity = Activity.free(nextAsk: .origin)
  var isLockstep = false
  /// The newest status; nil before the first.
  var status: FleetStatus?
  /// What was named last, by robot.
  var named: [RobotID: Naming] = [:]
  /// What was seen at glances, by robot.
  var memories: [RobotID: Memory] = [:]
  /// The robot that is looked at, and until when.
  var glance: (robot: RobotID, until: FleetInstant)?
  private var orders: UInt32 = 0

  /// What the operator did so far.
  public internal(set) var counters = Counters()

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
    case .assigned(let robot, let cause, let description):
      return begin(robot, description, because: cause, at: now)
    case .unassigned(let robot, _):
      if self.robot == robot { rest(at: now) }
      return []
    case .observation(let robot, let observation, let uncertainty):
      let sight = Sight(observation: observation, uncertainty: uncertainty)
      return self.robot == robot ? see(sight, at: now) : notice(observation, of: robot, at: now)
    case .status(let status):
      self.status = status
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
      return [
        .hello(name, instance: instance, .operator, closedLoop: true, fleet: parameters.fleet)
      ]
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
      let said = look(at: now)
      guard nextAsk <= now else { return said }
      activity = .free(nextAsk: now + (isLockstep ? .milliseconds(50) : .milliseconds(300)))
      return said + [order(.takeNext)]
    case .driving(var drive):
      guard drive.readyAt <= now, let sight = drive.waiting else { return [] }
      drive.waiting = nil
      activity = .driving(drive)
      return answer(sight, at: now)
    case .leaving: return []
    }
  }

  mutating func order(_ order: OperatorOrder) -> ConsoleToCoordinator {
    orders &+= 1
    return .order(order, number: orders)
  }
}

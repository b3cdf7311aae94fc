public import RobotData

/// Why a robot is stopped.
public enum StopCause: Hashable, Sendable {
  /// An operator stopped it, or all robots.
  case emergencyStop(by: OperatorID)
  /// It reported a fault, or what it sent was not finite.
  case fault(message: String)

  /// The cause as hand-overs tell it.
  var handover: HandoverCause {
    switch self {
    case .emergencyStop: .emergencyStop
    case .fault: .robotFault
    }
  }
}

/// What a robot is doing, and all that is known only while it does that.
///
/// | from \ by      | joins      | lost    | starts    | ends | stop    | release            |
/// |----------------|------------|---------|-----------|------|---------|--------------------|
/// | offline        | idle, active(awaiting), stopped | - | - | (episode given up) | remembered | forgotten |
/// | idle           | idle       | offline | active    | -    | stopped | -                  |
/// | active         | active, idle | offline | -       | idle | stopped | -                  |
/// | stopped        | stopped    | offline | -         | -    | stopped | active(awaiting), idle |
enum RobotState: Sendable {
  /// Not connected; whatever it does, it holds. Leaves to: `idle` when it joins without an
  /// episode, `active` and awaiting when it joins in one, `stopped` when a stop is remembered.
  case offline(Absence)
  /// Connected, between episodes. Leaves to: `active` when it is ready and an episode may begin,
  /// `stopped` by an emergency stop or fault, `offline` when it leaves or is silent for too long.
  case idle(isReady: Bool)
  /// In an episode, under exactly one control. Leaves to: `idle` when the episode ends, `stopped`
  /// by an emergency stop or fault, `offline` when it leaves or is silent for too long.
  case active(Episode, Control)
  /// Must not move: no command is sent. Leaves to: `active` and awaiting when it is released in
  /// an episode, `idle` when it is released between episodes, `offline` when it leaves or is
  /// silent for too long (the stop is remembered).
  case stopped(StopCause, Stoppage)
}

/// What is kept of a robot that is offline.
struct Absence: Sendable {
  /// A stop that outlasts the absence.
  enum Stop: Hashable, Sendable {
    /// None.
    case none
    /// Stopped; it will be when it returns.
    case stopped(StopCause)
    /// Released meanwhile; it will be told when it returns.
    case released
  }

  /// When it was lost.
  var since: FleetInstant
  /// The episode that it may return to.
  var episode: Episode?
  /// Whether it must not move when it returns.
  var stop: Stop
}

/// What a stopped robot returns to when it is released.
enum Stoppage: Sendable {
  /// It was between episodes.
  case idle(isReady: Bool)
  /// It was in this episode.
  case during(Episode)
}

/// Who has control of a robot in an episode.
enum Control: Sendable {
  /// The policy drives. Leaves to: `awaiting` when the policy asks or fails, `teleoperated` when
  /// an operator takes over, `paused` with the fleet.
  case assisted(Assistance)
  /// No one drives; the robot waits for a person. Leaves to: `teleoperated` when an operator
  /// takes it, `assisted` when the uncertainty that it waits for has fallen.
  case awaiting(Waiting)
  /// A person drives. Leaves to: `assisted` (or `awaiting` without a policy) when the operator
  /// hands back, `assisted` when the uncertainty that they were called for has fallen,
  /// `awaiting` when the operator is lost, `paused` with the fleet.
  case teleoperated(Tenure)
  /// No one drives because the fleet is paused. Leaves to: what it was when the fleet continues;
  /// `awaiting` when its operator is lost or hands it back without a policy.
  case paused(Intermission)
}

/// The policy's control of a robot.
struct Assistance: Hashable, Sendable {
  /// Answers in a row that the policy owes.
  var missed = 0
  /// The operator from whom the robot went on by itself: a new movement of theirs takes it back.
  var returnedFrom: OperatorID?
  /// For how long the hand has been about one place.
  var stay = Stay()
  /// Decisions so far, and how many of them in a row were above a threshold, up to the last.
  private var decisions = 0
  private var doubts = 0

  /// An assistance that begins.
  init(returnedFrom: OperatorID?) { self.returnedFrom = returnedFrom }

  /// The policy decided, above a threshold or not.
  mutating func note(isAbove: Bool) {
    decisions += 1
    doubts = isAbove ? doubts + 1 : 0
  }

  /// For how long decisions have been above a threshold, of the robot's own time; nil before the first.
  func doubtfulFor(period: Duration) -> Duration? { decisions > 0 ? period * doubts : nil }
}

/// A robot's request for a person.
struct Waiting: Hashable, Sendable {
  var reason: HelpReason
  var since: FleetInstant
}

/// What continues after a pause.
enum Intermission: Sendable {
  case assisted
  case teleoperated(Tenure)
}

/// A person's control of a robot, from taking it to letting go.
struct Tenure: Sendable {
  let holder: OperatorID
  /// Whether the operator answers each observation.
  let isClosedLoop: Bool
  /// The request that was served; nil for a robot that was taken without being asked.
  let serves: HelpReason?
  /// When the robot was taken.
  let since: FleetInstant
  /// The first step whose observation was taken after the person got control. Inputs count only
  /// from then on: nothing that was decided before the hand-over moves the robot.
  var firstStep: Int?
  /// Observations that were shown and can still be answered.
  var shown = Sightings()
  /// The last step that the operator answered.
  var answered: Int?
  /// The last input, for robots that are not answered step by step.
  var input: (action: Action, at: FleetInstant)?
  /// When the operator last moved the robot, rather than let it rest.
  var moved: FleetInstant?

  /// This tenure after a pause: what was shown or given before it is void.
  var renewed: Tenure {
    Tenure(holder: holder, isClosedLoop: isClosedLoop, serves: serves, since: since)
  }
}

extension RobotState {
  var isOnline: Bool {
    if case .offline = self { false } else { true }
  }

  var isStopped: Bool {
    if case .stopped = self { true } else { false }
  }

  /// The episode in progress, also of a robot that is stopped or offline.
  var episode: Episode? {
    switch self {
    case .offline(let absence): absence.episode
    case .idle, .stopped(_, .idle): nil
    case .active(let episode, _), .stopped(_, .during(let episode)): episode
    }
  }

  var control: Control? {
    if case .active(_, let control) = self { control } else { nil }
  }

  var waiting: Waiting? {
    if case .awaiting(let waiting) = control { waiting } else { nil }
  }

  /// The tenure of the operator who holds the robot, also during a pause.
  var tenure: Tenure? {
    switch control {
    case .teleoperated(let tenure), .paused(.teleoperated(let tenure)): tenure
    case .assisted, .awaiting, .paused(.assisted), nil: nil
    }
  }

  /// Who has control; this is what makes it exactly one.
  var author: Author {
    switch control {
    case .assisted: .policy
    case .teleoperated(let tenure): .human(tenure.holder)
    case .awaiting, .paused, nil: .hold
    }
  }

  /// Changes the episode in progress in place; nil without one.
  @discardableResult
  mutating func updateEpisode<R>(_ body: (inout Episode) -> R) -> R? {
    let before = self
    self = .idle(isReady: false)
    switch before {
    case .idle, .stopped(_, .idle):
      self = before
      return nil
    case .offline(var absence):
      guard var episode = absence.episode else {
        self = before
        return nil
      }
      let result = body(&episode)
      absence.episode = episode
      self = .offline(absence)
      return result
    case .active(var episode, let control):
      let result = body(&episode)
      self = .active(episode, control)
      return result
    case .stopped(let cause, .during(var episode)):
      let result = body(&episode)
      self = .stopped(cause, .during(episode))
      return result
    }
  }

  /// Changes the tenure of the operator who drives in place; nil when no one does.
  @discardableResult
  mutating func updateTenure<R>(_ body: (inout Tenure) -> R) -> R? {
    guard case .active(let episode, .teleoperated(var tenure)) = self else { return nil }
    let result = body(&tenure)
    self = .active(episode, .teleoperated(tenure))
    return result
  }
}

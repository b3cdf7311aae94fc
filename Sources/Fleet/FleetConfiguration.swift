public import RobotData

/// In which order robots that wait for help are served.
public enum ServiceStrategy: String, Hashable, Sendable, CaseIterable {
  /// The robot whose request came first.
  case firstCome = "first-come"
  /// The robot that has waited longest in all, over the whole episode.
  case longestWait = "longest-wait"
  /// The robot whose uncertainty exceeds its threshold by the greatest factor.
  case highestUncertainty = "highest-uncertainty"
  /// The robot whose last interventions took the least of the operator's time.
  case shortestService = "shortest-service"
}

/// When a policy that drives asks, and when it goes on.
public enum GatingRule: Hashable, Sendable {
  /// PATO's plain rule: ask above the thresholds, go on below them.
  case plain
  /// Ask above the thresholds, go on below `resume` times the thresholds.
  case asymmetric(resume: Double)
  /// As plain, but no change of author within `dwell` of the last one.
  case dwell(Duration)
}

/// All that a fleet's behaviour depends on, besides its events.
public struct FleetConfiguration: Hashable, Sendable {
  /// The coordinator's run; part of every new episode's identifier.
  public var session: SessionID
  /// Seeds the scenes of the episodes.
  public var seed: UInt64
  /// Whether there is a policy; without one every robot waits for a person.
  public var isAssisted: Bool
  /// Above what the policy asks.
  public var thresholds: UncertaintyThresholds
  /// When the policy asks and goes on.
  public var gating: GatingRule
  /// Who is served first.
  public var strategy: ServiceStrategy
  /// How long a robot may be silent before it counts as offline.
  public var robotTimeout: Duration
  /// How long an operator may be silent before their robots hold.
  public var operatorTimeout: Duration
  /// How long a human input drives a robot when no other follows.
  public var inputValidity: Duration
  /// How old an observation may be when it arrives and still be acted on.
  public var observationAgeLimit: Duration
  /// How long the policy may take to answer before its answer is thrown away.
  public var decisionTimeout: Duration
  /// How long a command may be executed after it arrived.
  public var commandValidity: Duration
  /// The step after which an episode ends as a failure.
  public var stepLimit: Int
  /// Whether an episode ends with success as soon as the robot says that the task is done.
  public var endsOnSuccess: Bool
  /// How many episodes may be begun in all; nil for no end.
  public var episodeLimit: Int?

  /// A configuration with the defaults that `mallard coordinator --help` shows.
  public init(session: SessionID, seed: UInt64) {
    self.session = session
    self.seed = seed
    isAssisted = false
    thresholds = UncertaintyThresholds(task: 0.19, policy: 0.1)
    gating = .plain
    strategy = .firstCome
    robotTimeout = .seconds(2)
    operatorTimeout = .seconds(2)
    inputValidity = .milliseconds(250)
    observationAgeLimit = .milliseconds(500)
    decisionTimeout = .milliseconds(500)
    commandValidity = .milliseconds(300)
    stepLimit = 1_000
    endsOnSuccess = false
    episodeLimit = nil
  }
}

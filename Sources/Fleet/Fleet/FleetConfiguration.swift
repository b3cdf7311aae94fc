public import RobotData

/// In which order robots that wait for help are served.
public enum ServiceStrategy: String, Hashable, Sendable, CaseIterable {
  /// The robot whose request came first.
  case firstCome = "first-come"
  /// The robot that has waited longest in all, over the whole episode.
  case longestWait = "longest-wait"
  /// The robot whose uncertainty exceeds its threshold by the greatest factor; before them those
  /// that wait for another reason, because they cannot go on by themselves.
  case highestUncertainty = "highest-uncertainty"
  /// The robot whose request will take the least of the operator's time, going by its last
  /// interventions for such a reason, or the fleet's; a reason that no one was served for yet counts as
  /// the shortest. Quick questions come before long drives.
  case shortestService = "shortest-service"
}

/// When a policy that drives asks, and when it continues.
public enum GatingRule: Hashable, Sendable {
  /// PATO's plain rule: ask above the thresholds, go on below them.
  case plain
  /// Ask above the thresholds, go on below `resume` times the thresholds.
  case asymmetric(resume: Double)
  /// As plain, but no change of author by the policy within `dwell` of the last change; people,
  /// failures and stops are never delayed.
  case dwell(Duration)
  /// As plain, but a robot that is on its way asks only when it has been above a threshold for this long
  /// of its own time, decision by decision; one that has just been given control asks at once. A doubt
  /// of a moment, such as whether a subtask is done already, passes by itself.
  case confirmed(Duration)
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
  /// When the policy asks and continues.
  public var gating: GatingRule
  /// When a hand that the policy drives gets nowhere, and the robot asks; nil for never.
  public var stagnation: StagnationRule?
  /// Which ways episodes are to go; nil where robots ask, or choose.
  public var plan: CollectionPlan?
  /// Who is served first.
  public var strategy: ServiceStrategy
  /// A request that has waited this long is served before all that have not, the oldest first:
  /// some strategies would let a robot wait for ever. Nil for the bare strategy.
  public var patience: Duration?
  /// Whether a robot that an operator took because of an uncertainty continues by itself when that
  /// uncertainty has fallen and the person, after moving it, has been at rest for
  /// `inputValidity` (PATO's nudge). Robots taken without being asked wait to be handed back.
  public var returnsAutomatically: Bool
  /// How long after such a return a new movement of the same operator takes the robot back.
  public var retakeWindow: Duration
  /// How long a robot may be silent before it counts as offline.
  public var robotTimeout: Duration
  /// How long the episode of an offline robot is kept open for its return.
  public var episodeAbandonment: Duration
  /// How long an operator may be silent before their robots hold.
  public var operatorTimeout: Duration
  /// How long a human input drives a robot when no other follows.
  public var inputValidity: Duration
  /// How old an observation may be when it arrives and still be acted on. In lockstep a robot
  /// stands still until it is answered: there the shell passes an age of zero.
  public var observationAgeLimit: Duration
  /// How long the policy may take to answer before its answer is thrown away.
  public var decisionTimeout: Duration
  /// How many answers in a row the policy may owe before the robot asks for a person.
  public var missedDecisionLimit: Int
  /// How long a command may be executed after it arrived.
  public var commandValidity: Duration
  /// How many steps under a policy or a person an episode may have; after that it ends as a
  /// failure. Steps spent waiting do not count.
  public var stepLimit: Int
  /// Whether an episode ends with success as soon as the robot says that the task is done.
  public var endsOnSuccess: Bool
  /// How many episodes may be begun in all; nil for no end.
  public var episodeLimit: Int?
  /// What earlier runs of the same fleet's coordinator left; counts toward the limit.
  public var earlier = EarlierEpisodes()
  /// The commands' numbers begin above this. An endpoint refuses numbers that it has passed, so
  /// a restarted coordinator must begin higher than its predecessor ended: the shell passes the
  /// microseconds of civil time at its start, which rise faster than commands are sent.
  public var sequenceOrigin: UInt64

  /// A configuration with the defaults that `mallard coordinator --help` shows.
  public init(session: SessionID, seed: UInt64) {
    self.session = session
    self.seed = seed
    isAssisted = false
    thresholds = UncertaintyThresholds(task: 0.19, policy: 0.1)
    gating = .plain
    stagnation = nil
    plan = nil
    strategy = .firstCome
    patience = .seconds(120)
    returnsAutomatically = true
    retakeWindow = .seconds(1)
    robotTimeout = .seconds(2)
    episodeAbandonment = .seconds(60)
    operatorTimeout = .seconds(2)
    inputValidity = .milliseconds(250)
    observationAgeLimit = .milliseconds(500)
    decisionTimeout = .milliseconds(500)
    missedDecisionLimit = 3
    commandValidity = .milliseconds(300)
    stepLimit = 1_000
    endsOnSuccess = false
    episodeLimit = nil
    sequenceOrigin = 0
  }
}

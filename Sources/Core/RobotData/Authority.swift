/// Who moves a robot at one instant; exactly one of these holds at any time.
public enum Author: Hashable, Sendable {
  /// No one: the robot keeps its position.
  case hold
  /// The assistive policy.
  case policy
  /// A person, or a modelled person.
  case human(OperatorID)
}

/// What a policy says of its own confidence in one observation.
public struct Uncertainty: Hashable, Sendable {
  /// Disagreement of the sampled subgoals: which subtask? (PATO, task uncertainty)
  public var task: Double
  /// Disagreement of the ensemble: an unfamiliar state? (PATO, policy uncertainty)
  public var policy: Double

  /// An uncertainty of these parts.
  public init(task: Double, policy: Double) {
    self.task = task
    self.policy = policy
  }

  /// Whether both are finite.
  public var isFinite: Bool { task.isFinite && policy.isFinite }
}

/// Above what a policy asks for a human (PATO: ω and γ).
public struct UncertaintyThresholds: Hashable, Sendable {
  /// ω: the task uncertainty above which the policy asks.
  public var task: Double
  /// γ: the policy uncertainty above which the policy asks.
  public var policy: Double

  /// Thresholds of these values.
  public init(task: Double, policy: Double) {
    self.task = task
    self.policy = policy
  }
}

/// Where the policy means to go: the subgoal that it follows, and samples whose spread is the task
/// uncertainty.
public struct Subgoal: Hashable, Sendable {
  /// Position of the end effector at the subgoal, in the robot's base frame, m.
  public var position: Vector3
  /// Positions of the end effector at some of the sampled subgoals, for display, m.
  public var samples: [Vector3]

  /// A subgoal of these parts.
  public init(position: Vector3, samples: [Vector3]) {
    self.position = position
    self.samples = samples
  }
}

/// What a policy decided on one observation.
public struct PolicyDecision: Hashable, Sendable {
  /// What the policy would do.
  public var action: Action
  /// How unsure it is.
  public var uncertainty: Uncertainty
  /// Where it means to go.
  public var subgoal: Subgoal?

  /// A decision of these parts.
  public init(action: Action, uncertainty: Uncertainty, subgoal: Subgoal?) {
    self.action = action
    self.uncertainty = uncertainty
    self.subgoal = subgoal
  }
}

/// Why a robot waits for a person.
public enum HelpReason: Hashable, Sendable {
  /// There is no policy: every robot is teleoperated in turn.
  case unassisted
  /// The sampled subgoals disagree; the value is the task uncertainty.
  case taskUncertainty(Double)
  /// The ensemble disagrees; the value is the policy uncertainty.
  case policyUncertainty(Double)
  /// The policy failed, or answered with something that is no action.
  case policyFailed
  /// The policy drives and the hand gets nowhere; the value is for how long, s of the robot's time.
  case noProgress(Double)
  /// The operator who held the robot went away, or the robot or coordinator came back in the
  /// middle of an episode.
  case interrupted

  /// What a robot waits for, without how much; the words are those of recordings.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// As `HelpReason.unassisted`.
    case unassisted
    /// As `HelpReason.taskUncertainty`.
    case taskUncertainty = "task-uncertainty"
    /// As `HelpReason.policyUncertainty`.
    case policyUncertainty = "policy-uncertainty"
    /// As `HelpReason.policyFailed`.
    case policyFailed = "policy-failed"
    /// As `HelpReason.noProgress`.
    case noProgress = "no-progress"
    /// As `HelpReason.interrupted`.
    case interrupted
  }

  /// The kind of the reason.
  public var kind: Kind {
    switch self {
    case .unassisted: .unassisted
    case .taskUncertainty: .taskUncertainty
    case .policyUncertainty: .policyUncertainty
    case .policyFailed: .policyFailed
    case .noProgress: .noProgress
    case .interrupted: .interrupted
    }
  }
}

/// Why control of a robot passed from one author to another.
public enum HandoverCause: Hashable, Sendable {
  /// An episode began under the policy.
  case episodeStarted
  /// An episode ended, and with it everybody's control.
  case episodeEnded
  /// The robot asked for a person and holds.
  case helpRequested(HelpReason)
  /// An operator took a robot that had asked for a person.
  case requestServed
  /// An operator took the robot without being asked.
  case operatorTookOver
  /// The operator let go; the policy continues, or the robot waits where there is none.
  case handedBack
  /// The uncertainty that had caused the request has fallen; the policy continues.
  case uncertaintyFell
  /// The operator's connection or heartbeat was lost.
  case operatorLost
  /// The robot's connection or heartbeat was lost.
  case robotLost
  /// The robot (re)connected in the middle of an episode.
  case robotReturned
  /// Emergency stop of this robot, or of all.
  case emergencyStop
  /// The robot reported a fault.
  case robotFault
  /// An emergency stop was released.
  case stopReleased
  /// The fleet was paused.
  case fleetPaused
  /// The fleet continues after a pause.
  case fleetResumed
}

/// How an episode ended.
public enum EpisodeOutcome: UInt8, Hashable, Sendable, CaseIterable {
  /// The task was done.
  case success = 1
  /// The task was not done.
  case failure = 2
  /// The operator does not want the episode; its steps are hidden until they are purged.
  case discarded = 3
  /// The robot or its process went away; the steps are kept, but the episode is not whole.
  case interrupted = 4
}

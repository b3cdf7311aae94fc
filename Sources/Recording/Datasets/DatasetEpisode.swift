/// A change of who controls the robot, as a dataset tells it.
public struct DatasetHandover: Hashable, Sendable, Codable {
  /// The latest recorded step that was seen; nil before the first.
  public var step: Int?
  /// Nanoseconds since 1970, on the coordinator's clock.
  public var time: Int64
  /// Who had control: hold, policy or human.
  public var from: String
  /// The operator who had control.
  public var fromOperator: String?
  /// Who has control now.
  public var to: String
  /// The operator who has control now.
  public var toOperator: String?
  /// Why, as recordings spell it.
  public var cause: String
  /// Why help was wanted, where that was the cause.
  public var reason: String?
  /// Nanoseconds that the robot had waited for a person.
  public var waited: Int64?

  /// A hand-over of these parts.
  public init(
    step: Int?, time: Int64, from: String, fromOperator: String?, to: String,
    toOperator: String?, cause: String, reason: String?, waited: Int64?
  ) {
    self.step = step
    self.time = time
    self.from = from
    self.fromOperator = fromOperator
    self.to = to
    self.toOperator = toOperator
    self.cause = cause
    self.reason = reason
    self.waited = waited
  }
}

/// The run of a coordinator in which an episode began.
public struct DatasetSession: Hashable, Sendable, Codable {
  /// 16 hexadecimal digits.
  public var id: String
  /// Nanoseconds since 1970.
  public var startedAt: Int64
  /// The version of Mallard.
  public var software: String
  /// The policy's name; nil where the fleet was unassisted.
  public var policy: String?
  /// Whether robots waited for each answer.
  public var isLockstep: Bool
  /// Everything else that was set, as JSON.
  public var settings: String

  /// A session of these parts.
  public init(
    id: String, startedAt: Int64, software: String, policy: String?, isLockstep: Bool,
    settings: String
  ) {
    self.id = id
    self.startedAt = startedAt
    self.software = software
    self.policy = policy
    self.isLockstep = isLockstep
    self.settings = settings
  }
}

/// Which part of a dataset an episode belongs to.
public enum DatasetSplit: String, Hashable, Sendable, Codable {
  /// To learn from.
  case train
  /// To measure with.
  case valid

  /// The part of an episode, decided by its identifier alone: it stays the same whatever else is
  /// exported with it.
  ///
  /// - Parameters:
  ///   - episode: The episode's identifier.
  ///   - share: The part of all episodes that is held out, 0 to 1.
  /// - Returns: The part.
  public static func of(_ episode: String, validShare share: Double) -> DatasetSplit {
    // FNV-1a, then SplitMix64's mixing: neighbouring ordinals must not fall together.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in episode.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    hash ^= hash >> 31
    return Double(hash >> 11) * 0x1p-53 < share ? .valid : .train
  }
}

/// What is known of an episode before its steps are read, and what decides whether it is exported.
public struct EpisodeFacts: Hashable, Sendable, Codable {
  /// The identifier in the recording, unique over all recordings.
  public var id: String
  /// The run in which it began.
  public var session: String
  /// The robot's name.
  public var robot: String
  /// The task's name.
  public var task: String
  /// success, failure, discarded or interrupted; nil while it is in progress.
  public var outcome: String?
  /// Nanoseconds since 1970.
  public var startedAt: Int64
  /// Nanoseconds since 1970; nil while it is in progress.
  public var endedAt: Int64?
  /// Decides how a simulated scene was laid out.
  public var seed: UInt64?
  /// What people called it, sorted.
  public var tags: [String]
  /// Who drove it, sorted.
  public var operators: [String]
  /// Recorded steps.
  public var steps: Int
  /// Steps under a person.
  public var humanSteps: Int
  /// Steps under the policy.
  public var policySteps: Int

  /// The facts of an episode.
  public init(
    id: String, session: String, robot: String, task: String, outcome: String?, startedAt: Int64,
    endedAt: Int64?, seed: UInt64?, tags: [String], operators: [String], steps: Int,
    humanSteps: Int, policySteps: Int
  ) {
    self.id = id
    self.session = session
    self.robot = robot
    self.task = task
    self.outcome = outcome
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.seed = seed
    self.tags = tags
    self.operators = operators
    self.steps = steps
    self.humanSteps = humanSteps
    self.policySteps = policySteps
  }
}

/// An episode as a dataset holds it.
public struct DatasetEpisode: Sendable {
  /// Its place within the dataset, from 0.
  public var index: Int
  /// `DatasetStep.datasetIndex` of its first step.
  public var firstStep: Int
  /// What is known of it; `facts.steps` is how many steps the dataset has of it.
  public var facts: EpisodeFacts
  /// One sentence for people and for language-conditioned policies.
  public var instruction: String
  /// The robot as it announced itself, as JSON.
  public var robotDescription: String
  /// The run of the coordinator.
  public var session: DatasetSession
  /// Changes of control, in order.
  public var handovers: [DatasetHandover]
  /// The parts of the episode, in order.
  public var segments: [SegmentSpan]
  /// How good it is.
  public var quality: EpisodeQuality
  /// Whether it is to learn from or to measure with.
  public var split: DatasetSplit

  /// An episode of these parts.
  public init(
    index: Int, firstStep: Int, facts: EpisodeFacts, instruction: String,
    robotDescription: String, session: DatasetSession, handovers: [DatasetHandover],
    segments: [SegmentSpan], quality: EpisodeQuality, split: DatasetSplit
  ) {
    self.index = index
    self.firstStep = firstStep
    self.facts = facts
    self.instruction = instruction
    self.robotDescription = robotDescription
    self.session = session
    self.handovers = handovers
    self.segments = segments
    self.quality = quality
    self.split = split
  }
}

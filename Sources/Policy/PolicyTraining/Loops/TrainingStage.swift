/// The stages of a training, in their order; each uses what those before it made.
public enum TrainingStage: String, CaseIterable, Hashable, Sendable, Codable {
  /// The encoder with softmax attention, which the eye learns from.
  case teacher
  /// The eye: Taylor attention, with the strong part of softmax's as help that is gone at the end.
  case encoder
  /// Every picture through the eye's integers.
  case embeddings
  /// The subgoal predictor.
  case predictor
  /// The goal-reaching policies.
  case ensemble
  /// Flat behaviour cloning.
  case flat
  /// The risk network.
  case risk
  /// An encoder that had Taylor attention from the beginning; only the comparison of attentions needs
  /// it.
  case taylorOnly = "taylor-only"

  /// Its place in the order.
  public var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What a stage measured after an epoch.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// From 1.
  public var epoch: Int
  /// Steps of gradient descent so far.
  public var step: Int
  /// Seconds of learning so far.
  public var seconds: Double
  /// Mean losses of the epoch, by name; `loss` is what was minimised.
  public var training: [String: Double]
  /// On held-out episodes, by name; `loss` decides what is best.
  public var heldOut: [String: Double]
}

/// What a stage has been through.
public struct StageHistory: Hashable, Sendable, Codable {
  /// The stage.
  public var stage: TrainingStage
  /// Its epochs.
  public var epochs: [EpochRecord] = []

  /// A stage that has not begun.
  public init(stage: TrainingStage) { self.stage = stage }

  /// The epoch with the smallest held-out loss.
  public var best: EpochRecord? {
    epochs.min { ($0.heldOut["loss"] ?? .infinity) < ($1.heldOut["loss"] ?? .infinity) }
  }
}

/// How far a training is.
public struct TrainingProgress: Hashable, Sendable {
  /// The stage; nil while recordings are read.
  public var stage: TrainingStage?
  /// What is done within the stage, 0 to 1.
  public var share: Double
  /// How many so far.
  public var done: Int
  /// What is counted: `steps`, `episodes`, `pictures`.
  public var unit: String
  /// Of them in a second; zero while not known.
  public var rate: Double
  /// Seconds that the stage still takes; nil while not known.
  public var secondsLeft: Double?
  /// Losses of the epoch so far.
  public var losses: [String: Double]

  /// This many episodes are read.
  public static func reading(_ done: Int, of whole: Int) -> Self {
    Self(
      stage: nil, share: Double(done) / Double(max(whole, 1)), done: done, unit: "episodes",
      rate: 0, secondsLeft: nil, losses: [:])
  }
}

/// How a training speaks to whoever started it.
public struct TrainingEvents: Sendable {
  /// Told often how far it is.
  public var progress: @Sendable (TrainingProgress) -> Void
  /// A line for people.
  public var say: @Sendable (String) -> Void
  /// Asked before each step: whether to leave a checkpoint and stop.
  public var isCancelled: @Sendable () -> Bool

  /// Events of these parts; silent by default.
  public init(
    progress: @escaping @Sendable (TrainingProgress) -> Void = { _ in },
    say: @escaping @Sendable (String) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.progress = progress
    self.say = say
    self.isCancelled = isCancelled
  }
}

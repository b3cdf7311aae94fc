public import ScriptedExpert

/// How a modelled operator behaves.
public struct OperatorModelParameters: Hashable, Sendable {
  /// From getting a robot to the first movement, mean, s. In lockstep there is none.
  public var reactionTime: Double
  /// How much the reaction time varies: half of its range, s.
  public var reactionSpread: Double
  /// From letting go of one robot to asking for the next, s. In lockstep there is none.
  public var pauseBetweenRobots: Double
  /// How many observations of one episode the operator answers before marking it as a failure.
  public var patience: Int
  /// How the operator moves robots.
  public var skill: HumanSkill
  /// Seeds choices, reaction times and unsteadiness.
  public var seed: UInt64

  /// A practised operator: 0.6 s ± 0.2 s, 0.5 s, 700 steps.
  public init(seed: UInt64) {
    reactionTime = 0.6
    reactionSpread = 0.2
    pauseBetweenRobots = 0.5
    patience = 700
    skill = HumanSkill()
    self.seed = seed
  }
}

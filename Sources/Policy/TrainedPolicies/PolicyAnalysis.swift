public import RobotData

/// What a policy is to look at, apart from any robot's plan.
public struct PolicySight: Sendable {
  /// What the robot's sensors say; pictures of all cameras of the manifest are needed.
  public var reading: SensorReading
  /// The subtask that was named, for `PolicyMethod.patoNamed`.
  public var subtask: SubtaskName?

  /// A sight of these parts.
  public init(reading: SensorReading, subtask: SubtaskName?) {
    self.reading = reading
    self.subtask = subtask
  }
}

/// Everything that a policy makes of one observation.
public struct PolicyAnalysis: Hashable, Sendable {
  /// What the method says of its confidence: what the fleet compares with its thresholds.
  public var uncertainty: Uncertainty
  /// The state: latent, then standardised proprioception.
  public var state: [Float]
  /// What the hierarchy makes of it; nil where the method has none.
  public var hierarchy: Hierarchy?
  /// What flat behaviour cloning makes of it; nil where it was not asked.
  public var flat: Flat?
  /// The actions that the method would execute, in SI units.
  public var actions: [Action]

  /// Subgoals, and the actions towards the one that is followed.
  public struct Hierarchy: Hashable, Sendable {
    /// How far the subgoals disagree.
    public var task: Double
    /// How far the members disagree.
    public var policy: Double
    /// The end effector's position at each sampled subgoal, m, in the order of sampling.
    public var positions: [Vector3]
    /// Which sample is followed.
    public var chosen: Int
    /// The subgoal that is followed, as a state.
    public var subgoal: [Float]
    /// Each member's actions, [members][steps][9], as `ActionNumbers` says.
    public var members: [[[Float]]]
    /// The actions of all members together, in SI units.
    public var actions: [Action]
  }

  /// The flat ensemble, and the risk of its action.
  public struct Flat: Hashable, Sendable {
    /// How far the members disagree: novelty.
    public var disagreement: Double
    /// One less the chance of reaching the end of the subtask; nil for a policy without risk network.
    public var risk: Double?
    /// Each member's numbers, [members][9], as `ActionNumbers` says.
    public var members: [[Float]]
    /// The action of all members together, in SI units.
    public var action: Action
  }

  /// Whether every number that reaches a robot or a threshold is finite.
  var isFinite: Bool {
    uncertainty.isFinite && actions.allSatisfy(\.isFinite)
      && hierarchy.map { $0.positions.allSatisfy(\.isFinite) } ?? true
  }
}

public import RobotData
public import ScriptedExpert

/// How a modelled operator helps the robots of an assisted fleet that ask for a person.
public enum OperatorGuidance: String, Hashable, Sendable, CaseIterable, Codable {
  /// Drives the robot to the end of a subtask, then hands it back.
  case drive
  /// Moves the robot toward a subtask until the policy is sure of itself, then rests, so that the
  /// policy continues by itself (PATO, section 4).
  case nudge
  /// Names the subtask and hands the robot back at once; drives only when the robot asks again.
  case name
  /// As `name`, but names all subtasks that are still to come, in order: one request an episode.
  case order
  /// Drives as in `drive`, and is the one who must notice that a robot needs help: looks at one
  /// robot after the other and takes over those that get nowhere (PATO, section 5, without
  /// uncertainty).
  case noticing
}

/// When a modelled operator hands back a robot of an assisted fleet that was lost.
public enum OperatorHandBack: String, Hashable, Sendable, CaseIterable, Codable {
  /// When the subtask is done.
  case endOfSubtask = "end-of-subtask"
  /// As soon as the operator has taken the object, it is lifted, and the policy says that it is sure: the
  /// policy finishes the subtask by itself (PATO, section 4). A robot that was lost with the object in its
  /// hand is driven to the end of the subtask.
  case onItsWay = "on-its-way"
}

/// How a modelled operator behaves. All times, and how a person notices that a robot is stuck, are
/// a model: they were chosen, not measured on people.
public struct OperatorModelParameters: Hashable, Sendable {
  /// From getting a robot to the first movement, mean, s. In lockstep there is none.
  public var reactionTime: Double
  /// How much the reaction time varies: half of its range, s.
  public var reactionSpread: Double
  /// From letting go of one robot to asking for the next, s. In lockstep there is none.
  public var pauseBetweenRobots: Double
  /// How many observations the operator answers in one go before marking the episode as a
  /// failure, and after how many steps of an episode a watchful operator takes over.
  public var patience: Int
  /// How many observations the operator answers without finishing a subtask, before marking the
  /// episode of an assisted fleet as a failure.
  public var patienceWithSubtask: Int
  /// How the operator helps where a policy drives.
  public var guidance: OperatorGuidance
  /// When the operator hands back a robot that was lost.
  public var handBack: OperatorHandBack
  /// From seeing the situation to having named a subtask, s (`name`, `order`). In lockstep there is none.
  public var choiceTime: Double
  /// For each further subtask that is named in the same breath, s (`order`).
  public var laterChoiceTime: Double
  /// A robot that asks again within this time for the subtask that was named to it is driven, s
  /// (`name`, `order`).
  public var renamingWindow: Double
  /// The fewest steps of a nudge (`nudge`).
  public var leastNudge: Int
  /// How long the operator rests before nudging again where the policy is unsure, s (`nudge`).
  public var restTime: Double
  /// How many steps the operator rests before handing a robot back explicitly of which the policy
  /// is sure (`nudge`).
  public var restLimit: Int
  /// Whether the operator, while no one asks, looks after robots that get nowhere.
  public var isWatchful: Bool
  /// How long a look at one robot takes, s.
  public var modelledGlanceTime: Double
  /// How long a robot may be without progress in its subtasks, s of its own time, before an
  /// operator who looks at it takes over.
  public var modelledPatienceWithRobot: Double
  /// How the operator moves robots.
  public var skill: HumanSkill
  /// Seeds choices, reaction times and unsteadiness.
  public var seed: UInt64
  /// The fleet that started the operator; nil for none.
  public var fleet: FleetID?

  /// A practised operator: 0.6 s ± 0.2 s, 0.5 s, 700 steps, 300 of a subtask;
  /// choices in 0.4 s and 0.3 s for each that follows, glances of 1 s, patience of 14 s.
  public init(seed: UInt64, guidance: OperatorGuidance = .drive) {
    reactionTime = 0.6
    reactionSpread = 0.2
    pauseBetweenRobots = 0.5
    patience = 700
    patienceWithSubtask = 300
    self.guidance = guidance
    handBack = .endOfSubtask
    choiceTime = 0.4
    laterChoiceTime = 0.3
    renamingWindow = 6
    leastNudge = 3
    restTime = 0.6
    restLimit = 10
    isWatchful = guidance == .noticing
    modelledGlanceTime = 1
    modelledPatienceWithRobot = 14
    skill = HumanSkill()
    self.seed = seed
  }
}

public import RobotData

/// One step of an episode as a dataset holds it: all that was recorded, and what follows from its
/// place in the episode.
public struct DatasetStep: Sendable {
  /// The step's place within its episode, from 0 without gaps.
  public var index: Int
  /// The step's place within the dataset, from 0 without gaps.
  public var datasetIndex: Int
  /// The step's index as it was recorded; differs from `index` where steps are missing.
  public var recordedIndex: Int
  /// When the sensors were read, on the robot's clock.
  public var captureTime: WallTime
  /// When the observation arrived, on the coordinator's clock.
  public var receiveTime: WallTime
  /// What the robot felt before it acted.
  public var proprioception: Proprioception
  /// What the author asked for.
  public var requestedAction: Action
  /// What the robot did, after its limits.
  public var executedAction: Action
  /// The command that was executed; nil where none was valid and the robot held.
  public var commandSequence: UInt64?
  /// Who moved the robot.
  public var author: Author
  /// Why this author had control: a word of `HandoverCause` as recordings spell it.
  public var cause: String
  /// Why help was wanted, where that was the cause.
  public var reason: String?
  /// What a policy said of its confidence; nil where none looked.
  public var uncertainty: Uncertainty?
  /// The subtask that the operator had chosen; nil where none was named.
  public var subtask: SubtaskName?
  /// How far the task had come; nil where the robot cannot tell.
  public var progress: TaskProgress?
  /// What only a simulator knows; nil for a real robot.
  public var simulatedState: SimulatedState?
  /// Whether the robot's loop began this period late.
  public var isLate: Bool
  /// The part of the episode that the step belongs to.
  public var segment: Segment
  /// How much the step counts in training on human corrections.
  public var weight: Double
  /// Whether it is the last step of its episode.
  public var isLast: Bool
  /// Whether the episode succeeded, at its last step; false before.
  public var isSuccess: Bool
  /// The pictures in the order of the schema's cameras; nil where the camera gave none.
  public var frames: [CameraFrame?]

  /// 1 at the last step of a success, 0 elsewhere.
  public var reward: Double { isSuccess ? 1 : 0 }

  /// A step of these parts.
  public init(
    index: Int, datasetIndex: Int, recordedIndex: Int, captureTime: WallTime,
    receiveTime: WallTime, proprioception: Proprioception, requestedAction: Action,
    executedAction: Action, commandSequence: UInt64?, author: Author, cause: String,
    reason: String?, uncertainty: Uncertainty?, subtask: SubtaskName?, progress: TaskProgress?,
    simulatedState: SimulatedState?, isLate: Bool, segment: Segment, weight: Double,
    isLast: Bool, isSuccess: Bool, frames: [CameraFrame?]
  ) {
    self.index = index
    self.datasetIndex = datasetIndex
    self.recordedIndex = recordedIndex
    self.captureTime = captureTime
    self.receiveTime = receiveTime
    self.proprioception = proprioception
    self.requestedAction = requestedAction
    self.executedAction = executedAction
    self.commandSequence = commandSequence
    self.author = author
    self.cause = cause
    self.reason = reason
    self.uncertainty = uncertainty
    self.subtask = subtask
    self.progress = progress
    self.simulatedState = simulatedState
    self.isLate = isLate
    self.segment = segment
    self.weight = weight
    self.isLast = isLast
    self.isSuccess = isSuccess
    self.frames = frames
  }
}

extension Author {
  /// hold, policy or human.
  public var kind: String {
    switch self {
    case .hold: "hold"
    case .policy: "policy"
    case .human: "human"
    }
  }

  /// The operator's name; nil unless a person acts.
  public var operatorName: String? { if case .human(let name) = self { name.name } else { nil } }
}

public import RobotData

/// One step of an episode as a dataset holds it: a recorded step, with its place and its labels. Formats write
/// what they can of it.
public struct DatasetStep: Sendable {
  /// What was recorded. Its images lie in `frames`.
  public var recorded: RecordedStep
  /// The step's place within its episode, from 0 without gaps; `recorded.index` has gaps where steps are
  /// missing.
  public var index: Int
  /// The step's place within the dataset, from 0 without gaps.
  public var datasetIndex: Int
  /// The part of the episode that the step belongs to.
  public var segment: Segment
  /// How much the step counts in training on human corrections.
  public var weight: Double
  /// Whether it is the last step of its episode.
  public var isLast: Bool
  /// Whether the episode succeeded, at its last step; false before.
  public var isSuccess: Bool
  /// The images in the order of the schema's cameras; nil where the camera gave none.
  public var frames: [CameraFrame?]

  /// 1 at the last step of a success, 0 elsewhere.
  public var reward: Double { isSuccess ? 1 : 0 }

  /// A step of these parts.
  public init(
    recorded: RecordedStep, index: Int, datasetIndex: Int, segment: Segment, weight: Double,
    isLast: Bool, isSuccess: Bool, frames: [CameraFrame?]
  ) {
    self.recorded = recorded
    self.index = index
    self.datasetIndex = datasetIndex
    self.segment = segment
    self.weight = weight
    self.isLast = isLast
    self.isSuccess = isSuccess
    self.frames = frames
  }
}

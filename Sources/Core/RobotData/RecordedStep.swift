/// One step of an episode with all that is recorded of it: what the robot said, and when the coordinator heard
/// it. Recordings are read and datasets imported as these.
public struct RecordedStep: Hashable, Sendable {
  /// What was seen, asked and done, and by whom.
  public var record: StepRecord
  /// When the observation arrived, on the coordinator's clock.
  public var receivedAt: WallTime

  /// A step of these parts.
  public init(record: StepRecord, receivedAt: WallTime) {
    self.record = record
    self.receivedAt = receivedAt
  }

  /// The step's index within its episode, from 0; indices are missing where steps are.
  public var index: Int { record.observation.step }
  /// When the sensors were read, on the robot's clock.
  public var captureTime: WallTime { record.observation.reading.captureTime }
  /// Who moved the robot.
  public var author: Author { record.annotation.author }
  /// Why this author had control.
  public var cause: HandoverCause { record.annotation.cause }
  /// What a policy said of its confidence; nil where none looked.
  public var uncertainty: Uncertainty? { record.annotation.uncertainty }
  /// The subtask that the operator had chosen; nil where none was named.
  public var subtask: SubtaskName? { record.annotation.subtask }
  /// What the author asked for.
  public var requestedAction: Action { record.requestedAction }
  /// What the robot did, after its limits.
  public var executedAction: Action { record.executedAction }
  /// The command that was executed; nil where none was valid and the robot held.
  public var commandSequence: UInt64? { record.commandSequence }
  /// Whether the robot's loop began this period late.
  public var isLate: Bool { record.isLate }
  /// Pose, speed, gripper and joints before the robot acted.
  public var proprioception: Proprioception { record.observation.reading.proprioception }
  /// How far the task had come; nil where the robot cannot tell.
  public var progress: TaskProgress? { record.observation.reading.progress }
  /// What only a simulator knows; nil for a real robot.
  public var simulatedState: SimulatedState? { record.observation.reading.simulatedState }
  /// The scene's objects in the robot's base frame; empty for a real robot.
  public var objects: [SimulatedState.Object] { simulatedState?.objects ?? [] }
  /// The cameras' images; recordings give them sorted by camera.
  public var frames: [CameraFrame] {
    get { record.observation.reading.frames }
    set { record.observation.reading.frames = newValue }
  }
}

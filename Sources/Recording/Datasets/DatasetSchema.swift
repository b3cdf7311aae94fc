internal import RobotData

/// What every step of a dataset has: features with their names, types and sizes, whatever the format.
///
/// Names that begin with `observation` or `action` are what a policy sees and does: training
/// software takes every such column. All else is kept under other names. Where a value is not
/// known, a number is 0 and a text is empty, and a column beside it says whether it is known.
public struct DatasetSchema: Hashable, Sendable, Codable {
  /// Control periods in a second, Hz.
  public var rate: Double
  /// The robots' profile.
  public var profile: String
  /// Whether the robots are simulated.
  public var isSimulated: Bool
  /// The joints' names, in order.
  public var joints: [String]
  /// The cameras, sorted by name.
  public var cameras: [DatasetCamera]

  /// A schema of these parts.
  public init(
    rate: Double, profile: String, isSimulated: Bool, joints: [String], cameras: [DatasetCamera]
  ) {
    self.rate = rate
    self.profile = profile
    self.isSimulated = isSimulated
    self.joints = joints
    self.cameras = cameras
  }

  static let poseElements = ["x", "y", "z", "qw", "qx", "qy", "qz"].map { "end_effector.\($0)" }
  static let twistElements = ["vx", "vy", "vz", "wx", "wy", "wz"].map { "end_effector.\($0)" }
  /// Names of an action's numbers: m/s, rad/s, gripper -1 (close), 0 (hold), +1 (open).
  public static let actionElements = ["vx", "vy", "vz", "wx", "wy", "wz", "gripper"]

  /// What a policy sees of the robot itself: pose, gripper, joint positions.
  public var stateElements: [String] {
    Self.poseElements + ["gripper.opening"] + joints.map { "\($0).position" }
  }

  /// Everything that the robot felt: state, twist and joint velocities.
  public var proprioceptionElements: [String] {
    stateElements + Self.twistElements + joints.map { "\($0).velocity" }
  }

  /// The columns apart from pictures, in the order of `values(of:)`.
  public var features: [DatasetFeature] {
    var features = [
      DatasetFeature("observation.state", .float32, elements: stateElements),
      DatasetFeature("action", .float32, elements: Self.actionElements),
      DatasetFeature("next.reward", .float32),
      DatasetFeature("next.done", .bool),
      DatasetFeature("next.success", .bool),
      DatasetFeature("complementary_info.is_intervention", .bool),
      DatasetFeature("intervention", .bool),
      DatasetFeature("segment", .string),
      DatasetFeature("training_weight", .float32),
      DatasetFeature("author", .string),
      DatasetFeature("operator", .string),
      DatasetFeature("handover_cause", .string),
      DatasetFeature("handover_reason", .string),
      DatasetFeature("subtask", .string),
      DatasetFeature("uncertainty.is_known", .bool),
      DatasetFeature("uncertainty.task", .float64),
      DatasetFeature("uncertainty.policy", .float64),
      DatasetFeature("capture_time_ns", .int64),
      DatasetFeature("receive_time_ns", .int64),
      DatasetFeature("is_late", .bool),
      DatasetFeature("recorded.step", .int64),
      DatasetFeature("recorded.command_sequence", .int64),
      DatasetFeature("recorded.proprioception", .float64, elements: proprioceptionElements),
      DatasetFeature("recorded.requested_action", .float64, elements: Self.actionElements),
      DatasetFeature("recorded.executed_action", .float64, elements: Self.actionElements),
      DatasetFeature("recorded.progress", .string),
    ]
    if isSimulated { features.append(DatasetFeature("recorded.simulated_state", .string)) }
    if !cameras.isEmpty {
      features.append(
        DatasetFeature("recorded.has_picture", .bool, elements: cameras.map(\.name)))
    }
    return features
  }

  /// The values of a step, one for each of `features`.
  public func values(of step: DatasetStep) -> [DatasetValue] {
    let body = step.recorded.proprioception
    let pose =
      body.endEffectorPose.position.components + body.endEffectorPose.orientation.components
    let state = pose + [body.gripperOpening] + body.jointPositions
    let twist = body.endEffectorTwist.linear.components + body.endEffectorTwist.angular.components
    let requested = step.recorded.requestedAction.components
    let isIntervention = step.segment == .intervention
    var values: [DatasetValue] = [
      .float32(state.map(Float.init)),
      .float32(requested.map(Float.init)),
      .float32([Float(step.reward)]),
      .bool([step.isLast]),
      .bool([step.isSuccess]),
      .bool([isIntervention]),
      .bool([isIntervention]),
      .string(step.segment.rawValue),
      .float32([Float(step.weight)]),
      .string(step.recorded.author.kind),
      .string(step.recorded.author.operatorName ?? ""),
      .string(step.recorded.cause.word),
      .string(step.recorded.cause.reasonWord ?? ""),
      .string(step.recorded.subtask?.name ?? ""),
      .bool([step.recorded.uncertainty != nil]),
      .float64([step.recorded.uncertainty?.task ?? 0]),
      .float64([step.recorded.uncertainty?.policy ?? 0]),
      .int64([step.recorded.captureTime.nanosecondsSinceEpoch]),
      .int64([step.recorded.receivedAt.nanosecondsSinceEpoch]),
      .bool([step.recorded.isLate]),
      .int64([Int64(step.recorded.index)]),
      .int64([step.recorded.commandSequence.map { Int64(bitPattern: $0) } ?? -1]),
      .float64(state + twist + body.jointVelocities),
      .float64(requested),
      .float64(step.recorded.executedAction.components),
      .string(step.recorded.progress.map(RecordedText.text) ?? ""),
    ]
    if isSimulated {
      values.append(.string(step.recorded.simulatedState.map(RecordedText.text) ?? ""))
    }
    if !cameras.isEmpty { values.append(.bool(step.frames.map { $0 != nil })) }
    return values
  }
}

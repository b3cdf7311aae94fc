/// The tables whose rows carry a checksum, with the columns that it is the sum of, in their order.
///
/// What may change later is left out: how an episode ended lies in `mark`, whose rows never change.
enum RecordingTable: String, CaseIterable, Sendable {
  // In the order in which rows may be copied: what is referred to comes first.
  case session, robot, episode, step, frame
  case droppedFrame = "dropped_frame"
  case handover, event, mark, tag, purged

  /// The columns that the checksum covers, in the order in which the table has them.
  var columns: [String] {
    switch self {
    case .session: ["id", "startedAt", "software", "policy", "isLockstep", "settings"]
    case .robot:
      [
        "session", "name", "profile", "isSimulated", "rate", "joints", "cameras", "limits", "task",
        "instruction", "subtasks",
      ]
    case .episode: ["id", "session", "robot", "task", "seed", "startedAt"]
    case .step: Self.stepColumns
    case .frame: ["episode", "step", "camera", "encoding", "width", "height", "bytes"]
    case .droppedFrame: ["episode", "step", "camera", "reason"]
    case .handover:
      [
        "session", "robot", "episode", "step", "time", "fromAuthor", "fromOperator", "toAuthor",
        "toOperator", "cause", "reason", "waited", "ordinal",
      ]
    case .event: ["session", "time", "kind", "robot", "text", "ordinal"]
    case .mark: ["id", "episode", "time", "outcome", "source", "person"]
    case .tag: ["episode", "tag", "time", "person"]
    case .purged: ["episode", "time", "person"]
    }
  }

  /// Columns that may change after the row was written, and that no checksum covers.
  var changing: [String] {
    switch self {
    case .session: ["endedAt"]
    case .episode: ["endedAt", "outcome", "stepCount", "deletedAt", "deletedBy"]
    default: []
    }
  }

  /// The columns that tell a row from all others, on all machines.
  var key: [String] {
    switch self {
    case .session, .episode, .mark: ["id"]
    case .robot: ["session", "name"]
    case .step: ["episode", "step"]
    case .frame, .droppedFrame: ["episode", "step", "camera"]
    case .handover, .event: ["session", "ordinal"]
    case .tag: ["episode", "tag"]
    case .purged: ["episode"]
    }
  }

  /// Whether rows have a number of their own beside their key.
  var hasRowID: Bool {
    switch self {
    case .step, .droppedFrame, .tag, .purged: false
    default: true
    }
  }

  private static let stepColumns = [
    "episode", "step", "captureTime", "receiveTime", "author", "operator", "cause", "reason",
    "requestedAction", "executedAction", "commandSequence", "taskUncertainty", "policyUncertainty",
    "subtask", "isLate", "endEffectorPose", "endEffectorTwist", "gripperOpening", "jointPositions",
    "jointVelocities", "completed", "available", "isSuccess", "simulatedTime",
    "simulatedPositions", "simulatedVelocities", "simulatedObjects",
  ]
}

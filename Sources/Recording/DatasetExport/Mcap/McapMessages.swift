internal import Datasets
internal import Foundation
internal import RobotData

// The messages of an exported MCAP file; their schemas are in `McapSchemas.swift`.

extension JSONBuilder {
  /// An object that begins with its time.
  init(at time: Int64) {
    self.init()
    var stamp = JSONBuilder()
    let (seconds, rest) = max(time, 0).quotientAndRemainder(dividingBy: 1_000_000_000)
    stamp.add("sec", seconds)
    stamp.add("nsec", rest)
    add("timestamp", stamp)
  }

  fileprivate static func vector(_ vector: Vector3) -> JSONBuilder {
    var object = JSONBuilder()
    object.add("x", vector.x)
    object.add("y", vector.y)
    object.add("z", vector.z)
    return object
  }

  fileprivate static func pose(_ pose: Pose) -> JSONBuilder {
    var orientation = vector(
      Vector3(pose.orientation.x, pose.orientation.y, pose.orientation.z))
    orientation.add("w", pose.orientation.w)
    var object = JSONBuilder()
    object.add("position", vector(pose.position))
    object.add("orientation", orientation)
    return object
  }

  fileprivate static func twist(_ twist: Twist) -> JSONBuilder {
    var object = JSONBuilder()
    object.add("linear", vector(twist.linear))
    object.add("angular", vector(twist.angular))
    return object
  }

  fileprivate static func action(_ action: Action) -> JSONBuilder {
    var object = twist(action.twist)
    object.add("gripper", action.components[6])
    return object
  }

  fileprivate mutating func add(_ name: String, known text: String?) {
    if let text { add(name, text) }
  }
}

/// The messages of one step.
struct StepMessages {
  let step: DatasetStep
  private var time: Int64 { step.recorded.captureTime.nanosecondsSinceEpoch }

  init(_ step: DatasetStep) { self.step = step }

  /// The bytes of a JPEG or PNG picture as they were recorded.
  func image(_ frame: CameraFrame) -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("frame_id", frame.camera.name)
    if frame.encoding == .rgb8 {
      message.add("width", frame.size.width)
      message.add("height", frame.size.height)
      message.add("encoding", "rgb8")
      message.add("step", frame.size.width * 3)
    }
    message.add("data", plain: [UInt8](Data(frame.bytes).base64EncodedData()))
    if frame.encoding != .rgb8 { message.add("format", frame.encoding == .png ? "png" : "jpeg") }
    return message.finished
  }

  func pose() -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("frame_id", "base")
    message.add("pose", .pose(step.recorded.proprioception.endEffectorPose))
    return message.finished
  }

  func joints(_ names: [String]) -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("name", names)
    message.add("position", step.recorded.proprioception.jointPositions)
    message.add("velocity", step.recorded.proprioception.jointVelocities)
    return message.finished
  }

  func proprioception() -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("pose", .pose(step.recorded.proprioception.endEffectorPose))
    message.add("twist", .twist(step.recorded.proprioception.endEffectorTwist))
    message.add("gripper_opening", step.recorded.proprioception.gripperOpening)
    return message.finished
  }

  func action() -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("requested", .action(step.recorded.requestedAction))
    message.add("executed", .action(step.recorded.executedAction))
    return message.finished
  }

  /// What is not known is left out.
  func annotation() -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("index", step.index)
    message.add("recorded_step", step.recorded.index)
    message.add("receive_time_ns", step.recorded.receivedAt.nanosecondsSinceEpoch)
    message.add("author", step.recorded.author.kind)
    message.add("operator", known: step.recorded.author.operatorName)
    message.add("handover_cause", step.recorded.cause.word)
    message.add("handover_reason", known: step.recorded.cause.reasonWord)
    message.add("subtask", known: step.recorded.subtask?.name)
    message.add("segment", step.segment.rawValue)
    message.add("is_intervention", step.segment == .intervention)
    message.add("training_weight", step.weight)
    message.add("reward", step.reward)
    message.add("is_last", step.isLast)
    message.add("is_success", step.isSuccess)
    message.add("is_late", step.recorded.isLate)
    if let sequence = step.recorded.commandSequence {
      message.add("command_sequence", json: String(sequence))
    }
    return message.finished
  }

  func uncertainty(_ uncertainty: Uncertainty) -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("task", uncertainty.task)
    message.add("policy", uncertainty.policy)
    return message.finished
  }

  func progress(_ progress: TaskProgress) -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("completed", progress.completed.map(\.name))
    message.add("available", progress.available.map(\.name))
    message.add("is_success", progress.isSuccess)
    return message.finished
  }

  func simulatedState(_ state: SimulatedState) -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("time", state.time)
    message.add("positions", state.positions)
    message.add("velocities", state.velocities)
    message.add(
      "objects",
      state.objects.map { object in
        var entry = JSONBuilder()
        entry.add("name", object.name)
        entry.add("pose", .pose(object.pose))
        return entry
      })
    return message.finished
  }
}

/// The messages of an episode that belong to no step.
enum EpisodeMessages {
  /// All that is known of the episode as a whole.
  static func episode(_ episode: DatasetEpisode) throws -> [UInt8] {
    var message = JSONBuilder(at: episode.facts.startedAt)
    message.add("index", episode.index)
    message.add("instruction", episode.instruction)
    message.add("split", episode.split.rawValue)
    message.add("facts", json: try DatasetJSON.text(episode.facts))
    message.add("session", json: try DatasetJSON.text(episode.session))
    message.add(
      "robot_description", json: episode.robotDescription.isEmpty ? "{}" : episode.robotDescription)
    message.add("segments", json: try DatasetJSON.text(episode.segments))
    message.add("quality", json: try DatasetJSON.text(episode.quality))
    return message.finished
  }

  static func handover(_ handover: DatasetHandover) -> [UInt8] {
    var message = JSONBuilder(at: handover.time)
    if let step = handover.step { message.add("step", step) }
    message.add("from", handover.from)
    message.add("from_operator", known: handover.fromOperator)
    message.add("to", handover.to)
    message.add("to_operator", known: handover.toOperator)
    message.add("cause", handover.cause)
    message.add("reason", known: handover.reason)
    if let waited = handover.waited { message.add("waited_ns", waited) }
    return message.finished
  }

  /// The same in words, for Foxglove's Log panel. What a person should see at once is a warning.
  static func log(_ handover: DatasetHandover, robot: String) -> [UInt8] {
    func who(_ kind: String, _ name: String?) -> String { name.map { "\(kind) \($0)" } ?? kind }
    let alarming: Set<String> = [
      "help-requested", "operator-lost", "robot-lost", "emergency-stop", "robot-fault",
    ]
    let (info, warning) = (2, 3)
    var message = JSONBuilder(at: handover.time)
    message.add("level", alarming.contains(handover.cause) ? warning : info)
    message.add(
      "message",
      "\(who(handover.from, handover.fromOperator)) → \(who(handover.to, handover.toOperator)): "
        + handover.cause + (handover.reason.map { " (\($0))" } ?? "")
        + (handover.waited.map { ", waited \(Double($0 / 1_000_000) / 1_000) s" } ?? ""))
    message.add("name", robot)
    message.add("file", "")
    message.add("line", 0)
    return message.finished
  }

  static func log(_ text: String, at time: Int64, robot: String) -> [UInt8] {
    var message = JSONBuilder(at: time)
    message.add("level", 2)
    message.add("message", text)
    message.add("name", robot)
    message.add("file", "")
    message.add("line", 0)
    return message.finished
  }
}

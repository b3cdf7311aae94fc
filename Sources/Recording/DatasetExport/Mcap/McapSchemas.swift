/// The kinds of message in an exported MCAP file, with their JSON schemas. Those that begin with
/// `foxglove.` are Foxglove's own (docs.foxglove.dev/docs/sdk/schemas), which its panels show
/// without being told how.
enum McapKind: String, CaseIterable {
  case compressedImage = "foxglove.CompressedImage"
  case rawImage = "foxglove.RawImage"
  case poseInFrame = "foxglove.PoseInFrame"
  case log = "foxglove.Log"
  case jointState = "mallard.JointState"
  case proprioception = "mallard.Proprioception"
  case action = "mallard.Action"
  case step = "mallard.Step"
  case uncertainty = "mallard.Uncertainty"
  case progress = "mallard.Progress"
  case simulatedState = "mallard.SimulatedState"
  case handover = "mallard.Handover"
  case episode = "mallard.Episode"

  /// The schema, as JSON.
  var schema: String {
    let fields = [("timestamp", Self.time)] + self.fields
    let properties = fields.map { "\"\($0)\":\($1)" }.joined(separator: ",")
    return "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
      + "\"title\":\"\(rawValue)\",\"description\":\"\(meaning)\",\"type\":\"object\",\"properties\":{\(properties)}}"
  }

  private var meaning: String {
    switch self {
    case .compressedImage: "A compressed image"
    case .rawImage: "A raw image"
    case .poseInFrame: "A timestamped pose for an object or reference frame in 3D space"
    case .log: "A log message"
    case .jointState: "Positions (rad or m) and velocities (rad/s or m/s) of the joints"
    case .proprioception: "What the robot feels: end effector in its base frame, gripper 0 to 1"
    case .action: "What the author asked for, and what the robot did within its limits"
    case .step: "Who moved the robot, why, and what the step is worth in training"
    case .uncertainty: "What the policy said of its confidence (PATO)"
    case .progress: "How far the task had come"
    case .simulatedState: "What only a simulator knows: MuJoCo's qpos and qvel, the objects"
    case .handover: "A change of who controls the robot"
    case .episode: "What is known of the whole episode"
    }
  }

  private static let time =
    "{\"type\":\"object\",\"title\":\"time\",\"properties\":{\"sec\":{\"type\":\"integer\","
    + "\"minimum\":0},\"nsec\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":999999999}}}"
  private static let text = "{\"type\":\"string\"}"
  private static let number = "{\"type\":\"number\"}"
  private static let integer = "{\"type\":\"integer\"}"
  private static let truth = "{\"type\":\"boolean\"}"
  private static let anything = "{\"type\":\"object\"}"
  private static let bytes = "{\"type\":\"string\",\"contentEncoding\":\"base64\"}"
  private static let numbers = list(number)
  private static let texts = list(text)
  private static let vector = object("Vector3", ["x", "y", "z"].map { ($0, number) })
  private static let pose = object(
    "Pose",
    [
      ("position", vector),
      ("orientation", object("Quaternion", ["x", "y", "z", "w"].map { ($0, number) })),
    ])
  private static let twist = object("Twist", [("linear", vector), ("angular", vector)])
  private static let command = object(
    "Action", [("linear", vector), ("angular", vector), ("gripper", number)])

  private static func list(_ items: String) -> String {
    "{\"type\":\"array\",\"items\":\(items)}"
  }

  private static func object(_ title: String, _ fields: [(String, String)]) -> String {
    let properties = fields.map { "\"\($0)\":\($1)" }.joined(separator: ",")
    return "{\"title\":\"\(title)\",\"type\":\"object\",\"properties\":{\(properties)}}"
  }

  private var fields: [(String, String)] {
    switch self {
    case .compressedImage: [("frame_id", Self.text), ("data", Self.bytes), ("format", Self.text)]
    case .rawImage:
      [
        ("frame_id", Self.text), ("width", Self.integer), ("height", Self.integer),
        ("encoding", Self.text), ("step", Self.integer), ("data", Self.bytes),
      ]
    case .poseInFrame: [("frame_id", Self.text), ("pose", Self.pose)]
    case .log:
      [
        ("level", Self.integer), ("message", Self.text), ("name", Self.text), ("file", Self.text),
        ("line", Self.integer),
      ]
    case .jointState:
      [("name", Self.texts), ("position", Self.numbers), ("velocity", Self.numbers)]
    case .proprioception:
      [("pose", Self.pose), ("twist", Self.twist), ("gripper_opening", Self.number)]
    case .action: [("requested", Self.command), ("executed", Self.command)]
    case .step:
      [
        ("index", Self.integer), ("recorded_step", Self.integer),
        ("receive_time_ns", Self.integer), ("author", Self.text), ("operator", Self.text),
        ("handover_cause", Self.text), ("handover_reason", Self.text), ("subtask", Self.text),
        ("segment", Self.text), ("is_intervention", Self.truth),
        ("training_weight", Self.number), ("reward", Self.number), ("is_last", Self.truth),
        ("is_success", Self.truth), ("is_late", Self.truth), ("command_sequence", Self.integer),
      ]
    case .uncertainty: [("task", Self.number), ("policy", Self.number)]
    case .progress:
      [("completed", Self.texts), ("available", Self.texts), ("is_success", Self.truth)]
    case .simulatedState:
      [
        ("time", Self.number), ("positions", Self.numbers), ("velocities", Self.numbers),
        ("objects", Self.list(Self.object("Object", [("name", Self.text), ("pose", Self.pose)]))),
      ]
    case .handover:
      [
        ("step", Self.integer), ("from", Self.text), ("from_operator", Self.text),
        ("to", Self.text), ("to_operator", Self.text), ("cause", Self.text),
        ("reason", Self.text), ("waited_ns", Self.integer),
      ]
    case .episode:
      [
        ("index", Self.integer), ("instruction", Self.text), ("split", Self.text),
        ("facts", Self.anything), ("session", Self.anything),
        ("robot_description", Self.anything), ("segments", Self.list(Self.anything)),
        ("quality", Self.anything),
      ]
    }
  }
}

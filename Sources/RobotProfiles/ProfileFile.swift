internal import PlainErrors
internal import RobotData
internal import Yams

/// The form of `robot.yaml`, before its values are checked.
struct ProfileFile: Decodable {
  struct Limits: Decodable {
    var linearSpeed: Double
    var angularSpeed: Double
    var linearAcceleration: Double
    var angularAcceleration: Double
  }

  struct Workspace: Decodable {
    var lower: [Double]
    var upper: [Double]
  }

  struct Attachment: Decodable {
    var model: String
    var body: String
    var site: String
  }

  struct Gripper: Decodable {
    var joints: [String]
    var closed: [Double]
    var open: [Double]
    var speed: Double
  }

  struct Camera: Decodable {
    var name: String
    var width: Int
    var height: Int
    var encoding: String
    var quality: Int?
  }

  var driver: RobotProfile.Driver
  var rate: Double
  var joints: [String]
  var home: [Double]
  var attach: [Attachment]?
  var limits: Limits
  var workspace: Workspace
  var gripper: Gripper
  var cameras: [Camera]
  var tasks: [String: String]

  /// What a decoder's error says to the person who wrote the file.
  static func reason(of error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "\(place(context.codingPath)): \(context.debugDescription)"
    case DecodingError.dataCorrupted(let context):
      return
        "\(place(context.codingPath)): \(context.underlyingError.map { "\($0)" } ?? context.debugDescription)"
    default: return PlainError.sentence(error)
    }
  }

  func checked(
    name: String, folder: String, path: String
  ) throws(ProfileError) -> RobotProfile {
    func require(
      _ isTrue: Bool, _ key: String, _ got: String, _ allowed: String
    ) throws(ProfileError) {
      if !isTrue { throw .value(path: path, key: key, got: got, allowed: allowed) }
    }
    try require(rate > 0 && rate <= 100, "rate", "\(rate)", "more than 0, up to 100 Hz")
    try require(
      home.count == joints.count, "home", "\(home.count) angles",
      "one for each of the \(joints.count) joints")
    let speeds = [
      limits.linearSpeed, limits.angularSpeed, limits.linearAcceleration,
      limits.angularAcceleration,
    ]
    try require(
      speeds.allSatisfy { $0 > 0 && $0.isFinite }, "limits", "\(speeds)", "numbers above 0")
    let corners = zip(workspace.lower, workspace.upper)
    try require(
      workspace.lower.count == 3 && workspace.upper.count == 3 && corners.allSatisfy { $0 < $1 },
      "workspace", "\(workspace.lower) to \(workspace.upper)", "three numbers each, lower < upper")
    try require(
      gripper.closed.count == gripper.joints.count && gripper.open.count == gripper.joints.count,
      "gripper", "\(gripper.closed.count) closed and \(gripper.open.count) open positions",
      "one for each of the \(gripper.joints.count) joints")
    try require(gripper.speed > 0, "gripper.speed", "\(gripper.speed)", "more than 0")
    var scenes: [TaskName: String] = [:]
    for (task, scene) in tasks {
      guard let task = try? TaskName(task) else {
        throw .value(path: path, key: "tasks", got: task, allowed: "a name without spaces")
      }
      scenes[task] = scene
    }
    return RobotProfile(
      name: name, folder: folder, driver: driver, rate: rate, joints: joints, home: home,
      limits: ActionLimits(
        linearSpeed: limits.linearSpeed, angularSpeed: limits.angularSpeed,
        linearAcceleration: limits.linearAcceleration,
        angularAcceleration: limits.angularAcceleration),
      workspaceLower: Self.vector(workspace.lower), workspaceUpper: Self.vector(workspace.upper),
      fingers: gripper.joints, fingersClosed: gripper.closed, fingersOpen: gripper.open,
      fingerSpeed: gripper.speed,
      attachments: (attach ?? []).map {
        RobotProfile.Attachment(path: folder + "/" + $0.model, body: $0.body, site: $0.site)
      }, cameras: try checkedCameras(path), tasks: scenes)
  }

  private static func vector(_ numbers: [Double]) -> Vector3 {
    Vector3(numbers[0], numbers[1], numbers[2])
  }

  private func checkedCameras(_ path: String) throws(ProfileError) -> [CameraDescription] {
    let encodings: [String: ImageEncoding] = ["jpeg": .jpeg, "png": .png, "rgb8": .rgb8]
    var checked: [CameraDescription] = []
    for camera in cameras {
      let key = "cameras.\(camera.name)"
      guard let name = try? CameraName(camera.name),
        !checked.contains(where: { $0.name == name })
      else {
        throw .value(path: path, key: "cameras", got: camera.name, allowed: "unique names")
      }
      guard (8...1024).contains(camera.width), (8...1024).contains(camera.height) else {
        throw .value(
          path: path, key: key, got: "\(camera.width)×\(camera.height)", allowed: "8 to 1024 pixels"
        )
      }
      guard let encoding = encodings[camera.encoding] else {
        throw .value(path: path, key: key, got: camera.encoding, allowed: "jpeg, png, rgb8")
      }
      let quality = camera.quality ?? 90
      guard (1...100).contains(quality) else {
        throw .value(path: path, key: key + ".quality", got: "\(quality)", allowed: "1 to 100")
      }
      checked.append(
        CameraDescription(
          name: name, size: ImageSize(width: camera.width, height: camera.height),
          encoding: encoding, quality: quality))
    }
    return checked
  }
}

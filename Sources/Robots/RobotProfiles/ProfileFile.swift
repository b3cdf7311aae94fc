internal import RobotData
internal import StrictFiles

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

  func checked(
    name: String, folder: String, in tree: FileTree
  ) throws(ProfileError) -> RobotProfile {
    func require(
      _ isTrue: Bool, _ key: String, _ got: String, _ allowed: String
    ) throws(ProfileError) {
      if !isTrue { throw Self.fault(tree, key, got, allowed) }
    }
    try require(rate > 0 && rate <= 100, "rate", "\(rate)", "more than 0, up to 100 Hz")
    try require(
      home.count == joints.count, "home", "\(home.count) angles",
      "one for each of the \(joints.count) joints")
    for (key, limit) in [
      ("linearSpeed", limits.linearSpeed), ("angularSpeed", limits.angularSpeed),
      ("linearAcceleration", limits.linearAcceleration),
      ("angularAcceleration", limits.angularAcceleration),
    ] {
      try require(limit > 0, "limits." + key, "\(limit)", "a number above 0")
    }
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
        throw Self.fault(tree, "tasks.\(task)", task.debugDescription, "a name without spaces")
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
      }, cameras: try checkedCameras(tree), tasks: scenes)
  }

  private static func vector(_ numbers: [Double]) -> Vector3 {
    Vector3(numbers[0], numbers[1], numbers[2])
  }

  private static func fault(
    _ tree: FileTree, _ key: String, _ got: String, _ allowed: String
  ) -> ProfileError {
    .file(tree.fault(at: key, "\(key) is \(got); allowed is \(allowed)"))
  }

  private func checkedCameras(_ tree: FileTree) throws(ProfileError) -> [CameraDescription] {
    let encodings: [String: ImageEncoding] = ["jpeg": .jpeg, "png": .png, "rgb8": .rgb8]
    var checked: [CameraDescription] = []
    for (index, camera) in cameras.enumerated() {
      let key = "cameras.\(index + 1)"
      guard let name = try? CameraName(camera.name),
        !checked.contains(where: { $0.name == name })
      else {
        throw Self.fault(tree, key + ".name", camera.name.debugDescription, "unique names")
      }
      for (side, pixels) in [("width", camera.width), ("height", camera.height)]
      where !(8...1024).contains(pixels) {
        throw Self.fault(tree, "\(key).\(side)", "\(pixels)", "8 to 1024 pixels")
      }
      guard let encoding = encodings[camera.encoding] else {
        throw Self.fault(
          tree, key + ".encoding", camera.encoding.debugDescription, "jpeg, png, rgb8")
      }
      let quality = camera.quality ?? 90
      guard (1...100).contains(quality) else {
        throw Self.fault(tree, key + ".quality", "\(quality)", "1 to 100")
      }
      checked.append(
        CameraDescription(
          name: name, size: ImageSize(width: camera.width, height: camera.height),
          encoding: encoding, quality: quality))
    }
    return checked
  }
}

internal import Foundation
public import RobotData

/// A robot as it announced itself, as JSON in a dataset.
public struct RobotFacts: Hashable, Sendable, Codable {
  /// A camera as the robot announced it.
  public struct Camera: Hashable, Sendable, Codable {
    var name: String
    var width: Int
    var height: Int
    var encoding: String
    var quality: Int
  }

  var profile: String
  var isSimulated: Bool
  var rate: Double
  var joints: [String]
  var cameras: [Camera]
  var linearSpeed: Double
  var angularSpeed: Double
  var linearAcceleration: Double
  var angularAcceleration: Double
  var task: String
  var instruction: String
  var subtasks: [String]

  /// What a robot says of itself.
  public init(_ robot: RobotDescription) {
    profile = robot.profile
    isSimulated = robot.isSimulated
    rate = robot.rate
    joints = robot.joints
    cameras = robot.cameras.map { camera in
      Camera(
        name: camera.name.name, width: camera.size.width, height: camera.size.height,
        encoding: "\(camera.encoding)", quality: camera.quality)
    }
    linearSpeed = robot.limits.linearSpeed
    angularSpeed = robot.limits.angularSpeed
    linearAcceleration = robot.limits.linearAcceleration
    angularAcceleration = robot.limits.angularAcceleration
    task = robot.task.name.name
    instruction = robot.task.instruction
    subtasks = robot.task.subtasks.map(\.name)
  }

  /// The facts that `text` tells.
  ///
  /// - Throws: a `DecodingError` where it tells something else.
  public init(text: String) throws {
    self = try JSONDecoder().decode(RobotFacts.self, from: Data(text.utf8))
  }

  /// As JSON, the same for the same robot.
  public var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// The robot.
  ///
  /// - Throws: `IdentifierError` where a name is none.
  public var description: RobotDescription {
    get throws {
      RobotDescription(
        profile: profile, isSimulated: isSimulated, rate: rate, joints: joints,
        cameras: try cameras.map { camera in
          CameraDescription(
            name: try CameraName(camera.name),
            size: ImageSize(width: camera.width, height: camera.height),
            encoding: ImageEncoding.allCases.first { "\($0)" == camera.encoding } ?? .jpeg,
            quality: camera.quality)
        },
        limits: ActionLimits(
          linearSpeed: linearSpeed, angularSpeed: angularSpeed,
          linearAcceleration: linearAcceleration, angularAcceleration: angularAcceleration),
        task: TaskDescription(
          name: try TaskName(task), instruction: instruction,
          subtasks: try subtasks.map { try SubtaskName($0) }))
    }
  }
}

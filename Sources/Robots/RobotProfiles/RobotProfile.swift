internal import Foundation
public import RobotData
internal import StrictFiles

/// A robot as its file `robot.yaml` describes it.
public struct RobotProfile: Hashable, Sendable {
  /// What drives the robot.
  public enum Driver: String, Hashable, Sendable, CaseIterable, Codable {
    /// MuJoCo's physics.
    case simulated
    /// A program of the lab's own.
    case external
  }

  /// A model that becomes part of the scene: an arm on its mount, a hand on an arm.
  public struct Attachment: Hashable, Sendable {
    /// The model's MJCF file.
    public var path: String
    /// The body of the model that is attached, with all that hangs on it.
    public var body: String
    /// The site to which it is attached.
    public var site: String
  }

  /// The profile's name: that of its folder.
  public var name: String
  /// The folder.
  public var folder: String
  /// What drives the robot.
  public var driver: Driver
  /// Control periods in a second, Hz.
  public var rate: Double
  /// The joints' names.
  public var joints: [String]
  /// Joint angles at the start of an episode, rad.
  public var home: [Double]
  /// The fastest that the end effector may be driven.
  public var limits: ActionLimits
  /// Where the end effector may be, m.
  public var workspaceLower: Vector3
  /// The upper corner.
  public var workspaceUpper: Vector3
  /// The fingers' joints.
  public var fingers: [String]
  /// The fingers' targets when closed.
  public var fingersClosed: [Double]
  /// The fingers' targets when open.
  public var fingersOpen: [Double]
  /// How fast the fingers' targets move, in the fingers' unit a second.
  public var fingerSpeed: Double
  /// Models that are attached to the scene, in this order.
  public var attachments: [Attachment]
  /// The cameras.
  public var cameras: [CameraDescription]
  /// Each task's scene file, beside the profile.
  public var tasks: [TaskName: String]

  /// What the robot says of itself when it stands ready for `task`.
  public func description(task: TaskDescription) -> RobotDescription {
    RobotDescription(
      profile: name, isSimulated: driver == .simulated, rate: rate, joints: joints,
      cameras: cameras, limits: limits, task: task)
  }

  /// The scene file of a task.
  ///
  /// - Throws: `ProfileError` when the profile has no such task, or its file is not there.
  public func scenePath(of task: String) throws(ProfileError) -> String {
    guard let name = try? TaskName(task), let file = tasks[name] else {
      throw .unknownTask(task, known: tasks.keys.map(\.name).sorted(), profile: self.name)
    }
    let path = folder + "/" + file
    for needed in [path] + attachments.map(\.path)
    where !FileManager.default.fileExists(atPath: needed) {
      throw .missingFile(path: needed, profile: self.name, remedy: "run `make robots`")
    }
    return path
  }

  /// The names of the profiles in a folder, sorted.
  ///
  /// - Throws: `ProfileError.noFolder`.
  public static func names(in folder: String) throws(ProfileError) -> [String] {
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw .noFolder(path: folder)
    }
    return entries.filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)/robot.yaml")
    }.sorted()
  }

  /// Reads the profile of this name.
  ///
  /// - Throws: `ProfileError` naming the file and the key.
  public static func named(
    _ name: String, in folder: String
  ) throws(ProfileError) -> RobotProfile {
    let known = try names(in: folder)
    guard known.contains(name) else { throw .unknown(name, known: known, folder: folder) }
    let path = "\(folder)/\(name)/robot.yaml"
    let tree: FileTree
    let file: ProfileFile
    do throws(StrictFileError) {
      tree = try FileTree(path: path, format: .yaml)
      file = try tree.decode()
    } catch {
      throw .file(error)
    }
    return try file.checked(name: name, folder: "\(folder)/\(name)", in: tree)
  }
}

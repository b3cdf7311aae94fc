internal import Foundation
internal import GRDB
internal import PlainErrors
public import RobotData

/// One step of an episode with all that was recorded of it: what learning from demonstrations needs.
public struct RecordedStep: Sendable {
  /// The step's index within its episode, from 0.
  public var index: Int
  /// When cameras and joints were read, on the robot's clock.
  public var captureTime: WallTime
  /// When the coordinator got it, on its clock.
  public var receiveTime: WallTime
  /// Who moved the robot.
  public var author: Author
  /// Why this author has control, in the words of the column `cause`.
  public var cause: String
  /// Why help was wanted, where that was the cause.
  public var reason: String?
  /// The command that was executed; nil where none was valid and the robot held.
  public var commandSequence: UInt64?
  /// Whether the robot's loop began the period late.
  public var isLate: Bool
  /// What the robot was asked to do.
  public var requestedAction: Action
  /// What it did, after its limits.
  public var executedAction: Action
  /// What the robot felt before it did it.
  public var proprioception: Proprioception
  /// The subtask that the operator had chosen; nil where none was named.
  public var subtask: SubtaskName?
  /// What a policy said of its confidence; nil where none looked.
  public var uncertainty: Uncertainty?
  /// How far the task had come; nil where the robot cannot tell.
  public var progress: TaskProgress?
  /// The scene's objects in the robot's base frame; empty for a real robot.
  public var objects: [SimulatedState.Object]
  /// What only a simulator knows; nil for a real robot.
  public var simulatedState: SimulatedState?
  /// The cameras' pictures, sorted by camera.
  public var frames: [CameraFrame]
}

extension RecordingReader {
  /// The steps of an episode with their pictures, in order.
  ///
  /// An episode of 300 steps takes some 4 MB; longer ones may be read in parts.
  ///
  /// - Parameters:
  ///   - episode: The episode's whole identifier.
  ///   - range: Which steps; all by default.
  /// - Returns: Those of them that there are.
  /// - Throws: `RecordingError`, also where a row cannot be understood.
  public func steps(
    of episode: String, in range: Range<Int> = 0..<Int.max
  ) throws(RecordingError) -> [RecordedStep] {
    try read(of: episode) { database in
      let arguments: StatementArguments = [episode, range.lowerBound, range.upperBound]
      var frames = try self.frames(database, arguments)
      return try Row.fetchAll(
        database,
        sql: "SELECT * FROM step WHERE episode = ? AND step >= ? AND step < ? ORDER BY step",
        arguments: arguments
      ).map { row in
        let index: Int = row["step"]
        do {
          return try RecordedStep(row, frames: frames.removeValue(forKey: index) ?? [])
        } catch {
          throw RecordingError.damagedStep(
            path: path, episode: episode, step: index, reason: PlainError.reason(error))
        }
      }
    }
  }

  private func frames(
    _ database: Database, _ arguments: StatementArguments
  ) throws -> [Int: [CameraFrame]] {
    var frames: [Int: [CameraFrame]] = [:]
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT episode, step, camera, encoding, width, height, bytes FROM frame
        WHERE episode = ? AND step >= ? AND step < ? ORDER BY step, camera
        """, arguments: arguments)
    while let row = try rows.next() {
      let index: Int = row["step"]
      let bytes: Data = row["bytes"]
      let word: String = row["encoding"]
      guard let encoding = ImageEncoding.allCases.first(where: { $0.word == word }) else {
        throw RecordingError.damagedStep(
          path: path, episode: row["episode"], step: index, reason: "encoding \(word)")
      }
      frames[index, default: []].append(
        try CameraFrame(
          camera: CameraName(row["camera"]),
          size: ImageSize(width: row["width"], height: row["height"]), encoding: encoding,
          bytes: [UInt8](bytes)))
    }
    return frames
  }

  /// What the robot of an episode was, as it announced itself.
  ///
  /// - Parameter episode: The episode's whole identifier.
  /// - Returns: Nil where the robot of that name never joined in this file, for example because the
  ///   episode began on another machine.
  /// - Throws: `RecordingError`.
  public func description(ofRobotIn episode: String) throws(RecordingError) -> RobotDescription? {
    try read(of: episode) { database in
      // With the episode's own task, and of its own session where it is there.
      try Row.fetchOne(
        database,
        sql: """
          SELECT r.* FROM episode e JOIN robot r ON r.name = e.robot WHERE e.id = ?
          ORDER BY r.task = e.task DESC, r.session = e.session DESC LIMIT 1
          """, arguments: [episode]
      ).map { try RobotDescription($0) }
    }
  }

  /// The sessions that the recording holds, in the order of their beginning.
  public func sessions() throws(RecordingError) -> [String] {
    var known: Set<String> = []
    return try readEach {
      try String.fetchAll($0, sql: "SELECT id FROM session ORDER BY startedAt")
    }.flatMap(\.self).filter { known.insert($0).inserted }
  }
}

/// Why a column cannot be understood.
private struct ColumnError: Error, CustomStringConvertible {
  let column: String
  let found: String

  var description: String { "the column \(column) holds \(found)" }
}

extension Row {
  /// `count` numbers of a blob.
  fileprivate func numbers(_ column: String, count: Int? = nil) throws -> [Double] {
    let data: Data = self[column]
    guard let numbers = [Double](blob: data), count == nil || numbers.count == count,
      numbers.allSatisfy(\.isFinite)
    else {
      throw ColumnError(
        column: column, found: "\(data.count) bytes that are no \(count ?? 0) numbers")
    }
    return numbers
  }

  /// What JSON in a column says; nil where it is NULL.
  fileprivate func json<Value: Decodable>(_ column: String, as type: Value.Type) throws -> Value? {
    guard let text: String = self[column] else { return nil }
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

extension RecordedStep {
  fileprivate init(_ row: Row, frames: [CameraFrame]) throws {
    index = row["step"]
    captureTime = WallTime(nanosecondsSinceEpoch: row["captureTime"])
    receiveTime = WallTime(nanosecondsSinceEpoch: row["receiveTime"])
    cause = row["cause"]
    reason = row["reason"]
    commandSequence = (row["commandSequence"] as Int64?).map { UInt64(bitPattern: $0) }
    isLate = row["isLate"]
    let kind: String = row["author"]
    let person: String? = row["operator"]
    author =
      switch kind {
      case "policy": .policy
      case "human": .human(try OperatorID(person ?? "unknown"))
      default: .hold
      }
    requestedAction = try Action(components: row.numbers("requestedAction", count: 7))
    executedAction = try Action(components: row.numbers("executedAction", count: 7))
    proprioception = Proprioception(
      endEffectorPose: try Pose(components: row.numbers("endEffectorPose", count: 7)),
      endEffectorTwist: try Twist(components: row.numbers("endEffectorTwist", count: 6)),
      gripperOpening: row["gripperOpening"],
      jointPositions: try row.numbers("jointPositions"),
      jointVelocities: try row.numbers("jointVelocities"))
    let name: String? = row["subtask"]
    subtask = try name.map { try SubtaskName($0) }
    if let task: Double = row["taskUncertainty"], let policy: Double = row["policyUncertainty"] {
      uncertainty = Uncertainty(task: task, policy: policy)
    }
    if let completed = try row.json("completed", as: [String].self) {
      let available = try row.json("available", as: [String].self) ?? []
      progress = TaskProgress(
        completed: try completed.map { try SubtaskName($0) },
        available: try available.map { try SubtaskName($0) }, isSuccess: row["isSuccess"] ?? false)
    }
    objects = try (row.json("simulatedObjects", as: [JSONColumn.Object].self) ?? []).map { object in
      guard object.pose.count == 7 else {
        throw ColumnError(column: "simulatedObjects", found: "a pose of \(object.pose.count)")
      }
      return SimulatedState.Object(name: object.name, pose: Pose(components: object.pose))
    }
    if let time: Double = row["simulatedTime"] {
      simulatedState = SimulatedState(
        time: time, positions: try row.numbers("simulatedPositions"),
        velocities: try row.numbers("simulatedVelocities"), objects: objects)
    }
    self.frames = frames
  }
}

extension RobotDescription {
  init(_ row: Row) throws {
    let limits = try row.json("limits", as: JSONColumn.Limits.self)
    let cameras = try row.json("cameras", as: [JSONColumn.Camera].self) ?? []
    self.init(
      profile: row["profile"], isSimulated: row["isSimulated"], rate: row["rate"],
      joints: try row.json("joints", as: [String].self) ?? [],
      cameras: try cameras.map { camera in
        CameraDescription(
          name: try CameraName(camera.name),
          size: ImageSize(width: camera.width, height: camera.height),
          encoding: ImageEncoding.allCases.first { $0.word == camera.encoding } ?? .jpeg,
          quality: camera.quality)
      },
      limits: ActionLimits(
        linearSpeed: limits?.linearSpeed ?? 0, angularSpeed: limits?.angularSpeed ?? 0,
        linearAcceleration: limits?.linearAcceleration ?? 0,
        angularAcceleration: limits?.angularAcceleration ?? 0),
      task: TaskDescription(
        name: try TaskName(row["task"]), instruction: row["instruction"],
        subtasks: try (row.json("subtasks", as: [String].self) ?? []).map { try SubtaskName($0) }))
  }
}

// The inverse of what `Columns.swift` writes; the counts were checked when the blob was read.

extension Action {
  fileprivate init(components: [Double]) {
    let gripper: GripperCommand =
      components[6] > 0.5 ? .open : components[6] < -0.5 ? .close : .hold
    self.init(twist: Twist(components: components), gripper: gripper)
  }
}

extension Twist {
  fileprivate init(components: [Double]) {
    self.init(
      linear: Vector3(components[0], components[1], components[2]),
      angular: Vector3(components[3], components[4], components[5]))
  }
}

extension Pose {
  fileprivate init(components: [Double]) {
    self.init(
      position: Vector3(components[0], components[1], components[2]),
      orientation: Quaternion(
        w: components[3], x: components[4], y: components[5], z: components[6]))
  }
}

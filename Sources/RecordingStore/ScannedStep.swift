internal import Foundation
internal import GRDB
internal import PlainErrors
public import RobotData

/// One step of an episode with everything that was recorded of it.
public struct ScannedStep: Sendable {
  /// The step's index within its episode, from 0.
  public var index: Int
  /// When the sensors were read, on the robot's clock.
  public var captureTime: WallTime
  /// When the observation arrived, on the coordinator's clock.
  public var receiveTime: WallTime
  /// Who moved the robot.
  public var author: Author
  /// Why this author had control.
  public var cause: String
  /// Why help was wanted, where that was the cause.
  public var reason: String?
  /// What the author asked for.
  public var requestedAction: Action
  /// What the robot did, after its limits.
  public var executedAction: Action
  /// The command that was executed; nil where none was valid and the robot held.
  public var commandSequence: UInt64?
  /// What a policy said of its confidence.
  public var uncertainty: Uncertainty?
  /// The subtask that the operator had chosen.
  public var subtask: SubtaskName?
  /// Whether the robot's loop began late.
  public var isLate: Bool
  /// What the robot felt before it acted.
  public var proprioception: Proprioception
  /// How far the task had come; nil where the robot cannot tell.
  public var progress: TaskProgress?
  /// What only a simulator knows; nil for a real robot.
  public var simulatedState: SimulatedState?
  /// The cameras' pictures, sorted by camera.
  public var frames: [CameraFrame]

  static let query = """
    SELECT step, captureTime, receiveTime, author, operator, cause, reason, requestedAction,
      executedAction, commandSequence, taskUncertainty, policyUncertainty, subtask, isLate,
      endEffectorPose, endEffectorTwist, gripperOpening, jointPositions, jointVelocities,
      completed, available, isSuccess, simulatedTime, simulatedPositions, simulatedVelocities,
      simulatedObjects
    FROM step WHERE episode = ? ORDER BY step
    """

  /// Reads a row of `query`; the pictures are another table's.
  init(_ row: Row) throws {
    let columns = StepColumns(row)
    let row = CheckedRow(row)
    index = try row.value(0)
    captureTime = WallTime(nanosecondsSinceEpoch: try row.value(1))
    receiveTime = WallTime(nanosecondsSinceEpoch: try row.value(2))
    author = try columns.author(3)
    cause = try row.value(5)
    reason = try row.optional(6)
    requestedAction = try columns.action(7)
    executedAction = try columns.action(8)
    commandSequence = (try row.optional(9) as Int64?).map { UInt64(bitPattern: $0) }
    uncertainty = try columns.uncertainty(10)
    subtask = try (row.optional(12) as String?).map { try SubtaskName($0) }
    isLate = try row.value(13)
    proprioception = Proprioception(
      endEffectorPose: Self.pose(try columns.numbers(14, count: 7)),
      endEffectorTwist: try columns.twist(15), gripperOpening: try row.value(16),
      jointPositions: try columns.numbers(17), jointVelocities: try columns.numbers(18))
    if let completed = try columns.json(19, as: [String].self) {
      let available = try columns.json(20, as: [String].self) ?? []
      progress = TaskProgress(
        completed: try completed.map { try SubtaskName($0) },
        available: try available.map { try SubtaskName($0) },
        isSuccess: try row.optional(21) ?? false)
    }
    if let time: Double = try row.optional(22) {
      let objects = try columns.json(25, as: [JSONColumn.Object].self) ?? []
      simulatedState = SimulatedState(
        time: time, positions: try columns.numbers(23), velocities: try columns.numbers(24),
        objects: try objects.map { object in
          guard object.pose.count == 7 else {
            throw CheckedRow.Unreadable(
              column: "simulatedObjects", found: "\(object.pose.count) values")
          }
          return SimulatedState.Object(name: object.name, pose: Self.pose(object.pose))
        })
    }
    frames = []
  }

  private static func pose(_ numbers: [Double]) -> Pose {
    Pose(
      position: Vector3(numbers[0], numbers[1], numbers[2]),
      orientation: Quaternion(w: numbers[3], x: numbers[4], y: numbers[5], z: numbers[6]))
  }
}

/// Reads columns of a step by their place, which is quicker than by their name.
struct StepColumns {
  let row: Row

  init(_ row: Row) { self.row = row }

  /// Names the step in whatever `body` throws.
  func understood<Value>(
    _ path: String, _ episode: String, _ step: Int, _ body: () throws -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch {
      throw RecordingError.damagedStep(
        path: path, episode: episode, step: step, reason: PlainError.reason(error))
    }
  }

  func numbers(_ column: Int, count: Int? = nil) throws -> [Double] {
    let data: Data = try CheckedRow(row).value(column)
    guard let numbers = [Double](blob: data), count == nil || numbers.count == count,
      numbers.allSatisfy(\.isFinite)
    else {
      throw CheckedRow.Unreadable(
        column: Array(row.columnNames)[column], found: "\(data.count / 8) numbers")
    }
    return numbers
  }

  func twist(_ column: Int) throws -> Twist {
    let numbers = try numbers(column, count: 6)
    return Twist(
      linear: Vector3(numbers[0], numbers[1], numbers[2]),
      angular: Vector3(numbers[3], numbers[4], numbers[5]))
  }

  func action(_ column: Int) throws -> Action {
    let numbers = try numbers(column, count: 7)
    return Action(
      twist: Twist(
        linear: Vector3(numbers[0], numbers[1], numbers[2]),
        angular: Vector3(numbers[3], numbers[4], numbers[5])),
      gripper: numbers[6] > 0.5 ? .open : numbers[6] < -0.5 ? .close : .hold)
  }

  func author(_ column: Int) throws -> Author {
    let checked = CheckedRow(row)
    return switch try checked.value(column) as String {
    case "policy": .policy
    case "human": .human(try OperatorID(try checked.optional(column + 1) ?? "unknown"))
    default: .hold
    }
  }

  func uncertainty(_ column: Int) throws -> Uncertainty? {
    let checked = CheckedRow(row)
    guard let task: Double = try checked.optional(column),
      let policy: Double = try checked.optional(column + 1)
    else { return nil }
    return Uncertainty(task: task, policy: policy)
  }

  func json<Value: Decodable>(_ column: Int, as type: Value.Type) throws -> Value? {
    guard let text: String = try CheckedRow(row).optional(column) else { return nil }
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

/// An episode's pictures in the order of its steps.
struct PictureCursor {
  private let rows: RowCursor
  private let path: String
  private let episode: String
  private var pending: (step: Int, frame: CameraFrame)?
  private var isDone = false

  init(_ database: Database, path: String, episode: String) throws {
    self.path = path
    self.episode = episode
    rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT step, camera, encoding, width, height, bytes FROM frame
        WHERE episode = ? ORDER BY step, camera
        """, arguments: [episode])
  }

  /// The pictures of a step; those of earlier steps are passed over.
  mutating func frames(of step: Int) throws -> [CameraFrame] {
    var frames: [CameraFrame] = []
    while let next = try peek(), next.step <= step {
      if next.step == step { frames.append(next.frame) }
      pending = nil
    }
    return frames
  }

  private mutating func peek() throws -> (step: Int, frame: CameraFrame)? {
    if let pending { return pending }
    guard !isDone, let row = try rows.next() else {
      isDone = true
      return nil
    }
    let checked = CheckedRow(row)
    let step: Int = try StepColumns(row).understood(path, episode, 0) { try checked.value(0) }
    let frame = try StepColumns(row).understood(path, episode, step) {
      let word: String = try checked.value(2)
      guard let encoding = ImageEncoding.allCases.first(where: { $0.word == word }) else {
        throw CheckedRow.Unreadable(column: "encoding", found: "\(word.count) values")
      }
      return try CameraFrame(
        camera: CameraName(checked.value(1)),
        size: ImageSize(width: checked.value(3), height: checked.value(4)),
        encoding: encoding, bytes: row.withUnsafeData(atIndex: 5) { [UInt8]($0 ?? Data()) })
    }
    pending = (step, frame)
    return pending
  }
}

internal import Foundation
internal import GRDB
internal import PlainErrors
internal import RobotData

extension RecordedStep {
  /// What `init(_:of:)` reads.
  static let query = """
    SELECT step, captureTime, receiveTime, author, operator, cause, reason, requestedAction,
      executedAction, commandSequence, taskUncertainty, policyUncertainty, subtask, isLate,
      endEffectorPose, endEffectorTwist, gripperOpening, jointPositions, jointVelocities,
      completed, available, isSuccess, simulatedTime, simulatedPositions, simulatedVelocities,
      simulatedObjects
    FROM step
    """

  /// Reads a row of `query`; the images are another table's.
  fileprivate init(_ row: CheckedRow, of episode: EpisodeID) throws {
    let uncertainty = try row.uncertainty(10)
    let reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: try row.value(1)),
      proprioception: Proprioception(
        endEffectorPose: Self.pose(try row.numbers(14, count: 7)),
        endEffectorTwist: try row.twist(15), gripperOpening: try row.finite(16),
        jointPositions: try row.numbers(17), jointVelocities: try row.numbers(18)),
      frames: [], progress: try Self.progress(row), simulatedState: try Self.simulatedState(row))
    self.init(
      record: StepRecord(
        observation: Observation(episode: episode, step: try row.value(0), reading: reading),
        requestedAction: try row.action(7), executedAction: try row.action(8),
        commandSequence: (try row.optional(9) as Int64?).map { UInt64(bitPattern: $0) },
        annotation: StepAnnotation(
          author: try row.author(3), cause: try row.cause(5, uncertainty),
          uncertainty: uncertainty,
          subtask: try (row.optional(12) as String?).map { try SubtaskName($0) }),
        isLate: try row.value(13)),
      receivedAt: WallTime(nanosecondsSinceEpoch: try row.value(2)))
  }

  private static func progress(_ row: CheckedRow) throws -> TaskProgress? {
    guard let completed = try row.json(19, as: [String].self) else { return nil }
    let available = try row.json(20, as: [String].self) ?? []
    return TaskProgress(
      completed: try completed.map { try SubtaskName($0) },
      available: try available.map { try SubtaskName($0) },
      isSuccess: try row.optional(21) ?? false)
  }

  private static func simulatedState(_ row: CheckedRow) throws -> SimulatedState? {
    guard try (row.optional(22) as Double?) != nil else { return nil }
    let objects = try row.json(25, as: [JSONColumn.Object].self) ?? []
    return SimulatedState(
      time: try row.finite(22), positions: try row.numbers(23), velocities: try row.numbers(24),
      objects: try objects.map { object in
        guard object.pose.count == 7, object.pose.allSatisfy(\.isFinite) else {
          throw row.unreadable(25, "a pose of \(object.pose.count) values")
        }
        return SimulatedState.Object(name: object.name, pose: pose(object.pose))
      })
  }

  private static func pose(_ numbers: [Double]) -> Pose {
    Pose(
      position: Vector3(numbers[0], numbers[1], numbers[2]),
      orientation: Quaternion(w: numbers[3], x: numbers[4], y: numbers[5], z: numbers[6]))
  }
}

/// Reads the steps of one episode. Each has as many joints: readers make tables of them.
struct StepReader {
  let path: String
  let episode: String
  private let id: EpisodeID?
  private var joints: Int?

  init(path: String, episode: String) {
    self.path = path
    self.episode = episode
    id = EpisodeID(episode)
  }

  /// Reads a row of `RecordedStep.query`.
  ///
  /// - Throws: `RecordingError.damagedStep` where it cannot be understood.
  mutating func step(_ row: CheckedRow) throws -> RecordedStep {
    let index: Int = try row.understood(path, episode, nil) { try row.value(0) }
    return try row.understood(path, episode, index) {
      guard let id else {
        throw RecordingError.damagedStep(
          path: path, episode: episode, step: index,
          reason: "the episode's name is not one that Mallard gives")
      }
      let step = try RecordedStep(row, of: id)
      let body = step.proprioception
      let count = joints ?? body.jointPositions.count
      for (name, numbers) in [
        ("jointPositions", body.jointPositions), ("jointVelocities", body.jointVelocities),
      ] where numbers.count != count {
        throw row.unreadable(name, "\(numbers.count) numbers, where there are \(count) besides")
      }
      joints = count
      return step
    }
  }
}

// Columns of a step, by their place, which is quicker than by their name.
extension CheckedRow {
  /// Names the step in whatever `body` throws; nil is one whose own number cannot be read.
  func understood<Value>(
    _ path: String, _ episode: String, _ step: Int?, _ body: () throws -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch let error as RecordingError {
      throw error
    } catch {
      throw RecordingError.damagedStep(
        path: path, episode: episode, step: step, reason: PlainError.reason(error))
    }
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

  /// The author of a kind, with the operator's name in the next column.
  func author(_ column: Int) throws -> Author {
    let kind: String = try value(column)
    let name: String? = try optional(column + 1)
    guard let author = Author(kind: kind, name: name) else {
      throw unreadable(
        column, "\(kind.debugDescription) of \(name.map(\.debugDescription) ?? "no one")")
    }
    return author
  }

  /// The cause of a word, with the reason for help in the next column.
  func cause(_ column: Int, _ uncertainty: Uncertainty?) throws -> HandoverCause {
    let word: String = try value(column)
    let reason: String? = try optional(column + 1)
    guard let cause = HandoverCause(word: word, reason: reason, uncertainty: uncertainty) else {
      throw unreadable(
        column, word.debugDescription + (reason.map { " for \($0.debugDescription)" } ?? ""))
    }
    return cause
  }

  func uncertainty(_ column: Int) throws -> Uncertainty? {
    let both: [Double?] = [try optional(column), try optional(column + 1)]
    guard both.allSatisfy({ $0 != nil }) else { return nil }
    return Uncertainty(task: try finite(column), policy: try finite(column + 1))
  }
}

/// An episode's pictures in the order of its steps.
struct PictureCursor {
  private let rows: CheckedRows
  private let path: String
  private let episode: String
  private var pending: (step: Int, frame: CameraFrame)?
  private var isDone = false

  /// With the pictures of step `first` and of those after it.
  init(_ database: Database, path: String, episode: String, from first: Int = 0) throws {
    self.path = path
    self.episode = episode
    rows = try CheckedRow.cursor(
      database,
      sql: """
        SELECT step, camera, encoding, width, height, bytes FROM frame
        WHERE episode = ? AND step >= ? ORDER BY step, camera
        """, arguments: [episode, first])
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
    let step: Int = try row.understood(path, episode, nil) { try row.value(0) }
    let frame = try row.understood(path, episode, step) {
      try row.picture(bytes: row.bytes("bytes"))
    }
    pending = (step, frame)
    return pending
  }
}

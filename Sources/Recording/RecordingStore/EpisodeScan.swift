internal import Foundation
internal import GRDB
public import RobotData

/// An episode without what its steps say: one row, with its tags.
public struct EpisodeRow: Hashable, Sendable {
  /// The identifier.
  public var id: String
  /// The run in which it began.
  public var session: String
  /// The robot's name.
  public var robot: String
  /// The task's name.
  public var task: String
  /// How a simulated scene was laid out; nil where that is not known.
  public var seed: UInt64?
  /// When it began, on the coordinator's clock.
  public var startedAt: WallTime
  /// When it ended; nil while it is in progress.
  public var endedAt: WallTime?
  /// success, failure, discarded or interrupted; nil while it is in progress.
  public var outcome: String?
  /// What people call it, sorted.
  public var tags: [String]
}

/// A change of who controls a robot, in the words of the recording.
public struct HandoverRow: Hashable, Sendable {
  /// The latest step that was seen; nil before the first.
  public var step: Int?
  /// When, on the coordinator's clock.
  public var time: WallTime
  /// hold, policy or human.
  public var from: String
  /// Who had control, where a person had.
  public var fromOperator: String?
  /// hold, policy or human.
  public var to: String
  /// Who has control now, where a person has.
  public var toOperator: String?
  /// Why.
  public var cause: String
  /// Why help was wanted, where that was the cause.
  public var reason: String?
  /// Nanoseconds that the robot had waited for a person.
  public var waited: Int64?
}

/// A step without its pictures and without what only simulators know: enough to judge an episode.
public struct StepGlance: Hashable, Sendable {
  /// The step's index within its episode.
  public var index: Int
  /// When the sensors were read, on the robot's clock.
  public var captureTime: WallTime
  /// Who moved the robot.
  public var author: Author
  /// What the robot did, after its limits.
  public var executedAction: Action
  /// How fast the end effector was, m/s.
  public var velocity: Vector3
  /// What a policy said of its confidence.
  public var uncertainty: Uncertainty?
  /// The subtask that the operator had chosen.
  public var subtask: String?
  /// Whether the robot's loop began late.
  public var isLate: Bool
}

extension RecordingReader {
  /// All episodes that are not deleted, in the order of their beginning.
  ///
  /// - Throws: `RecordingError`.
  public func episodeRows() throws(RecordingError) -> [EpisodeRow] {
    try readEach { database in
      // Recordings of the first version have no tags.
      var tags: [String: [String]] = [:]
      if try database.tableExists("tag") {
        let rows = try CheckedRow.cursor(
          database, sql: "SELECT episode, tag FROM tag ORDER BY episode, tag")
        while let row = try rows.next() {
          understood("a tag") { tags[try row.value(0), default: []].append(try row.value(1)) }
        }
      }
      return try CheckedRow.all(
        database,
        sql: """
          SELECT id, session, robot, task, seed, startedAt, endedAt, outcome FROM episode
          WHERE deletedAt IS NULL ORDER BY startedAt, id
          """
      ).compactMap { row in
        understood("an episode") {
          let id: String = try row.value(0)
          return EpisodeRow(
            id: id, session: try row.value(1), robot: try row.value(2), task: try row.value(3),
            seed: (try row.optional(4) as Int64?).map { UInt64(bitPattern: $0) },
            startedAt: WallTime(nanosecondsSinceEpoch: try row.value(5)),
            endedAt: (try row.optional(6) as Int64?).map { WallTime(nanosecondsSinceEpoch: $0) },
            outcome: try row.optional(7), tags: tags[id] ?? [])
        }
      }
    }.flatMap(\.self)
  }

  /// The run of a coordinator.
  ///
  /// - Parameter id: 16 hexadecimal digits.
  /// - Returns: Nil where the file knows nothing of it.
  /// - Throws: `RecordingError`.
  public func session(_ id: String) throws(RecordingError) -> SessionRecord? {
    guard let identifier = SessionID(id) else { return nil }
    let found = try readEach { database in
      try CheckedRow.first(
        database,
        sql: """
          SELECT startedAt, software, policy, isLockstep, settings, id FROM session WHERE id = ?
          """, arguments: [id]
      ).map { row in
        SessionRecord(
          id: identifier, startedAt: WallTime(nanosecondsSinceEpoch: try row.value(0)),
          software: try row.value(1), policy: try row.optional(2), isLockstep: try row.value(3),
          settings: try row.value(4))
      }
    }.compactMap(\.self)
    // A part that only holds what is left of a run knows nothing of it but its name.
    return found.first { $0.software != EntryWriter.elsewhere } ?? found.first
  }

  /// The hand-overs of an episode in order, as they were recorded.
  ///
  /// - Throws: `RecordingError`.
  public func handoverRows(of episode: String) throws(RecordingError) -> [HandoverRow] {
    try readEach { database in
      try CheckedRow.all(
        database,
        sql: """
          SELECT step, time, fromAuthor, fromOperator, toAuthor, toOperator, cause, reason, waited,
            id, episode
          FROM handover WHERE episode = ? ORDER BY time, id
          """, arguments: [episode]
      ).map { row in
        HandoverRow(
          step: try row.optional(0), time: WallTime(nanosecondsSinceEpoch: try row.value(1)),
          from: try row.value(2), fromOperator: try row.optional(3), to: try row.value(4),
          toOperator: try row.optional(5), cause: try row.value(6), reason: try row.optional(7),
          waited: try row.optional(8))
      }
    }.flatMap(\.self)
  }

  /// Glances at every step of an episode, in order; one at a time is in memory.
  ///
  /// - Parameters:
  ///   - episode: The episode's whole identifier.
  ///   - body: Is given each step.
  /// - Throws: `RecordingError`, also where a row cannot be understood; and what `body` throws.
  public func glance(at episode: String, _ body: (StepGlance) throws -> Void) throws {
    try stream(
      """
      SELECT step, captureTime, author, operator, executedAction, endEffectorTwist,
        taskUncertainty, policyUncertainty, subtask, isLate
      FROM step WHERE episode = ? ORDER BY step
      """, of: episode
    ) { rows, _ in
      while let row = try rows.next() {
        let index: Int = try row.understood(path, episode, nil) { try row.value(0) }
        let glance = try row.understood(path, episode, index) {
          StepGlance(
            index: index, captureTime: WallTime(nanosecondsSinceEpoch: try row.value(1)),
            author: try row.author(2), executedAction: try row.action(4),
            velocity: try row.twist(5).linear, uncertainty: try row.uncertainty(6),
            subtask: try row.optional(8), isLate: try row.value(9))
        }
        try body(glance)
      }
    }
  }

  /// Reads every step of an episode with its pictures, in order; one at a time is in memory.
  ///
  /// - Parameters:
  ///   - episode: The episode's whole identifier.
  ///   - body: Is given each step.
  /// - Throws: `RecordingError`, also where a row cannot be understood; and what `body` throws.
  public func scan(_ episode: String, _ body: (RecordedStep) throws -> Void) throws {
    try stream("\(RecordedStep.query) WHERE episode = ? ORDER BY step", of: episode) {
      rows, database in
      var pictures = try PictureCursor(database, path: path, episode: episode)
      var reader = StepReader(path: path, episode: episode)
      while let row = try rows.next() {
        var step = try reader.step(row)
        step.frames = try pictures.frames(of: step.index)
        try body(step)
      }
    }
  }

  /// What `body` throws is not reworded as the database's.
  private func stream(
    _ sql: String, of episode: String, _ body: (CheckedRows, Database) throws -> Void
  ) throws {
    try read(of: episode) { database in
      let rows = try CheckedRow.cursor(database, sql: sql, arguments: [episode])
      do {
        try body(rows, database)
        return Result<Void, any Error>.success(())
      } catch let error as DatabaseError {
        throw error
      } catch {
        return .failure(error)
      }
    }.get()
  }
}

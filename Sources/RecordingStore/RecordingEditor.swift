internal import Clocks
internal import GRDB
public import RobotData

/// Changes what people say of episodes: tags, outcomes, whether they are kept. What was recorded
/// stays as it is, until deleted episodes are purged.
public final class RecordingEditor {
  private let path: String
  private let queue: DatabaseQueue
  private let person: String?

  /// Opens a recording, also while a coordinator writes to it, for `person` to change it.
  ///
  /// - Throws: `RecordingError`.
  public init(path: String, person: OperatorID?) throws(RecordingError) {
    self.path = path
    self.person = person?.name
    queue = try RecordingFile.openToEdit(path)
  }

  /// Adds a tag to an episode; nothing changes where it has it.
  ///
  /// - Throws: `RecordingError`.
  public func add(_ tag: EpisodeTag, to episode: String) throws(RecordingError) {
    try change { database in
      let row = try RowInsertion(.tag, in: database)
      row.add(episode)
      row.add(tag.name)
      row.add(SystemClock.wall.nanosecondsSinceEpoch)
      row.add(person)
      try row.finish()
    }
  }

  /// Takes a tag from an episode; nothing changes where it has none.
  ///
  /// - Throws: `RecordingError`.
  public func remove(_ tag: EpisodeTag, from episode: String) throws(RecordingError) {
    try change { database in
      try database.execute(
        sql: "DELETE FROM tag WHERE episode = ? AND tag = ?", arguments: [episode, tag.name])
    }
  }

  /// Says how an episode ended.
  ///
  /// - Throws: `RecordingError.inProgress` where it has not.
  public func mark(_ episode: String, _ outcome: EpisodeOutcome) throws(RecordingError) {
    try change { database in
      try Self.refuseOpen(episode, database)
      try database.execute(
        sql: "UPDATE episode SET outcome = ? WHERE id = ?", arguments: [outcome.word, episode])
      try Self.mark(
        episode, outcome, source: "editor", person: person, at: SystemClock.wall, in: database)
    }
  }

  static func mark(
    _ episode: String, _ outcome: EpisodeOutcome, source: String, person: String?,
    at time: WallTime, in database: Database
  ) throws {
    let row = try RowInsertion(.mark, in: database)
    row.add("\(SessionID(.random(in: 0 ... .max)))-0")
    row.add(episode)
    row.add(time.nanosecondsSinceEpoch)
    row.add(outcome.word)
    row.add(source)
    row.add(person)
    try row.finish()
  }

  /// Hides episodes, until they are restored or purged.
  ///
  /// - Throws: `RecordingError.inProgress` where one is still recorded.
  public func delete(_ episodes: [String]) throws(RecordingError) {
    try change { database in
      for episode in episodes {
        if RecordingFile.isBeingWritten(path) { try Self.refuseOpen(episode, database) }
        try database.execute(
          sql: "UPDATE episode SET deletedAt = ?, deletedBy = ? WHERE id = ? AND deletedAt IS NULL",
          arguments: [SystemClock.wall.nanosecondsSinceEpoch, person, episode])
      }
    }
  }

  /// Shows deleted episodes again.
  ///
  /// - Throws: `RecordingError`.
  public func restore(_ episodes: [String]) throws(RecordingError) {
    try change { database in
      for episode in episodes {
        try database.execute(
          sql: "UPDATE episode SET deletedAt = NULL, deletedBy = NULL WHERE id = ?",
          arguments: [episode])
      }
    }
  }

  private static func refuseOpen(_ episode: String, _ database: Database) throws {
    let outcome = try String.fetchOne(
      database, sql: "SELECT outcome FROM episode WHERE id = ?", arguments: [episode])
    if outcome == nil { throw RecordingError.inProgress(episode) }
  }

  private func change(_ body: (Database) throws -> Void) throws(RecordingError) {
    try RecordingFile.mapping(path) { try queue.write { try body($0) } }
  }

  /// Removes episodes for good, with steps, pictures and hand-overs, and gives their space back.
  ///
  /// Which ones were removed is kept, so that a merge with an older copy brings none back.
  /// - Parameters:
  ///   - path: The recording; nobody may write to it.
  ///   - episodes: Whole identifiers.
  ///   - person: Who does it.
  /// - Throws: `RecordingError`.
  public static func purge(
    _ path: String, _ episodes: [String], by person: OperatorID?
  ) throws(RecordingError) {
    let (queue, lock) = try RecordingFile.openToWrite(path)
    defer { lock.release() }
    try RecordingFile.mapping(path) {
      try queue.write { database in
        let note = try RowInsertion(.purged, in: database)
        for episode in episodes {
          note.add(episode)
          note.add(SystemClock.wall.nanosecondsSinceEpoch)
          note.add(person?.name)
          try note.finish()
          try database.execute(sql: "DELETE FROM handover WHERE episode = ?", arguments: [episode])
          try database.execute(sql: "DELETE FROM episode WHERE id = ?", arguments: [episode])
        }
      }
      try queue.vacuum()
      _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try queue.close()
    }
  }
}

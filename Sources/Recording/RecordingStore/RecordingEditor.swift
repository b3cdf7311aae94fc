internal import Clocks
internal import GRDB
public import RobotData

/// Changes what people say of episodes: tags, outcomes, whether they are kept. What was recorded
/// stays as it is, until deleted episodes are purged.
///
/// All files of a recording that was split by size are one: each change is made in the file that
/// the episode lies in.
public final class RecordingEditor {
  private let path: String
  private let person: String?
  private let isBeingWritten: Bool
  private var places: EpisodePlaces
  // Files that something was changed in.
  private var queues: [String: DatabaseQueue] = [:]

  /// Opens a recording, also while a coordinator writes to it, for `person` to change it.
  ///
  /// - Throws: `RecordingError`.
  public init(path: String, person: OperatorID?) throws(RecordingError) {
    self.person = person?.name
    // Readers are gone before the first change: a process that has a file's shared memory to read
    // does not get it to write.
    places = try EpisodePlaces(path)
    self.path = places.base
    isBeingWritten = RecordingFile.isBeingWritten(places.base)
    queues[places.base] = try RecordingFile.openToEdit(places.base)
  }

  /// Adds a tag to an episode; nothing changes where it has it.
  ///
  /// - Throws: `RecordingError`.
  public func add(_ tag: EpisodeTag, to episode: String) throws(RecordingError) {
    try change(episode) { database in
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
    try change(episode) { database in
      try database.execute(
        sql: "DELETE FROM tag WHERE episode = ? AND tag = ?", arguments: [episode, tag.name])
    }
  }

  /// Says how an episode ended.
  ///
  /// - Throws: `RecordingError.inProgress` where it has not.
  public func mark(_ episode: String, _ outcome: EpisodeOutcome) throws(RecordingError) {
    try change(episode) { database in
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
    if isBeingWritten {
      for episode in episodes { try change(episode) { try Self.refuseOpen(episode, $0) } }
    }
    for episode in episodes {
      try change(episode) { database in
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
    for episode in episodes {
      try change(episode) { database in
        try database.execute(
          sql: "UPDATE episode SET deletedAt = NULL, deletedBy = NULL WHERE id = ?",
          arguments: [episode])
      }
    }
  }

  private static func refuseOpen(_ episode: String, _ database: Database) throws {
    let outcome: String? = try CheckedRow.value(
      database, sql: "SELECT outcome FROM episode WHERE id = ?", arguments: [episode])
    if outcome == nil { throw RecordingError.inProgress(episode) }
  }

  private func change(
    _ episode: String, _ body: (Database) throws -> Void
  ) throws(RecordingError) {
    // One that began since this was opened may lie in a newer file.
    if places.file(of: episode) == nil { places = try EpisodePlaces(path) }
    guard let file = places.file(of: episode) else { throw .unknownEpisode(episode) }
    let queue: DatabaseQueue
    if let known = queues[file] {
      queue = known
    } else {
      queue = try RecordingFile.openToEdit(file)
      queues[file] = queue
    }
    try RecordingFile.mapping(file) { try queue.write { try body($0) } }
  }

  /// Removes episodes for good, with steps, pictures and hand-overs, and gives their space back.
  ///
  /// Which ones were removed is kept, so that a merge with an older copy brings none back.
  /// - Parameters:
  ///   - path: The recording; no other process may write to it.
  ///   - episodes: Whole identifiers.
  ///   - person: Who does it.
  /// - Throws: `RecordingError`.
  public static func purge(
    _ path: String, _ episodes: [String], by person: OperatorID?
  ) throws(RecordingError) {
    let places = try EpisodePlaces(path)
    // Its first file is locked as long as a coordinator writes to any.
    let lock = try FileLock(places.base)
    defer { lock.release() }
    let known = Dictionary(grouping: episodes) { places.file(of: $0) ?? places.base }
    for (file, episodes) in known.sorted(by: { $0.key < $1.key }) {
      let own = file == places.base ? nil : try FileLock(file)
      defer { own?.release() }
      try purge(file, episodes, by: person, under: own ?? lock)
    }
  }

  private static func purge(
    _ file: String, _ episodes: [String], by person: OperatorID?, under lock: FileLock
  ) throws(RecordingError) {
    let queue = try RecordingFile.openToWrite(file, under: lock)
    try RecordingFile.mapping(file) {
      try queue.write { database in
        let note = try RowInsertion(.purged, in: database)
        for episode in episodes {
          note.add(episode)
          note.add(SystemClock.wall.nanosecondsSinceEpoch)
          note.add(person?.name)
          try note.finish()
          try noteRemoval(of: episode, database)
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

extension RecordingEditor {
  /// What is gone for good is no hole: how much goes is noted.
  private static func noteRemoval(of episode: String, _ database: Database) throws {
    let sources = [
      ("purged-handover", "SELECT session FROM handover WHERE episode = ?"),
      ("purged-mark", "SELECT substr(id, 1, 16) AS session FROM mark WHERE episode = ?"),
    ]
    for (kind, source) in sources {
      try database.execute(
        sql: """
          INSERT INTO tally (session, kind, count)
          SELECT session, '\(kind)', count(*) FROM (\(source))
          WHERE session IN (SELECT id FROM session) GROUP BY session
          ON CONFLICT (session, kind) DO UPDATE SET count = tally.count + excluded.count
          """, arguments: [episode])
    }
  }
}

/// Which file of a recording each episode lies in.
struct EpisodePlaces {
  /// The first file.
  let base: String
  /// All files, in the order in which they were begun.
  let files: [String]
  private var places: [String: String] = [:]

  /// Looks into all parts of the recording that `path` is one of, and closes them.
  init(_ path: String) throws(RecordingError) {
    let parts = try RecordingParts(of: path)
    files = parts.files.map(\.path)
    base = files.first ?? path
    for file in parts.files {
      let episodes: [String] = try file.read { database in
        try CheckedRow.values(database, sql: "SELECT id FROM episode")
      }
      for episode in episodes { places[episode] = file.path }
    }
  }

  /// The file of an episode; nil where none has it.
  func file(of episode: String) -> String? { places[episode] }
}

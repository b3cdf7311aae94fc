internal import Clocks
internal import GRDB
internal import GRDBSQLite
internal import RobotData

/// One file of a recording, with what writes to it. Used on the recorder's thread only.
final class RecordingPart {
  /// What is known of an episode that is not whole yet.
  private struct Progress {
    var hasEnded = false
    var announced: Int?
  }

  let path: String
  private let queue: DatabaseQueue
  private let lock: FileLock?
  private var writer: EntryWriter?
  private var committed: [EpisodeID: CommittedSteps] = [:]
  private var unfinished: [EpisodeID: Progress] = [:]

  /// Opens or makes the file, and begins the session in it. The file's lock is taken here unless
  /// the caller holds it.
  init(path: String, session: SessionRecord, lock held: FileLock?) throws(RecordingError) {
    self.path = path
    if let held {
      lock = nil
      queue = try RecordingFile.openToWrite(path, under: held)
    } else {
      let opened = try RecordingFile.openToWrite(path)
      (queue, lock) = (opened.queue, opened.lock)
    }
    writer = try RecordingFile.mapping(path) {
      try queue.write { database in
        let writer = try EntryWriter(session: session, database)
        try writer.begin()
        return writer
      }
    }
  }

  /// Bytes of the file with its journal.
  var bytes: Int { RecordingFile.bytes(path) }

  /// Writes entries in one transaction, and notes how much of each kind the session has had to write.
  ///
  /// - Returns: How many steps of the episodes that the entries count for are on disk without a
  ///   gap, and how many steps were new.
  func commit(
    _ entries: some Sequence<NumberedEntry>, tally: [String: Int] = [:]
  ) throws(RecordingError) -> (counts: [EpisodeID: Int], newSteps: Int) {
    guard let writer else { throw .database(path: path, reason: "it is closed") }
    var next = committed
    var episodes: Set<EpisodeID> = []
    var newSteps = 0
    var tally = tally
    do throws(RecordingError) {
      try RecordingFile.mapping(path) {
        try queue.write { database in
          for numbered in entries {
            let entry = numbered.entry
            if let episode = entry.countedEpisode, episodes.insert(episode).inserted,
              next[episode] == nil
            {
              next[episode] = try Self.steps(of: episode, in: database)
            }
            if try writer.write(entry, ordinal: numbered.ordinal) { newSteps += 1 }
            if let (kind, count) = numbered.tally {
              tally[kind] = max(tally[kind] ?? 0, count)
            }
            guard case .step(let record, _, _, _) = entry else { continue }
            next[record.observation.episode]?.insert(record.observation.step)
          }
          try writer.note(tally)
        }
      }
    } catch {
      forgetCounts()
      throw error
    }
    committed = next
    for numbered in entries { follow(numbered.entry) }
    return (
      Dictionary(episodes.map { ($0, next[$0]?.contiguous ?? 0) }) { $1 }, newSteps
    )
  }

  /// After trouble nothing that was counted is certain: it is read from the file again.
  func forgetCounts() {
    committed = [:]
    writer?.rolledBack()
  }

  /// Whether every episode that was begun or gone on with here has ended with all its steps.
  var isComplete: Bool { unfinished.isEmpty }

  private func follow(_ entry: RecordingEntry) {
    guard let episode = entry.episode else { return }
    switch entry {
    case .episodeStarted, .step: if unfinished[episode] == nil { unfinished[episode] = Progress() }
    case .episodeClosed(_, let count): unfinished[episode, default: Progress()].announced = count
    case .episodeEnded: unfinished[episode, default: Progress()].hasEnded = true
    default: break
    }
    guard let progress = unfinished[episode], progress.hasEnded,
      let announced = progress.announced, committed[episode]?.contiguous ?? 0 >= announced
    else { return }
    unfinished[episode] = nil
    committed[episode] = nil
  }

  private static func steps(
    of episode: EpisodeID, in database: Database
  ) throws -> CommittedSteps {
    CommittedSteps(
      try CheckedRow.values(
        database, sql: "SELECT step FROM step WHERE episode = ? ORDER BY step",
        arguments: [episode.description]))
  }

  /// Bytes of the journal.
  var journalBytes: Int { RecordingFile.journalBytes(path) }

  /// Empties the journal into the file, where no reader needs it; waits for none.
  ///
  /// - Throws: `RecordingError` where it cannot be done for another reason.
  func emptyJournal() throws(RecordingError) {
    try RecordingFile.mapping(path) {
      try queue.writeWithoutTransaction { database in
        let pages = try database.checkpoint(.passive)
        guard pages.walFrameCount == pages.checkpointedFrameCount else { return }
        // A reader that comes just now is not waited for either.
        sqlite3_busy_timeout(database.sqliteConnection, 0)
        defer { sqlite3_busy_timeout(database.sqliteConnection, 5_000) }
        do { _ = try database.checkpoint(.truncate) } catch let error as DatabaseError
          where error.resultCode == .SQLITE_BUSY
        {}
      }
    }
  }

  /// Notes that the session has ended in this file.
  ///
  /// - Throws: `RecordingError` where that cannot be written.
  func end() throws(RecordingError) {
    guard let writer else { return }
    try RecordingFile.mapping(path) {
      try queue.write { _ in try writer.end(at: SystemClock.wall) }
    }
  }

  /// Closes the file, and lets others write to it.
  func close() {
    try? emptyJournal()
    // Its statements go first: a connection with statements cannot be closed.
    writer = nil
    try? queue.close()
    lock?.release()
  }
}

internal import Clocks
internal import Foundation
internal import GRDB
public import RobotData

/// Writes a recording on a thread of its own: control never waits for the disk.
///
/// Entries are taken into a queue that is bounded by bytes, and committed in groups. After each
/// commit `onCommit` says how many steps of which episodes are safe: only those may be
/// acknowledged. When the disk is full the queue waits and the commit is tried again; a step that
/// finds the queue full is refused, and stays with its robot.
public final class Recorder: Sendable {
  /// How long entries may wait for others to share their commit.
  public static let groupingTime = 0.05
  /// Bytes of entries that may wait for the disk.
  public static let queueBytesLimit = 256 << 20

  private struct State {
    var entries: [RecordingEntry] = []
    var bytes = 0
    var isClosing = false
    var isClosed = false
    var committedSteps = 0
  }

  /// The file.
  public let path: String
  /// Episodes of earlier runs that have not ended: their robots may return and go on with them.
  public let openEpisodes: Set<EpisodeID>
  private let queue: DatabaseQueue
  private let lock: FileLock
  private let writer: EntryWriter
  private let onCommit: @Sendable ([EpisodeID: Int]) -> Void
  private let onTrouble: @Sendable (RecordingError?) -> Void
  private let condition = NSCondition()
  // Guarded by `condition`.
  private nonisolated(unsafe) var state = State()

  /// Opens or makes the file, and begins a session in it.
  ///
  /// `onCommit` is called on the recorder's thread, with the count of steps from the first that
  /// are on disk without a gap, for each episode of the commit. `onTrouble` is called there with
  /// the error when a commit fails, and with nil when recording goes on.
  /// - Throws: `RecordingError` when the file cannot be opened or another process writes to it.
  public init(
    path: String, session: SessionRecord,
    onCommit: @escaping @Sendable ([EpisodeID: Int]) -> Void,
    onTrouble: @escaping @Sendable (RecordingError?) -> Void
  ) throws(RecordingError) {
    let opened = try RecordingFile.openToWrite(path)
    self.path = path
    queue = opened.queue
    lock = opened.lock
    let writer = EntryWriter(session: session)
    self.writer = writer
    self.onCommit = onCommit
    self.onTrouble = onTrouble
    let queue = queue
    openEpisodes = try RecordingFile.mapping(path) {
      try queue.write { database in
        try writer.begin(database)
        let open = try String.fetchAll(
          database, sql: "SELECT id FROM episode WHERE outcome IS NULL AND deletedAt IS NULL")
        return Set(open.compactMap { EpisodeID($0) })
      }
    }
    let thread = Thread { [self] in run() }
    thread.name = "recorder"
    thread.start()
  }

  /// Takes an entry; never waits for the disk.
  ///
  /// - Returns: false when too many bytes wait already, or the recorder is closed. Entries other
  ///   than steps are small and always taken.
  public func offer(_ entry: RecordingEntry) -> Bool {
    condition.withLock {
      if case .step = entry, state.bytes >= Self.queueBytesLimit { return false }
      guard !state.isClosing else { return false }
      state.entries.append(entry)
      state.bytes += entry.bytes
      condition.signal()
      return true
    }
  }

  /// Writes what waits, ends the session and closes the file. With a full disk it tries for
  /// `patience` seconds.
  ///
  /// - Returns: how many entries could not be written.
  public func close(patience: Double = 5) -> Int {
    let deadline = Date(timeIntervalSinceNow: patience)
    return condition.withLock {
      state.isClosing = true
      condition.broadcast()
      while !state.isClosed, condition.wait(until: deadline) {}
      return state.entries.count
    }
  }

  /// Steps committed by this recorder; repeats are not counted.
  public var committedSteps: Int { condition.withLock { state.committedSteps } }
  /// Bytes of the recording on disk.
  public var fileBytes: Int { RecordingFile.bytes(path) }
  /// Free bytes on its disk.
  public var freeBytes: Int { RecordingFile.freeBytes(path) }

  // MARK: The writing thread

  private func run() {
    var committed: [EpisodeID: CommittedSteps] = [:]
    var isTroubled = false
    while let batch = nextBatch(afterTrouble: isTroubled) {
      do throws(RecordingError) {
        let episodes = try commit(batch, &committed)
        finish(batch)
        if isTroubled { onTrouble(nil) }
        isTroubled = false
        if !episodes.isEmpty { onCommit(episodes) }
      } catch {
        // Nothing that was counted is certain any more; it is read from the file again.
        committed = [:]
        if !isTroubled { onTrouble(error) }
        isTroubled = error.mayPass
        if !error.mayPass { salvage(batch, &committed) }
      }
    }
    try? queue.write { try writer.end($0, at: SystemClock.wall) }
    try? queue.close()
    lock.release()
    condition.withLock {
      state.isClosed = true
      condition.broadcast()
    }
  }

  /// The entries to commit next; nil when all is written and the recorder is to close.
  private func nextBatch(afterTrouble: Bool) -> [RecordingEntry]? {
    condition.withLock {
      if afterTrouble { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.5)) }
      while state.entries.isEmpty, !state.isClosing { condition.wait() }
      if !state.isClosing {
        let deadline = Date(timeIntervalSinceNow: Self.groupingTime)
        while state.bytes < 4 << 20, !state.isClosing, condition.wait(until: deadline) {}
      }
      return state.entries.isEmpty ? nil : Array(state.entries.prefix(512))
    }
  }

  private func finish(_ batch: [RecordingEntry]) {
    condition.withLock {
      state.entries.removeFirst(batch.count)
      state.bytes -= batch.reduce(0) { $0 + $1.bytes }
    }
  }

  private func commit(
    _ batch: [RecordingEntry], _ committed: inout [EpisodeID: CommittedSteps]
  ) throws(RecordingError) -> [EpisodeID: Int] {
    var next = committed
    var episodes: Set<EpisodeID> = []
    var newSteps = 0
    try RecordingFile.mapping(path) {
      try queue.write { database in
        for entry in batch {
          if let episode = entry.countedEpisode {
            episodes.insert(episode)
            if next[episode] == nil { next[episode] = try Self.steps(of: episode, in: database) }
          }
          let before = database.totalChangesCount
          try writer.write(entry, to: database)
          guard case .step(let record, _, _, _) = entry else { continue }
          if database.totalChangesCount > before { newSteps += 1 }
          next[record.observation.episode]?.insert(record.observation.step)
        }
      }
    }
    committed = next
    condition.withLock { state.committedSteps += newSteps }
    return Dictionary(
      uniqueKeysWithValues: episodes.map { ($0, committed[$0]?.contiguous ?? 0) })
  }

  private static func steps(
    of episode: EpisodeID, in database: Database
  ) throws -> CommittedSteps {
    CommittedSteps(
      try Int.fetchAll(
        database, sql: "SELECT step FROM step WHERE episode = ? ORDER BY step",
        arguments: [episode.description]))
  }

  /// One entry of the batch is refused for what it is: the others must not suffer for it.
  private func salvage(
    _ batch: [RecordingEntry], _ committed: inout [EpisodeID: CommittedSteps]
  ) {
    for entry in batch {
      do throws(RecordingError) {
        let episodes = try commit([entry], &committed)
        if !episodes.isEmpty { onCommit(episodes) }
      } catch {
        onTrouble(error)
      }
    }
    finish(batch)
  }
}

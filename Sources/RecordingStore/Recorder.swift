internal import Foundation
public import RobotData

/// Writes a recording on a thread of its own: control never waits for the disk.
///
/// Entries are taken into a queue that is bounded by bytes, and committed in groups. After each
/// commit `onCommit` says how many steps of which episodes are safe: only those may be
/// acknowledged. When the disk is full the queue waits and the commit is tried again; a step that
/// finds the queue full is refused, and stays with its robot.
///
/// With a size to rotate at, a new file is begun when the newest has grown beyond it.
public final class Recorder: Sendable {
  /// How long entries may wait for others to share their commit.
  public static let groupingTime = 0.05
  /// Bytes of entries that may wait for the disk.
  public static let queueBytesLimit = 256 << 20

  private struct State {
    var entries: [NumberedEntry] = []
    /// Of `entries`, and of what the thread is writing.
    var bytes = 0
    var unwritten = 0
    var numbered = 0
    var isClosing = false
    var isClosed = false
    var committedSteps = 0
    var paths: [String] = []
  }

  /// The file, or the first of the files.
  public let path: String
  /// Episodes of earlier runs that have not ended: their robots may return and go on with them.
  public let openEpisodes: [EpisodeID: RobotID]
  private let earlierRobots: [RobotRow]
  // Used on the recorder's thread only, once that has started.
  private nonisolated(unsafe) let files: RecordingFiles
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
  /// A file that has grown beyond `rotateSize` bytes gets no further episode: the next begins a
  /// new file; nil for one file.
  /// - Throws: `RecordingError` when the file cannot be opened or another process writes to it.
  public init(
    path: String, session: SessionRecord, rotateSize: Int? = nil,
    onCommit: @escaping @Sendable ([EpisodeID: Int]) -> Void,
    onTrouble: @escaping @Sendable (RecordingError?) -> Void
  ) throws(RecordingError) {
    self.path = path
    let files = try RecordingFiles(path: path, session: session, limit: rotateSize)
    openEpisodes = files.openEpisodes.compactMapValues { try? RobotID($0) }
    earlierRobots = files.earlierRobots
    self.files = files
    self.onCommit = onCommit
    self.onTrouble = onTrouble
    state.paths = files.paths
    let thread = Thread { [self] in run() }
    thread.name = "recorder"
    thread.start()
  }

  /// Why steps of this robot would not fit what the recording holds already; nil where they do.
  ///
  /// A recording that mixes control rates, cameras or joints of one kind of robot, or meanings of
  /// one task, is of no use to whoever trains on it.
  public func refusal(of robot: RobotID, _ description: RobotDescription) -> String? {
    guard let new = try? RobotRow(robot, description) else { return nil }
    let differences = earlierRobots.lazy.map { new.differences(from: $0) }.first { !$0.isEmpty }
    return differences.map {
      "it does not fit what \(path) holds already: \($0.joined(separator: "; ")); choose another "
        + "file with --recording"
    }
  }

  /// Takes an entry; never waits for the disk.
  ///
  /// - Returns: false when too many bytes wait already, or the recorder is closed. Entries other
  ///   than steps are small and always taken.
  public func offer(_ entry: RecordingEntry) -> Bool {
    condition.withLock {
      if case .step = entry, state.bytes >= Self.queueBytesLimit { return false }
      guard !state.isClosing else { return false }
      state.numbered += 1
      state.entries.append(NumberedEntry(ordinal: state.numbered, entry: entry))
      state.bytes += entry.bytes
      state.unwritten += 1
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
      return state.unwritten
    }
  }

  /// Steps committed by this recorder; repeats are not counted.
  public var committedSteps: Int { condition.withLock { state.committedSteps } }
  /// Bytes that wait for the disk.
  public var waitingBytes: Int { condition.withLock { state.bytes } }
  /// The files of the recording, in the order in which they were begun.
  public var paths: [String] { condition.withLock { state.paths } }
  /// Bytes of the recording on disk.
  public var fileBytes: Int { paths.reduce(0) { $0 + RecordingFile.bytes($1) } }
  /// Free bytes on its disk.
  public var freeBytes: Int { RecordingFile.freeBytes(path) }

  // MARK: The writing thread

  private func run() {
    var isTroubled = false
    while let batch = nextBatch() {
      var rest = batch[...]
      while !rest.isEmpty {
        let group = rest.prefix(512)
        do throws(RecordingError) {
          try commit(group)
          if isTroubled { onTrouble(nil) }
          isTroubled = false
          rest = rest.dropFirst(group.count)
        } catch {
          files.forgetCounts()
          if !isTroubled { onTrouble(error) }
          isTroubled = error.mayPass
          if error.mayPass {
            waitAWhile()
          } else {
            salvage(group)
            rest = rest.dropFirst(group.count)
          }
        }
      }
    }
    files.close()
    condition.withLock {
      state.isClosed = true
      condition.broadcast()
    }
  }

  /// All that waits, once it is worth a commit; nil when all is written and the recorder is to
  /// close.
  private func nextBatch() -> [NumberedEntry]? {
    condition.withLock {
      while state.entries.isEmpty, !state.isClosing { condition.wait() }
      if !state.isClosing {
        let deadline = Date(timeIntervalSinceNow: Self.groupingTime)
        while state.bytes < 4 << 20, !state.isClosing, condition.wait(until: deadline) {}
      }
      guard !state.entries.isEmpty else { return nil }
      defer { state.entries = [] }
      return state.entries
    }
  }

  private func waitAWhile() {
    condition.withLock {
      let deadline = Date(timeIntervalSinceNow: 0.5)
      while Date() < deadline, condition.wait(until: deadline) {}
    }
  }

  private func commit(_ group: some Collection<NumberedEntry>) throws(RecordingError) {
    let (counts, newSteps) = try files.commit(group)
    let bytes = group.reduce(0) { $0 + $1.entry.bytes }
    condition.withLock {
      state.bytes -= bytes
      state.unwritten -= group.count
      state.committedSteps += newSteps
      state.paths = files.paths
    }
    if !counts.isEmpty { onCommit(counts) }
  }

  /// One entry of the group is refused for what it is: the others must not suffer for it.
  private func salvage(_ group: some Collection<NumberedEntry>) {
    for numbered in group {
      do throws(RecordingError) {
        try commit(CollectionOfOne(numbered))
      } catch {
        files.forgetCounts()
        onTrouble(error)
        condition.withLock {
          state.bytes -= numbered.entry.bytes
          state.unwritten -= 1
        }
      }
    }
  }
}

internal import Clocks
internal import Foundation
public import RobotData
internal import Synchronization

/// Writes a recording on a thread of its own: control never waits for the disk.
///
/// Entries are taken into a queue that is bounded by bytes, and committed in groups. After each
/// commit `onCommit` says how many steps of which episodes are safe: only those may be
/// acknowledged. When the disk is full the queue waits and the commit is tried again; a step that
/// finds the queue full is refused, and stays with its robot.
///
/// An entry that is refused for what it is does not hold up the others. It is tried again, then kept
/// in a file beside the recording; it is counted as unwritten, and `onNews` says so.
///
/// With a size to rotate at, a new file is begun when the newest has grown beyond it.
public final class Recorder: Sendable {
  /// How long entries may wait for others to share their commit.
  public static let groupingTime = 0.05
  /// Bytes of entries that may wait for the disk.
  public static let queueBytesLimit = 256 << 20
  /// Bytes of the journal beyond which it is said that a reader keeps it from being cut.
  public static let journalBytesLimit = 32 << 20

  struct State {
    var entries: [NumberedEntry] = []
    /// Of `entries`, and of what the thread is writing.
    var bytes = 0
    /// Entries that are not on disk, by kind.
    var unwritten: [RecordingEntry.Kind: Int] = [:]
    /// Those of them that were given up, and where they are.
    var givenUp = UnwrittenEntries()
    var numbers: EntryNumbers
    /// Those of earlier sessions and of this one.
    var robots: RecordedRobots
    var isClosing = false
    /// When to give up what cannot be written.
    var deadline: FleetInstant?
    var isClosed = false
    var committedSteps = 0
    var paths: [String] = []
    /// Bytes of what was given up.
    var givenUpBytes = 0
    var journal: (bytes: Int, isHeld: Bool) = (0, false)
  }

  /// The file, or the first of the files.
  public let path: String
  /// Episodes of earlier runs that have not ended: their robots may return and go on with them.
  public let openEpisodes: [EpisodeID: RobotID]
  private let files: Mutex<RecordingFiles>
  private let session: SessionRecord
  private let onCommit: @Sendable ([EpisodeID: Int]) -> Void
  private let onTrouble: @Sendable (RecordingError?) -> Void
  private let onNews: @Sendable (RecorderNews) -> Void
  private let state: Mutex<State>
  /// Something came, or the recorder is to close.
  private let wake = WakeSignal()
  private let closed = WakeSignal()

  /// Opens or makes the file, and begins a session in it.
  ///
  /// `onCommit` is called on the recorder's thread, with the count of steps from the first that
  /// are on disk without a gap, for each episode of the commit. `onTrouble` is called there with
  /// the error when a commit fails, and with nil when recording continues; `onNews` with all that
  /// there is to say.
  /// A file that has grown beyond `rotateSize` bytes gets no further episode: the next begins a
  /// new file; nil for one file.
  /// - Throws: `RecordingError` when the file cannot be opened or another process writes to it.
  public init(
    path: String, session: SessionRecord, rotateSize: Int? = nil,
    onCommit: @escaping @Sendable ([EpisodeID: Int]) -> Void,
    onTrouble: @escaping @Sendable (RecordingError?) -> Void,
    onNews: @escaping @Sendable (RecorderNews) -> Void = { _ in }
  ) throws(RecordingError) {
    self.path = path
    self.session = session
    let files = try RecordingFiles(path: path, session: session, limit: rotateSize)
    openEpisodes = files.openEpisodes.compactMapValues { try? RobotID($0) }
    var state = State(numbers: files.numbers, robots: files.robots)
    state.paths = files.paths
    self.state = Mutex(state)
    self.files = Mutex(files)
    self.onCommit = onCommit
    self.onTrouble = onTrouble
    self.onNews = onNews
    let thread = Thread { [self] in run() }
    thread.name = "recorder"
    thread.start()
  }

  /// Why steps of this robot would not fit what the recording holds already, robots of this session
  /// included; nil where they do.
  ///
  /// A recording that mixes control rates, cameras or joints of one kind of robot, or meanings of
  /// one task, is of no use to whoever trains on it.
  public func refusal(of robot: RobotID, _ description: RobotDescription) -> String? {
    let robots = state.withLock { $0.robots }
    if let conflict = robots.conflict(with: description) {
      let differences = conflict.differences.map(\.description).joined(separator: "; ")
      return
        "it does not fit \(conflict.robot.name) in \(conflict.robot.path): \(differences); choose "
        + "another file with --recording"
    }
    return robots.change(of: robot.name, to: description)
  }

  /// Takes an entry; never waits for the disk.
  ///
  /// - Returns: false when too many bytes wait already, or the recorder is closed. Entries other
  ///   than steps are small and always taken.
  public func offer(_ entry: RecordingEntry) -> Bool {
    let isTaken = state.withLock { state in
      if case .step = entry, state.bytes >= Self.queueBytesLimit { return false }
      guard !state.isClosing else { return false }
      if case .robotJoined(let robot, let description) = entry {
        state.robots.join(
          RecordedRobot(path: path, name: robot.name, description: description))
      }
      state.entries.append(state.numbers.number(entry))
      state.bytes += entry.bytes
      state.unwritten[entry.kind, default: 0] += 1
      return true
    }
    if isTaken { wake.signal() }
    return isTaken
  }

  /// Writes what waits, ends the session and closes the file. With a full disk it tries for
  /// `patience` seconds.
  ///
  /// - Returns: how many entries are not in the recording; `unwritten` says which.
  public func close(patience: Double = 5) -> Int {
    let deadline = SystemClock.now + .seconds(patience)
    state.withLock { state in
      state.isClosing = true
      state.deadline = state.deadline ?? deadline
    }
    wake.signal()
    // What cannot be written by then is kept elsewhere, which takes its time too.
    let end = deadline + .seconds(5)
    while !state.withLock({ $0.isClosed }), SystemClock.now < end {
      closed.wait(atMost: min(end - SystemClock.now, .milliseconds(200)))
    }
    return unwritten.count
  }

  /// What was given to the recorder and is not in the recording, or not yet.
  public var unwritten: UnwrittenEntries {
    state.withLock { state in
      var entries = state.givenUp
      entries.counts = state.unwritten.filter { $0.value > 0 }
      return entries
    }
  }

  /// What was given up: it will not come into the recording.
  public var givenUp: UnwrittenEntries { state.withLock { $0.givenUp } }
  /// Bytes of the journal, and whether it cannot be cut.
  public var journal: (bytes: Int, isHeld: Bool) { state.withLock { $0.journal } }
  /// Whether a step that is offered now is taken.
  public var hasRoomForSteps: Bool {
    state.withLock { $0.bytes < Self.queueBytesLimit && !$0.isClosing }
  }
  /// Steps committed by this recorder; repeats are not counted.
  public var committedSteps: Int { state.withLock { $0.committedSteps } }
  /// Bytes that wait for the disk.
  public var waitingBytes: Int { state.withLock { $0.bytes } }
  /// The files of the recording, in the order in which they were begun.
  public var paths: [String] { state.withLock { $0.paths } }
  /// Bytes of the recording on disk.
  public var fileBytes: Int { paths.reduce(0) { $0 + RecordingFile.bytes($1) } }
  /// Free bytes on its disk.
  public var freeBytes: Int { RecordingFile.freeBytes(path) }

  private func run() {
    var work = RecorderWork(
      path: path, session: session,
      commit: { [self] entries, tally throws(RecordingError) in
        try files.withLock { files throws(RecordingError) in
          do throws(RecordingError) {
            let done = try files.commit(entries, tally: tally)
            note(entries, done.newSteps, files.paths)
            return done.counts
          } catch {
            files.forgetCounts()
            throw error
          }
        }
      },
      onCommit: onCommit, onTrouble: onTrouble, onNews: onNews)
    while let batch = nextBatch() {
      work.write(batch, until: { [self] in state.withLock { $0.deadline } }, pause: pause)
      work.tryRefused(at: SystemClock.now)
      note(work)
      mindJournal(&work, isIdle: batch.isEmpty)
    }
    work.finish(until: state.withLock { $0.deadline } ?? SystemClock.now, pause: pause) {
      [self] () throws(RecordingError) in
      try files.withLock { files throws(RecordingError) in try files.end() }
    }
    note(work)
    files.withLock { $0.close() }
    state.withLock { $0.isClosed = true }
    closed.signal()
  }

  /// All that waits, once it is worth a commit, or nothing after a while; nil when all is written and
  /// the recorder is to close.
  private func nextBatch() -> [NumberedEntry]? {
    let idle = SystemClock.now + .seconds(1)
    while state.withLock({ $0.entries.isEmpty && !$0.isClosing }), SystemClock.now < idle {
      wake.wait(atMost: idle - SystemClock.now)
    }
    let group = SystemClock.now + .seconds(Self.groupingTime)
    while state.withLock({ !$0.entries.isEmpty && $0.bytes < 4 << 20 && !$0.isClosing }),
      SystemClock.now < group
    {
      wake.wait(atMost: group - SystemClock.now)
    }
    return state.withLock { state in
      guard !state.entries.isEmpty else { return state.isClosing ? nil : [] }
      defer { state.entries = [] }
      return state.entries
    }
  }

  /// Waits before another attempt, less when the recorder is to close.
  private func pause(_ duration: Duration) {
    let start = SystemClock.now
    while true {
      let isClosing = state.withLock { $0.isClosing }
      let left =
        start + (isClosing ? min(duration, .milliseconds(100)) : duration) - SystemClock.now
      guard left > .zero else { return }
      wake.wait(atMost: left)
    }
  }

  private func note(_ entries: [NumberedEntry], _ newSteps: Int, _ paths: [String]) {
    state.withLock { state in
      for numbered in entries {
        state.bytes -= numbered.entry.bytes
        state.unwritten[numbered.entry.kind, default: 0] -= 1
      }
      state.committedSteps += newSteps
      state.paths = paths
    }
  }

  /// What was given up needs no room in the queue any more, but stays unwritten.
  private func note(_ work: RecorderWork) {
    state.withLock { state in
      state.bytes -= work.givenUpBytes - state.givenUpBytes
      state.givenUpBytes = work.givenUpBytes
      state.givenUp = work.givenUp
      if let lost = work.givenUp.counts[.sessionEnd] { state.unwritten[.sessionEnd] = lost }
    }
  }

  /// Cuts the journal where nothing is written and nothing hinders it, and says where it cannot be cut.
  private func mindJournal(_ work: inout RecorderWork, isIdle: Bool) {
    let now = SystemClock.now
    guard now >= work.journalIsDue else { return }
    work.journalIsDue = now + .seconds(1)
    let usual = RecordingFile.journalPages * 4_096
    let bytes = files.withLock { files in
      var failure: RecordingError?
      if files.journalBytes > usual {
        do throws(RecordingError) { try files.emptyJournals() } catch { failure = error }
      }
      work.journalFailure = failure
      return files.journalBytes
    }
    if let news = work.judgeJournal(bytes, limit: Self.journalBytesLimit) { onNews(news) }
    state.withLock { $0.journal = (bytes, work.isJournalHeld) }
  }
}

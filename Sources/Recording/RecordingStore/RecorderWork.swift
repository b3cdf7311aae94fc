internal import Clocks
internal import RobotData

/// What a recorder's thread does with what it is given: it writes, retries, and gives up.
struct RecorderWork {
  /// Attempts at an entry that is refused for what it is, and the time before the second; it doubles.
  private static let attempts = 4
  private static let interval = Duration.milliseconds(500)

  private struct Refused {
    var entry: NumberedEntry
    var attempts: Int
    var due: FleetInstant
  }

  private let commitEntries:
    ([NumberedEntry], [String: Int]) throws(RecordingError) -> [EpisodeID: Int]
  private let onCommit: ([EpisodeID: Int]) -> Void
  private let onTrouble: (RecordingError?) -> Void
  private let onNews: (RecorderNews) -> Void
  private var beside: UnwrittenFile
  private var refused: [Refused] = []
  private var refusedKinds: Set<RecordingEntry.Kind> = []
  /// Attempts that failed since the last commit.
  private var failures = 0
  /// What there has been of each kind with entries that were given up, to be noted with the next commit.
  private var owed: [String: Int] = [:]
  private(set) var givenUp = UnwrittenEntries()
  private(set) var givenUpBytes = 0
  var journalIsDue = FleetInstant.origin
  var journalFailure: RecordingError?
  private var journalWarned = 0

  init(
    path: String, session: SessionRecord,
    commit: @escaping ([NumberedEntry], [String: Int]) throws(RecordingError) -> [EpisodeID: Int],
    onCommit: @escaping ([EpisodeID: Int]) -> Void,
    onTrouble: @escaping (RecordingError?) -> Void, onNews: @escaping (RecorderNews) -> Void
  ) {
    commitEntries = commit
    beside = UnwrittenFile(beside: path, session: session)
    self.onCommit = onCommit
    self.onTrouble = onTrouble
    self.onNews = onNews
  }

  /// Writes entries, those that wait for a disk until it takes them or the deadline has passed.
  mutating func write(
    _ batch: [NumberedEntry], until deadline: () -> FleetInstant?, pause: (Duration) -> Void
  ) {
    for numbered in batch { beside.learn(numbered.entry) }
    var rest = batch[...]
    while !rest.isEmpty {
      let group = Array(rest.prefix(512))
      do throws(RecordingError) {
        try commit(group)
        rest = rest.dropFirst(group.count)
      } catch {
        guard error.mayPass else {
          rest = rest.dropFirst(group.count)
          let waiting = writeEach(group)
          rest = (waiting + rest)[...]
          continue
        }
        wait(error, pause)
        if let deadline = deadline(), SystemClock.now >= deadline {
          giveUp(Array(rest))
          return
        }
      }
    }
  }

  /// Waits before another attempt: longer each time, for a disk that stays full.
  private mutating func wait(_ error: RecordingError, _ pause: (Duration) -> Void) {
    if failures == 0 {
      onTrouble(error)
      onNews(.trouble(error))
    }
    failures += 1
    pause(min(.milliseconds(20 << min(failures, 5)), .milliseconds(500)))
  }

  private mutating func commit(_ entries: [NumberedEntry]) throws(RecordingError) {
    let counts = try commitEntries(entries, [:])
    if failures > 0 {
      failures = 0
      onTrouble(nil)
      onNews(.goesOn)
    }
    if !counts.isEmpty { onCommit(counts) }
  }

  /// One entry of the group is refused for what it is: the others must not suffer for it.
  ///
  /// - Returns: What waits for a disk that does not take it just now.
  private mutating func writeEach(_ group: [NumberedEntry]) -> [NumberedEntry] {
    for (index, numbered) in group.enumerated() {
      do throws(RecordingError) {
        try commit([numbered])
      } catch {
        if error.mayPass { return Array(group[index...]) }
        let kind = numbered.entry.kind
        if refusedKinds.insert(kind).inserted {
          onTrouble(error)
          onNews(.refused(kind, error))
        }
        refused.append(
          Refused(entry: numbered, attempts: 1, due: SystemClock.now + Self.interval))
      }
    }
    return []
  }

  /// Tries entries that were refused; `last` gives up those that are refused again.
  mutating func tryRefused(at now: FleetInstant, last: Bool = false) {
    try? payWhatIsOwed()
    var lost: [NumberedEntry] = []
    var waiting: [Refused] = []
    for var one in refused {
      guard last || one.due <= now else {
        waiting.append(one)
        continue
      }
      do throws(RecordingError) {
        try commit([one.entry])
      } catch {
        one.due = now + Self.interval * (1 << one.attempts)
        if !error.mayPass { one.attempts += 1 }
        if last || one.attempts >= Self.attempts {
          lost.append(one.entry)
        } else {
          waiting.append(one)
        }
      }
    }
    refused = waiting
    giveUp(lost)
  }

  private mutating func giveUp(_ entries: [NumberedEntry]) {
    guard !entries.isEmpty else { return }
    var isKept = true
    for numbered in entries {
      if let path = beside.keep(numbered) { givenUp.keptIn = path } else { isKept = false }
      givenUp.counts[numbered.entry.kind, default: 0] += 1
      givenUpBytes += numbered.entry.bytes
      if let (kind, count) = numbered.tally { owed[kind] = max(owed[kind] ?? 0, count) }
    }
    onNews(.unwritten(givenUp.counts, keptIn: isKept ? givenUp.keptIn : nil))
    // The recording knows at once that something is missing; where it cannot, with the next commit.
    try? payWhatIsOwed()
  }

  private mutating func payWhatIsOwed() throws(RecordingError) {
    guard !owed.isEmpty else { return }
    _ = try commitEntries([], owed)
    owed = [:]
  }

  /// Tries for the last time what was refused, and ends the session.
  mutating func finish(
    until deadline: FleetInstant, pause: (Duration) -> Void,
    _ end: () throws(RecordingError) -> Void
  ) {
    tryRefused(at: SystemClock.now, last: true)
    while true {
      do throws(RecordingError) {
        try payWhatIsOwed()
        try end()
        break
      } catch {
        guard error.mayPass, SystemClock.now < deadline else {
          givenUp.counts[.sessionEnd] = 1
          onNews(.unwritten(givenUp.counts, keptIn: givenUp.keptIn))
          break
        }
        wait(error, pause)
      }
    }
    beside.close()
  }

  // MARK: The journal

  /// Whether the journal cannot be cut, and people were told so.
  var isJournalHeld: Bool { journalWarned > 0 }

  /// What is to be said of a journal of this size: when it has passed the limit, and each time that it
  /// has doubled; when it was cut.
  mutating func judgeJournal(_ bytes: Int, limit: Int) -> RecorderNews? {
    if bytes <= limit {
      guard journalWarned > 0 else { return nil }
      journalWarned = 0
      return .journalCut
    }
    guard bytes >= 2 * journalWarned else { return nil }
    journalWarned = bytes
    return .journalHeld(bytes: bytes, reason: journalFailure)
  }
}

internal import Foundation
internal import GRDB
internal import RobotData

/// The files of a recording that is split by size: `name.sqlite`, `name-0002.sqlite` and so on.
///
/// An episode lies whole in the file that it began in; a new file is begun where an episode is,
/// when the newest file has grown beyond the limit. Used on the recorder's thread only.
final class RecordingFiles {
  private let base: String
  private let session: SessionRecord
  private let limit: Int?
  // Held as long as the recorder lives, also when the first file is whole and closed.
  private let lock: FileLock
  private var parts: [RecordingPart] = []
  private var number = 1
  // Which file each episode lies in.
  private var places: [EpisodeID: String] = [:]
  // Files in which the session has ended.
  private var ended: Set<String> = []
  // Files that hold an episode.
  private var used: Set<String> = []
  // As they joined, to be written into each new file.
  private var joined: [RobotID: NumberedEntry] = [:]
  /// Episodes that have not ended, and their robots.
  private(set) var openEpisodes: [EpisodeID: String] = [:]
  /// Robots that the recording holds.
  private(set) var robots = RecordedRobots()
  /// What the session has written before, where it is gone on with.
  private(set) var numbers: EntryNumbers
  // Of commits that failed after some files had taken their entries.
  private var uncounted: (counts: [EpisodeID: Int], newSteps: Int) = ([:], 0)

  /// Opens the newest file of the recording, or makes the first.
  init(path: String, session: SessionRecord, limit: Int?) throws(RecordingError) {
    base = path
    self.session = session
    self.limit = limit
    numbers = EntryNumbers(session.id)
    lock = try FileLock(path)
    while FileManager.default.fileExists(atPath: RecordingParts.path(base, number + 1)) {
      number += 1
    }
    for earlier in 1..<max(number, 1) { try look(into: RecordingParts.path(base, earlier)) }
    parts = [try open(RecordingParts.path(base, number))]
    try look(into: RecordingParts.path(base, number))
  }

  /// All files of the recording so far.
  var paths: [String] { (1...number).map { RecordingParts.path(base, $0) } }

  private func open(_ path: String) throws(RecordingError) -> RecordingPart {
    try RecordingPart(path: path, session: session, lock: path == base ? lock : nil)
  }

  /// Learns which episodes and robots a file holds.
  private func look(into path: String) throws(RecordingError) {
    let queue = try RecordingFile.openToRead(path)
    try RecordingFile.mapping(path) {
      try queue.read { database in
        for row in try CheckedRow.all(
          database,
          sql: "SELECT id, robot, outcome IS NULL AND deletedAt IS NULL AS isOpen FROM episode")
        {
          // A row that is damaged is what `recording check` tells of.
          guard let name = try? row.value("id") as String, let id = EpisodeID(name),
            let robot = try? row.value("robot") as String
          else { continue }
          places[id] = path
          used.insert(path)
          if try row.value("isOpen") { openEpisodes[id] = robot }
        }
        robots.add(try RecordedRobot.all(in: database, of: path))
        try numbers.learn(database)
      }
      try queue.close()
    }
  }

  /// Writes entries, those of one file in one transaction.
  ///
  /// - Parameters:
  ///   - entries: What is written.
  ///   - tally: How much of each kind there has been beside them.
  /// - Returns: How many steps of which episodes are on disk without a gap, and how many steps
  ///   were new.
  /// - Throws: `RecordingError`; what some files had taken is told with the next commit.
  func commit(
    _ entries: some Sequence<NumberedEntry>, tally: [String: Int] = [:]
  ) throws(RecordingError) -> (counts: [EpisodeID: Int], newSteps: Int) {
    var grouped: [(part: RecordingPart, entries: [NumberedEntry])] = []
    for entry in entries {
      let part = try part(for: entry)
      if let index = grouped.firstIndex(where: { $0.part === part }) {
        grouped[index].entries.append(entry)
      } else {
        grouped.append((part, [entry]))
      }
    }
    if !tally.isEmpty { _ = try parts[parts.count - 1].commit([], tally: tally) }
    for group in grouped {
      let done = try group.part.commit(group.entries)
      uncounted.counts.merge(done.counts) { $1 }
      uncounted.newSteps += done.newSteps
    }
    try closeWhatIsWhole()
    defer { uncounted = ([:], 0) }
    return uncounted
  }

  private func part(for numbered: NumberedEntry) throws(RecordingError) -> RecordingPart {
    if case .robotJoined(let robot, _) = numbered.entry { joined[robot] = numbered }
    guard let episode = numbered.entry.episode else { return parts[parts.count - 1] }
    if let path = places[episode] {
      if let part = parts.first(where: { $0.path == path }) { return part }
      // The file was whole and is closed; a robot sends something once more.
      let part = try open(path)
      parts.insert(part, at: 0)
      return part
    }
    if case .episodeStarted = numbered.entry { try beginNextFileIfDue() }
    let newest = parts[parts.count - 1]
    // A hand-over may name an episode before its beginning is told: that does not settle its file.
    if case .handover = numbered.entry { return newest }
    places[episode] = newest.path
    used.insert(newest.path)
    return newest
  }

  private func beginNextFileIfDue() throws(RecordingError) {
    let newest = parts[parts.count - 1]
    guard let limit, used.contains(newest.path), newest.bytes >= limit else { return }
    let next = try open(RecordingParts.path(base, number + 1))
    _ = try next.commit(joined.values.sorted { $0.number < $1.number })
    number += 1
    parts.append(next)
  }

  private func closeWhatIsWhole() throws(RecordingError) {
    for part in parts.dropLast() where part.isComplete {
      try part.end()
      part.close()
      parts.removeAll { $0 === part }
    }
  }

  /// After trouble nothing that was counted is certain.
  func forgetCounts() {
    for part in parts { part.forgetCounts() }
  }

  /// Bytes of the journals.
  var journalBytes: Int { parts.reduce(0) { $0 + $1.journalBytes } }

  /// Empties journals into their files, where no reader needs them.
  func emptyJournals() throws(RecordingError) {
    for part in parts { try part.emptyJournal() }
  }

  /// Ends the session in all files, those first that have not noted it.
  func end() throws(RecordingError) {
    for part in parts where !ended.contains(part.path) {
      try part.end()
      ended.insert(part.path)
    }
  }

  /// Closes all files, and lets others write to them.
  func close() {
    for part in parts { part.close() }
    parts = []
    lock.release()
  }
}

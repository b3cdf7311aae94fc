internal import Foundation
internal import GRDB
internal import PlainErrors
public import RobotData
internal import Synchronization

/// Reads a recording, also while a coordinator writes to it. Nothing is written beside it.
///
/// A recording that was split by size is one: whoever names one of its files reads all.
public final class RecordingReader: Sendable {
  /// The first file.
  public let path: String
  /// All files, in the order in which they were begun.
  public var paths: [String] { files.map(\.path) }
  /// What should be said of parts that are not there, or cannot be read.
  public let warnings: [String]
  private let files: [ReadOnlyFile]
  private let places = Mutex<[String: Int]>([:])
  private let damages = Mutex<[String]>([])

  /// Opens the recording that the file at `path` is, or is a part of.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - tell: Is given each of `warnings`, so that no reader forgets to say what it leaves out.
  /// - Throws: `RecordingError` when it is not there, no recording, or newer than this program.
  public init(
    path: String, tell: (String) -> Void = RecordingReader.sayOnStandardError
  ) throws(RecordingError) {
    let parts = try RecordingParts(of: path)
    files = parts.files
    warnings = parts.warnings
    self.path = parts.files.first?.path ?? path
    for warning in warnings { tell("\(self.path): \(warning)") }
  }

  /// One line on standard error.
  public static func sayOnStandardError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
  }

  /// Rows that were passed over because they cannot be understood, a sentence each; every one was told on
  /// standard error.
  public var damagedRows: [String] { damages.withLock { $0 } }

  /// Passes over a row that cannot be understood: it costs what it says, and nothing else.
  func understood<Value>(_ subject: String, _ body: () throws -> Value) -> Value? {
    do { return try body() } catch {
      note(subject, PlainError.sentence(error))
      return nil
    }
  }

  /// Tells once that something was passed over.
  func note(_ subject: String, _ reason: String) {
    let text = "\(path): \(subject) is left out: \(reason)"
    let isNew = damages.withLock { damages in
      guard !damages.contains(text) else { return false }
      damages.append(text)
      return true
    }
    if isNew { Self.sayOnStandardError(text) }
  }

  // MARK: Files

  /// Reads in the file that an episode lies in; in the first where none has it.
  func read<Value>(
    of episode: String, _ body: (Database) throws -> Value
  ) throws(RecordingError) -> Value {
    try files[place(of: episode)].read(body)
  }

  /// Reads in every file.
  func readEach<Value>(
    _ body: (Database) throws -> Value
  ) throws(RecordingError) -> [Value] {
    try files.map { file throws(RecordingError) in try file.read(body) }
  }

  /// The file that an episode lies in.
  func file(of episode: String) throws(RecordingError) -> String {
    files[try place(of: episode)].path
  }

  private func place(of episode: String) throws(RecordingError) -> Int {
    guard files.count > 1 else { return 0 }
    if let known = places.withLock({ $0[episode] }) { return known }
    for (index, file) in files.enumerated() {
      let isHere = try file.read {
        try Bool.fetchOne(
          $0, sql: "SELECT count(*) FROM episode WHERE id = ?", arguments: [episode])
      }
      guard isHere == true else { continue }
      places.withLock { $0[episode] = index }
      return index
    }
    return 0
  }

  // MARK: Episodes

  /// The episodes in the order of their beginning, deleted ones left out.
  public func episodes(_ filter: EpisodeFilter = EpisodeFilter()) throws(RecordingError)
    -> [EpisodeSummary]
  {
    try readEach { database in
      let (condition, arguments) = filter.condition
      return try CheckedRow.all(
        database, sql: EpisodeSummary.query(where: condition), arguments: arguments
      ).compactMap { row in understood("an episode") { try EpisodeSummary(row) } }
    }.flatMap(\.self)
  }

  /// The episode with this identifier, or the only one that a part of it names (`EpisodeName`).
  ///
  /// - Throws: `RecordingError.emptyEpisodeName`, `RecordingError.unknownEpisode`,
  ///   `RecordingError.ambiguousEpisode`.
  public func episode(
    _ text: String, kept: EpisodeFilter.Kept = .only
  ) throws(RecordingError) -> EpisodeSummary {
    // A variable that was not set is no name: every identifier begins with an empty text.
    guard text.contains(where: { !$0.isWhitespace }) else { throw .emptyEpisodeName }
    var filter = EpisodeFilter()
    filter.kept = kept
    let all = try episodes(filter)
    if let exact = all.first(where: { $0.id == text }) { return exact }
    let similar = all.filter { EpisodeName.fits(text, $0.id) }
    guard similar.count < 2 else { throw .ambiguousEpisode(text, similar.map(\.id)) }
    guard let only = similar.first else { throw .unknownEpisode(text) }
    return only
  }

  /// The hand-overs of an episode, in order.
  public func handovers(of episode: String) throws(RecordingError) -> [HandoverSummary] {
    // One may have been told before its episode was, and lies in the file before.
    try readEach { database in
      try CheckedRow.all(
        database, sql: "SELECT * FROM handover WHERE episode = ? ORDER BY id",
        arguments: [episode]
      ).map { try HandoverSummary($0) }
    }.flatMap(\.self)
  }

  /// The cameras of an episode, with how many pictures and bytes there are of each.
  public func cameras(of episode: String) throws(RecordingError) -> [CameraSummary] {
    try read(of: episode) { database in
      try CheckedRow.all(
        database,
        sql: """
          SELECT camera, encoding, width, height, count(*) AS pictures,
            sum(length(bytes)) AS bytes
          FROM frame WHERE episode = ? GROUP BY camera, encoding, width, height ORDER BY camera
          """, arguments: [episode]
      ).map { try CameraSummary($0) }
    }
  }

  /// Each camera's newest picture of the newest step of every robot, with who controlled it.
  public func latestPictures() throws(RecordingError) -> [LatestPicture] {
    let found = try readEach { database in
      try CheckedRow.all(
        database,
        sql: """
          SELECT e.robot, s.author, s.step, f.camera, f.encoding, f.width, f.height, f.bytes
          FROM episode e JOIN step s ON s.episode = e.id
          JOIN frame f ON f.episode = s.episode AND f.step = s.step
          WHERE s.episode = (SELECT id FROM episode x WHERE x.robot = e.robot
            AND EXISTS (SELECT 1 FROM step WHERE episode = x.id)
            ORDER BY x.startedAt DESC LIMIT 1)
          AND s.step = (SELECT max(step) FROM step WHERE episode = e.id)
          ORDER BY e.robot, f.camera
          """
      ).compactMap { row in understood("a picture") { try LatestPicture(row) } }
    }
    // Of each robot those of the newest file that has any.
    var robots: Set<String> = []
    var latest: [LatestPicture] = []
    for pictures in found.reversed() {
      latest += pictures.filter { !robots.contains($0.robot) }
      robots.formUnion(pictures.map(\.robot))
    }
    return latest.sorted {
      ($0.robot, $0.frame.camera.name) < ($1.robot, $1.frame.camera.name)
    }
  }

  /// Pictures from all over the recording, evenly spread.
  ///
  /// - Parameter count: At most this many.
  /// - Returns: In the order in which they were recorded.
  /// - Throws: `RecordingError`.
  public func pictures(spread count: Int) throws(RecordingError) -> [LatestPicture] {
    let all = try readEach { database -> [Int64] in
      try CheckedRow.values(database, sql: "SELECT rowid FROM frame ORDER BY rowid")
    }
    let total = all.reduce(0) { $0 + $1.count }
    guard count > 0, total > 0 else { return [] }
    let wanted = min(count, total)
    let chosen = (0..<wanted).map { index in
      // Of two numbers below 2^32 the product fits.
      total >> 32 == 0 ? index * total / wanted : total / wanted * index
    }
    var pictures: [LatestPicture] = []
    var before = 0
    for (file, rows) in zip(files, all) {
      pictures += try file.read { database in
        try chosen.filter { rows.indices.contains($0 - before) }.compactMap { index in
          try CheckedRow.first(
            database,
            sql: """
              SELECT e.robot, s.author, s.step, f.camera, f.encoding, f.width, f.height, f.bytes
              FROM frame f JOIN step s ON s.episode = f.episode AND s.step = f.step
              JOIN episode e ON e.id = s.episode WHERE f.rowid = ?
              """, arguments: [rows[index - before]]
          ).flatMap { row in understood("a picture") { try LatestPicture(row) } }
        }
      }
      before += rows.count
    }
    return pictures
  }

  /// How many of these there are in the whole recording.
  public func counts() throws(RecordingError) -> RecordingCounts {
    let parts = try readEach { database in
      func count(_ table: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
      }
      return RecordingCounts(
        sessions: 0, episodes: try count("episode WHERE deletedAt IS NULL"),
        steps: try count("step"), pictures: try count("frame"),
        handovers: try count("handover"), bytes: 0)
    }
    var counts = RecordingCounts(
      sessions: try sessions().count, episodes: 0, steps: 0, pictures: 0, handovers: 0,
      bytes: paths.reduce(0) { $0 + RecordingFile.bytes($1) })
    for part in parts {
      counts.episodes += part.episodes
      counts.steps += part.steps
      counts.pictures += part.pictures
      counts.handovers += part.handovers
    }
    return counts
  }
}

/// Which episodes are wanted; nil is all.
public struct EpisodeFilter: Hashable, Sendable {
  /// Only this robot's.
  public var robot: RobotID?
  /// Only this task's.
  public var task: TaskName?
  /// Only with this outcome.
  public var outcome: EpisodeOutcome?
  /// Only with this tag.
  public var tag: String?
  /// Only those that this person drove in.
  public var person: OperatorID?
  /// Which of kept and deleted ones.
  public var kept = Kept.only

  /// Whether episodes are wanted that were deleted.
  public enum Kept: Hashable, Sendable {
    /// Those that were not.
    case only
    /// Those that were.
    case not
    /// All.
    case either
  }

  /// All episodes.
  public init() {}

  var condition: (sql: String, arguments: StatementArguments) {
    var terms: [String] =
      switch kept {
      case .only: ["e.deletedAt IS NULL"]
      case .not: ["e.deletedAt IS NOT NULL"]
      case .either: ["1"]
      }
    var arguments: StatementArguments = []
    let wanted = [
      ("e.robot = ?", robot?.name), ("e.task = ?", task?.name), ("e.outcome = ?", outcome?.word),
      ("EXISTS (SELECT 1 FROM tag WHERE episode = e.id AND tag = ?)", tag),
      ("EXISTS (SELECT 1 FROM step WHERE episode = e.id AND operator = ?)", person?.name),
    ]
    for case (let term, let value?) in wanted {
      terms.append(term)
      arguments += [value]
    }
    return (terms.joined(separator: " AND "), arguments)
  }
}

/// How much a recording holds.
public struct RecordingCounts: Hashable, Sendable, Encodable {
  /// Runs of a coordinator.
  public var sessions: Int
  /// Episodes, deleted ones left out.
  public var episodes: Int
  /// Steps.
  public var steps: Int
  /// Camera pictures.
  public var pictures: Int
  /// Hand-overs.
  public var handovers: Int
  /// Bytes of the files with their journals.
  public var bytes: Int
}

/// A camera's newest picture of a robot.
public struct LatestPicture: Sendable {
  /// The robot.
  public var robot: String
  /// Who controlled it: hold, policy or human.
  public var author: String
  /// The step.
  public var step: Int
  /// The picture.
  public var frame: CameraFrame

  init(_ row: CheckedRow) throws {
    robot = try row.value("robot")
    author = try row.value("author")
    step = try row.value("step")
    frame = try row.picture(bytes: row.bytes("bytes"))
  }
}

internal import Foundation
internal import GRDB
public import RobotData

/// Reads a recording, also while a coordinator writes to it.
public final class RecordingReader: Sendable {
  /// The file.
  public let path: String
  let queue: DatabaseQueue

  /// Opens the file.
  ///
  /// - Throws: `RecordingError` when it is not there, no recording, or newer than this program.
  public init(path: String) throws(RecordingError) {
    queue = try RecordingFile.openToRead(path)
    self.path = path
  }

  /// The episodes in the order of their beginning, deleted ones left out.
  public func episodes(_ filter: EpisodeFilter = EpisodeFilter()) throws(RecordingError)
    -> [EpisodeSummary]
  {
    try RecordingFile.mapping(path) {
      try queue.read { database in
        let (condition, arguments) = filter.condition
        let rows = try Row.fetchAll(
          database, sql: EpisodeSummary.query(where: condition), arguments: arguments)
        return rows.map { EpisodeSummary($0) }
      }
    }
  }

  /// The episode with this identifier, or the only one that begins or ends with it.
  ///
  /// - Throws: `RecordingError.unknownEpisode`, `RecordingError.ambiguousEpisode`.
  public func episode(
    _ text: String, kept: EpisodeFilter.Kept = .only
  ) throws(RecordingError) -> EpisodeSummary {
    var filter = EpisodeFilter()
    filter.kept = kept
    let all = try episodes(filter)
    if let exact = all.first(where: { $0.id == text }) { return exact }
    let similar = all.filter { $0.id.hasPrefix(text) || $0.id.hasSuffix("-" + text) }
    guard similar.count < 2 else { throw .ambiguousEpisode(text, similar.map(\.id)) }
    guard let only = similar.first else { throw .unknownEpisode(text) }
    return only
  }

  /// The hand-overs of an episode, in order.
  public func handovers(of episode: String) throws(RecordingError) -> [HandoverSummary] {
    try RecordingFile.mapping(path) {
      try queue.read { database in
        try Row.fetchAll(
          database, sql: "SELECT * FROM handover WHERE episode = ? ORDER BY id",
          arguments: [episode]
        ).map { HandoverSummary($0) }
      }
    }
  }

  /// The cameras of an episode, with how many pictures and bytes there are of each.
  public func cameras(of episode: String) throws(RecordingError) -> [CameraSummary] {
    try RecordingFile.mapping(path) {
      try queue.read { database in
        try Row.fetchAll(
          database,
          sql: """
            SELECT camera, encoding, width, height, count(*) AS pictures,
              sum(length(bytes)) AS bytes
            FROM frame WHERE episode = ? GROUP BY camera, encoding, width, height ORDER BY camera
            """, arguments: [episode]
        ).map { CameraSummary($0) }
      }
    }
  }

  /// Each camera's newest picture of the newest step of every robot, with who controlled it.
  public func latestPictures() throws(RecordingError) -> [LatestPicture] {
    try RecordingFile.mapping(path) {
      try queue.read { database in
        try Row.fetchAll(
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
        ).compactMap { LatestPicture($0) }
      }
    }
  }

  /// Pictures from all over the recording, evenly spread.
  ///
  /// - Parameter count: At most so many.
  /// - Returns: In the order in which they were recorded.
  /// - Throws: `RecordingError`.
  public func pictures(spread count: Int) throws(RecordingError) -> [LatestPicture] {
    try RecordingFile.mapping(path) {
      try queue.read { database in
        let all = try Int64.fetchAll(database, sql: "SELECT rowid FROM frame ORDER BY rowid")
        guard count > 0, !all.isEmpty else { return [] }
        let chosen = (0..<min(count, all.count)).map { all[$0 * all.count / min(count, all.count)] }
        return try chosen.compactMap { row in
          try Row.fetchOne(
            database,
            sql: """
              SELECT e.robot, s.author, s.step, f.camera, f.encoding, f.width, f.height, f.bytes
              FROM frame f JOIN step s ON s.episode = f.episode AND s.step = f.step
              JOIN episode e ON e.id = s.episode WHERE f.rowid = ?
              """, arguments: [row]
          ).flatMap { LatestPicture($0) }
        }
      }
    }
  }

  /// How many of these there are in the whole file.
  public func counts() throws(RecordingError) -> RecordingCounts {
    try RecordingFile.mapping(path) {
      try queue.read { database in
        func count(_ table: String) throws -> Int {
          try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
        return RecordingCounts(
          sessions: try count("session"), episodes: try count("episode WHERE deletedAt IS NULL"),
          steps: try count("step"), pictures: try count("frame"),
          handovers: try count("handover"), bytes: RecordingFile.bytes(path))
      }
    }
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
  /// Bytes of the file with its journal.
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

  init?(_ row: Row) {
    let encodings: [String: ImageEncoding] = ["rgb8": .rgb8, "jpeg": .jpeg, "png": .png]
    let bytes: Data = row["bytes"]
    guard let name = try? CameraName(row["camera"]), let encoding = encodings[row["encoding"]],
      let frame = try? CameraFrame(
        camera: name, size: ImageSize(width: row["width"], height: row["height"]),
        encoding: encoding, bytes: [UInt8](bytes))
    else { return nil }
    robot = row["robot"]
    author = row["author"]
    step = row["step"]
    self.frame = frame
  }
}

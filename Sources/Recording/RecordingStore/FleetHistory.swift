internal import GRDB
public import RobotData

/// What the coordinators of one fleet have written into a recording so far: where the next one of them
/// continues, after the last was killed.
public struct FleetHistory: Hashable, Sendable {
  /// An episode that one of them began.
  public struct Episode: Hashable, Sendable {
    /// The episode.
    public var id: EpisodeID
    /// Its robot.
    public var robot: RobotID
    /// How it ended; nil where it has not.
    public var outcome: EpisodeOutcome?
    /// Of its scene; nil where it is not known.
    public var seed: UInt64?
    /// Steps on disk.
    public var steps: Int
    /// Those of them that began late.
    public var lateSteps: Int
  }

  /// Their runs.
  public private(set) var sessions: Set<SessionID> = []
  /// Their episodes, in the order in which the files hold them.
  public private(set) var episodes: [Episode] = []

  /// Reads the files of a recording.
  ///
  /// - Parameters:
  ///   - fleet: Whose runs; a session's settings name its fleet (`{"fleet": "16 hexadecimal digits"}`).
  ///   - paths: The files.
  /// - Throws: `RecordingError` where one cannot be read.
  public init(of fleet: FleetID, in paths: [String]) throws(RecordingError) {
    for path in paths {
      let queue = try RecordingFile.openToRead(path)
      try RecordingFile.mapping(path) {
        try queue.read { database in try read(fleet, database) }
        try queue.close()
      }
    }
  }

  private mutating func read(_ fleet: FleetID, _ database: Database) throws {
    let ofFleet = "json_valid(settings) AND json_extract(settings, '$.fleet') = ?"
    let names: [String] = try CheckedRow.values(
      database, sql: "SELECT id FROM session WHERE \(ofFleet)", arguments: [fleet.description])
    sessions.formUnion(names.compactMap { SessionID($0) })
    let rows = try CheckedRow.all(
      database,
      sql: """
        SELECT e.id, e.robot, e.outcome, e.seed, count(s.step), total(s.isLate)
        FROM episode e LEFT JOIN step s ON s.episode = e.id
        WHERE e.session IN (SELECT id FROM session WHERE \(ofFleet))
        GROUP BY e.id ORDER BY e.rowid
        """, arguments: [fleet.description])
    episodes += rows.compactMap { try? Episode($0) }
  }
}

extension FleetHistory.Episode {
  /// Throws where the row is not one that a coordinator wrote: `recording check` tells of it.
  fileprivate init?(_ row: CheckedRow) throws {
    guard let id = EpisodeID(try row.value(0) as String) else { return nil }
    let word: String? = try row.optional(2)
    self.init(
      id: id, robot: try RobotID(row.value(1)),
      outcome: EpisodeOutcome.allCases.first { $0.word == word },
      seed: (try row.optional(3) as Int64?).map { UInt64(bitPattern: $0) },
      steps: try row.value(4), lateSteps: try row.value(5))
  }
}

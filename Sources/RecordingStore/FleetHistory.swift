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
    let names = try String.fetchAll(
      database, sql: "SELECT id FROM session WHERE \(ofFleet)", arguments: [fleet.description])
    sessions.formUnion(names.compactMap { SessionID($0) })
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT e.id, e.robot, e.outcome, e.seed, count(s.step), coalesce(sum(s.isLate), 0)
        FROM episode e LEFT JOIN step s ON s.episode = e.id
        WHERE e.session IN (SELECT id FROM session WHERE \(ofFleet))
        GROUP BY e.id ORDER BY e.rowid
        """, arguments: [fleet.description])
    episodes += rows.compactMap { Episode(Array($0.databaseValues)) }
  }
}

extension FleetHistory.Episode {
  /// Nil where the row is not one that a coordinator wrote: `recording check` tells of it.
  fileprivate init?(_ values: [DatabaseValue]) {
    guard values.count == 6,
      let id = String.fromDatabaseValue(values[0]).flatMap({ EpisodeID($0) }),
      let robot = String.fromDatabaseValue(values[1]).flatMap({ try? RobotID($0) }),
      let steps = Int.fromDatabaseValue(values[4]), let late = Int.fromDatabaseValue(values[5])
    else { return nil }
    let word = String.fromDatabaseValue(values[2])
    let seed = Int64.fromDatabaseValue(values[3]).map { UInt64(bitPattern: $0) }
    self.init(
      id: id, robot: robot, outcome: EpisodeOutcome.allCases.first { $0.word == word }, seed: seed,
      steps: steps, lateSteps: late)
  }
}

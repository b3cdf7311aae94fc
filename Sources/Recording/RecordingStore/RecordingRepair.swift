internal import Clocks
internal import GRDB
internal import RobotData

/// Sets right what can be set right without touching what was recorded.
public enum RecordingRepair {
  /// Ends episodes that no coordinator records any more, removes pictures, tags and marks of steps and
  /// episodes that are not there, and builds indexes anew.
  ///
  /// - Returns: What was done, a sentence each.
  /// - Throws: `RecordingError`, for example while a coordinator writes to the file.
  public static func run(_ path: String) throws(RecordingError) -> [String] {
    let places = try EpisodePlaces(path)
    // The first file is locked as long as a coordinator writes to any.
    let lock = try FileLock(places.base)
    defer { lock.release() }
    return try places.files.map { file throws(RecordingError) in
      let own = file == places.base ? nil : try FileLock(file)
      defer { own?.release() }
      return try repair(file, under: own ?? lock)
    }.flatMap(\.self)
  }

  private static func repair(
    _ path: String, under lock: FileLock
  ) throws(RecordingError) -> [String] {
    let queue = try RecordingFile.openToWrite(path, under: lock)
    return try RecordingFile.mapping(path) {
      // Of what is orphaned some refers to what is orphaned too; the order below minds that.
      let done = try queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA foreign_keys = OFF")
        var done: [String] = []
        try database.inTransaction {
          done = try removeOrphans(database) + endEpisodes(database) + endSessions(database)
          return .commit
        }
        let findings: [String] = try CheckedRow.values(
          database, sql: "PRAGMA integrity_check(100)")
        let isIndexed = findings.allSatisfy {
          !$0.contains("missing from index") && !$0.contains("entries in index")
        }
        if !isIndexed {
          try database.execute(sql: "REINDEX")
          done.append("built the indexes anew")
        }
        return done
      }
      try queue.close()
      return done
    }
  }

  private static func removeOrphans(_ database: Database) throws -> [String] {
    let orphans = [
      (
        "frame", "(episode, step) NOT IN (SELECT episode, step FROM step)",
        "pictures without a step"
      ),
      (
        "dropped_frame", "(episode, step) NOT IN (SELECT episode, step FROM step)",
        "notes of dropped pictures without a step"
      ),
      ("tag", "episode NOT IN (SELECT id FROM episode)", "tags without an episode"),
      ("mark", "episode NOT IN (SELECT id FROM episode)", "marks without an episode"),
    ]
    return try orphans.compactMap { table, condition, name in
      try database.execute(sql: "DELETE FROM \(table) WHERE \(condition)")
      return database.changesCount > 0 ? "removed \(database.changesCount) \(name)" : nil
    }
  }

  private static func endSessions(_ database: Database) throws -> [String] {
    let open: [String] = try CheckedRow.values(
      database,
      sql: """
        SELECT id FROM session WHERE endedAt IS NULL AND id IN (SELECT session FROM tally)
        ORDER BY startedAt, id
        """)
    for session in open {
      try database.execute(
        sql: """
          UPDATE session SET endedAt = max(startedAt,
            coalesce((SELECT max(time) FROM handover WHERE session = session.id), 0),
            coalesce((SELECT max(time) FROM event WHERE session = session.id), 0),
            coalesce((SELECT max(endedAt) FROM episode WHERE session = session.id), 0))
          WHERE id = ?
          """, arguments: [session])
    }
    return open.map { "ended the session \($0)" }
  }

  private static func endEpisodes(_ database: Database) throws -> [String] {
    let open: [String] = try CheckedRow.values(
      database, sql: "SELECT id FROM episode WHERE outcome IS NULL ORDER BY startedAt, id")
    for episode in open {
      try database.execute(
        sql: """
          UPDATE episode SET outcome = 'interrupted', endedAt = coalesce(endedAt,
            (SELECT max(receiveTime) FROM step WHERE episode = episode.id), startedAt)
          WHERE id = ?
          """, arguments: [episode])
      try RecordingEditor.mark(
        episode, .interrupted, source: "repair", person: nil, at: SystemClock.wall, in: database)
    }
    return open.map { "ended \($0) as interrupted" }
  }
}

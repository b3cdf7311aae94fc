internal import GRDB
internal import RobotData

/// An entry with its numbers, which are the same at each attempt to write it.
struct NumberedEntry: Sendable {
  /// In the session.
  var number: Int
  /// Among the session's hand-overs, events or marks, without gaps, so that one that is missing leaves
  /// a hole; 0 for what has a key of its own.
  var ordinal: Int
  /// How much of its kind there has been with it.
  var tally: (kind: String, count: Int)?
  var entry: RecordingEntry
}

/// Counts what a session gives to write.
struct EntryNumbers {
  private let session: SessionID
  private var entries = 0
  private var counts: [String: Int] = [:]
  private var robots: Set<RobotID> = []
  private var episodes: Set<EpisodeID> = []
  private var closed: Set<EpisodeID> = []

  init(_ session: SessionID) { self.session = session }

  /// Learns what the session has written into a file before, where it is gone on with.
  mutating func learn(_ database: Database) throws {
    let name = session.description
    for row in try CheckedRow.all(
      database,
      sql: """
        SELECT 'handover' AS kind, max(ordinal) AS count FROM handover WHERE session = :session
        UNION ALL SELECT 'event', max(ordinal) FROM event WHERE session = :session
        UNION ALL SELECT 'mark', max(CAST(substr(id, length(:session) + 2) AS INTEGER)) FROM mark
          WHERE substr(id, 1, length(:session) + 1) = :session || '-'
        UNION ALL SELECT kind, count FROM tally WHERE session = :session
        """, arguments: ["session": name])
    {
      // What is no count is passed over; and none is so high that another does not fit above it.
      guard let kind = try? row.value("kind") as String,
        let count = try? row.optional("count") ?? 0, count < 1 << 62
      else { continue }
      counts[kind, default: 0] = max(counts[kind] ?? 0, count)
    }
    for row in try CheckedRow.all(
      database, sql: "SELECT id, stepCount FROM episode WHERE session = ?", arguments: [name])
    {
      guard let name = try? row.value("id") as String, let id = EpisodeID(name) else { continue }
      episodes.insert(id)
      if (try? row.value("stepCount") as Int) != nil { closed.insert(id) }
    }
    let names: [String] = try CheckedRow.values(
      database, sql: "SELECT name FROM robot WHERE session = ?", arguments: [name])
    for name in names {
      if let robot = try? RobotID(name) { robots.insert(robot) }
    }
  }

  /// Gives an entry its numbers.
  mutating func number(_ entry: RecordingEntry) -> NumberedEntry {
    entries += 1
    var numbered = NumberedEntry(number: entries, ordinal: 0, tally: nil, entry: entry)
    func count(_ kind: String) {
      counts[kind, default: 0] += 1
      numbered.tally = (kind, counts[kind] ?? 0)
    }
    switch entry {
    case .handover:
      count("handover")
      numbered.ordinal = counts["handover"] ?? 0
    case .event:
      count("event")
      numbered.ordinal = counts["event"] ?? 0
    case .episodeEnded, .outcomeChanged:
      count("mark")
      numbered.ordinal = counts["mark"] ?? 0
    case .robotJoined(let robot, _):
      if robots.insert(robot).inserted { count("robot") }
    case .episodeStarted(let episode, _, _, _, _) where episode.session == session:
      if episodes.insert(episode).inserted { count("episode") }
    case .episodeClosed(let episode, _) where episode.session == session:
      if closed.insert(episode).inserted { count("closed") }
    case .episodeStarted, .episodeClosed, .step: break
    }
    return numbered
  }
}

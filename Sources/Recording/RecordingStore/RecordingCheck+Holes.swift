internal import Foundation
internal import GRDB

/// What a session had to write, and what of it there is.
private struct SessionContent {
  /// By kind, as the table `tally` has it.
  var expected: [String: Int] = [:]
  /// Gone for good, because people wanted it so.
  var purged: [String: Int] = [:]
  /// What there is: numbers of hand-overs, events and marks, names of the rest.
  var found: [String: Set<String>] = [:]

  /// What `kind` is called, and how much of it is missing with the numbers that are known.
  func missing(_ kind: String) -> (count: Int, numbers: [Int])? {
    guard let wanted = expected[kind] else { return nil }
    let here = found[kind] ?? []
    // What a file says was wanted may be anything; of what is there and was purged there is less.
    let gone = here.count.addingReportingOverflow(max(purged[kind] ?? 0, 0))
    guard wanted > 0, !gone.overflow else { return nil }
    let count = wanted - gone.partialValue
    guard count > 0 else { return nil }
    guard Self.numbered.contains(kind), purged[kind] == nil, wanted < 1 << 24 else {
      return (count, [])
    }
    return (count, Array((1...wanted).lazy.filter { !here.contains(String($0)) }.prefix(5)))
  }

  static let numbered: Set<String> = ["handover", "event", "mark"]
}

extension RecordingCheck {
  /// Looks whether all is there that sessions had to write: what SQLite refused leaves a hole.
  func checkHoles(_ files: [ReadOnlyFile]) throws(RecordingError) {
    // A session's rows may be on their way into several files.
    guard !report.isBeingWritten || files.count == 1 else { return }
    var sessions: [String: SessionContent] = [:]
    for file in files {
      try guarding("what sessions had to write", file) { try Self.read($0, into: &sessions) }
    }
    let words = [
      "handover": "hand-overs", "event": "events", "mark": "outcomes of episodes",
      "episode": "episodes", "closed": "step counts of episodes", "robot": "robots",
    ]
    for (session, content) in sessions.sorted(by: { $0.key < $1.key }) {
      for (kind, word) in words.sorted(by: { $0.key < $1.key }) {
        guard let missing = content.missing(kind) else { continue }
        let numbers = missing.numbers.map(String.init).joined(separator: ", ")
        report.add(
          .hole,
          "\(missing.count) \(word) of session \(session) are missing, of \(content.expected[kind] ?? 0)"
            + (numbers.isEmpty ? "" : "; the first by their numbers: \(numbers)"))
      }
    }
    try checkSessionEnds(files)
    let beside = UnwrittenFile.path(beside: report.path)
    if FileManager.default.fileExists(atPath: beside) {
      report.add(
        .hole,
        "\(beside) has what could not be written here; `mallard episodes merge \(beside) --into "
          + "\(report.path)` brings it back, then remove it")
    }
  }

  /// The newest session must have ended: what it had not written by then is missing. Earlier ones may
  /// have been killed; who went on after them has what they left.
  private func checkSessionEnds(_ files: [ReadOnlyFile]) throws(RecordingError) {
    guard !report.isBeingWritten, let file = files.last else { return }
    try guarding("the sessions", file) { database in
      let open: String? = try CheckedRow.value(
        database,
        sql: """
          SELECT id FROM session s WHERE endedAt IS NULL AND id IN (SELECT session FROM tally)
            AND startedAt = (SELECT max(startedAt) FROM session)
          """)
      guard let open else { return }
      report.add(.open, "session \(open) has not ended, and no one records it")
    }
  }

  private static func read(
    _ database: Database, into sessions: inout [String: SessionContent]
  ) throws {
    for row in try CheckedRow.all(database, sql: "SELECT session, kind, count FROM tally") {
      // The table has no checksums: what is no count is passed over.
      guard
        let (session, kind, count) = try? (
          row.value(0) as String, row.value(1) as String, row.value(2) as Int
        )
      else { continue }
      if kind.hasPrefix("purged-") {
        let before = sessions[session]?.purged[String(kind.dropFirst(7))] ?? 0
        let (sum, overflow) = before.addingReportingOverflow(count)
        sessions[session, default: SessionContent()].purged[String(kind.dropFirst(7))] =
          overflow ? .max : sum
      } else {
        let known = sessions[session]?.expected[kind] ?? 0
        sessions[session, default: SessionContent()].expected[kind] = max(known, count)
      }
    }
    // Purged episodes are listed by name.
    let rows = try CheckedRow.cursor(
      database,
      sql: """
        SELECT 'handover', session, ordinal FROM handover
        UNION ALL SELECT 'event', session, ordinal FROM event
        UNION ALL SELECT 'mark', substr(id, 1, 16), substr(id, 18) FROM mark
        UNION ALL SELECT 'robot', session, name FROM robot
        UNION ALL SELECT 'episode', session, id FROM episode
        UNION ALL SELECT 'closed', session, id FROM episode WHERE stepCount IS NOT NULL
        UNION ALL SELECT 'episode', substr(episode, 1, 16), episode FROM purged
        UNION ALL SELECT 'closed', substr(episode, 1, 16), episode FROM purged
        """)
    while let row = try rows.next() {
      guard let (kind, session) = try? (row.value(0) as String, row.value(1) as String),
        let name = (try? row.value(2) as String) ?? (try? row.value(2) as Int).map({ "\($0)" })
      else { continue }
      sessions[session, default: SessionContent()].found[kind, default: []].insert(name)
    }
  }
}

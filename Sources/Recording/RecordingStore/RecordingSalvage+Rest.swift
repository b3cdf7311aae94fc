internal import Clocks
internal import GRDB
internal import RobotData

extension RecordingSalvage {
  /// Makes a recording of what was saved: everything refers to something that is there.
  mutating func completeWhatIsLeft() throws {
    try makeEpisodes()
    try makeSessions()
    try target.execute(
      sql: "DELETE FROM frame WHERE (episode, step) NOT IN (SELECT episode, step FROM step)")
    if target.changesCount > 0 {
      report.notes.append("\(target.changesCount) pictures were left out: their steps are lost")
      count(.frame, target.changesCount)
    }
    for table in [
      "dropped_frame WHERE (episode, step) NOT IN (SELECT episode, step FROM step)",
      "mark WHERE episode NOT IN (SELECT id FROM episode)",
      "tag WHERE episode NOT IN (SELECT id FROM episode)",
    ] {
      try target.execute(sql: "DELETE FROM \(table)")
    }
    try noteLostPictures()
  }

  private mutating func count(_ table: RecordingTable, _ lost: Int) {
    guard let index = report.tables.firstIndex(where: { $0.name == table.rawValue }) else { return }
    report.tables[index].saved -= lost
  }

  /// Episodes of which steps were saved but not their own row.
  private mutating func makeEpisodes() throws {
    let lost = try CheckedRow.all(
      target,
      sql: """
        SELECT s.episode, min(s.receiveTime) AS first, max(s.receiveTime) AS last,
          (SELECT robot FROM handover h WHERE h.episode = s.episode LIMIT 1) AS robot
        FROM step s WHERE s.episode NOT IN (SELECT id FROM episode) GROUP BY s.episode
        """)
    for row in lost {
      let id: String = try row.value("episode")
      let (first, last): (Int64, Int64) = (try row.value("first"), try row.value("last"))
      let robot: String = try row.optional("robot") ?? "unknown"
      let task: String? = try CheckedRow.value(
        target, sql: "SELECT task FROM robot WHERE name = ? LIMIT 1", arguments: [robot])
      let insertion = try RowInsertion(.episode, in: target)
      insertion.add(id)
      insertion.add(id.split(separator: "-").first.map(String.init) ?? id)
      insertion.add(robot)
      insertion.add(task ?? "unknown")
      insertion.add(nil as Int64?)
      insertion.add(first)
      try insertion.finish()
      try target.execute(
        sql: "UPDATE episode SET outcome = 'interrupted', endedAt = ? WHERE id = ?",
        arguments: [last, id])
      try RecordingEditor.mark(
        id, .interrupted, source: "repair", person: nil, at: SystemClock.wall, in: target)
      report.notes.append("what episode \(id) was is lost: it is noted as interrupted")
    }
  }

  private mutating func makeSessions() throws {
    let lost = try CheckedRow.all(
      target,
      sql: """
        SELECT session, min(time) AS first FROM (
          SELECT session, startedAt AS time FROM episode UNION ALL
          SELECT session, time FROM handover UNION ALL SELECT session, time FROM event UNION ALL
          SELECT session, 0 FROM robot)
        WHERE session NOT IN (SELECT id FROM session) GROUP BY session
        """)
    for row in lost {
      let id: String = try row.value("session")
      let insertion = try RowInsertion(.session, in: target)
      insertion.add(id)
      insertion.add(try row.value("first") as Int64)
      insertion.add(EntryWriter.elsewhere)
      insertion.add(nil as String?)
      insertion.add(false)
      insertion.add("{}")
      try insertion.finish()
      report.notes.append("what was set in session \(id) is lost")
    }
  }

  /// A picture that is lost is a row that says so. What cameras a robot has is known from another session
  /// where its own row is lost, as `RecordingCheck` has it too.
  private mutating func noteLostPictures() throws {
    let lost = try CheckedRow.all(
      target,
      sql: """
        SELECT s.episode, s.step, c.value AS camera FROM step s
        JOIN episode e ON e.id = s.episode
        JOIN (SELECT DISTINCT x.id, json_extract(value, '$.name') AS value
          FROM episode x JOIN robot r ON r.name = x.robot AND json_valid(r.cameras)
            AND (r.session = x.session
            OR NOT EXISTS (SELECT 1 FROM robot o WHERE o.name = x.robot AND o.session = x.session)),
          json_each(r.cameras)) c ON c.id = e.id
        WHERE NOT EXISTS (SELECT 1 FROM frame f
            WHERE f.episode = s.episode AND f.step = s.step AND f.camera = c.value)
          AND NOT EXISTS (SELECT 1 FROM dropped_frame d
            WHERE d.episode = s.episode AND d.step = s.step AND d.camera = c.value)
        """)
    let insertion = try RowInsertion(.droppedFrame, in: target)
    for row in lost {
      // Of a camera without a name nothing can be said.
      guard let camera: String = try? row.value("camera") else { continue }
      insertion.add(try row.value("episode") as String)
      insertion.add(try row.value("step") as Int64)
      insertion.add(camera)
      insertion.add("damaged, and left out when the file was salvaged")
      try insertion.finish()
    }
    if !lost.isEmpty {
      report.notes.append("\(lost.count) pictures are lost; the table dropped_frame has them")
    }
  }
}

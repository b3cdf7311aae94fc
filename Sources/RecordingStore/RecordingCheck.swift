internal import Foundation
internal import GRDB
internal import PlainErrors
public import RobotData

/// Looks whether a recording is whole and is what was written.
public final class RecordingCheck {
  private let path: String
  private let decode: (CameraFrame) -> String?
  private let progress: (Int, Int) -> Void
  private var report: RecordingCheckReport
  private var done = 0
  private var total = 0

  /// Checks a file, also while a coordinator writes to it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - decode: Why a picture cannot be decoded; nil where it can.
  ///   - progress: Told the rows looked at, and all.
  /// - Returns: What is wrong, if anything is.
  /// - Throws: `RecordingError` where there is no such file, or it is another program's.
  public static func run(
    _ path: String, decode: @escaping (CameraFrame) -> String?,
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws(RecordingError) -> RecordingCheckReport {
    let check = RecordingCheck(path: path, decode: decode, progress: progress)
    try check.run()
    return check.report
  }

  private init(
    path: String, decode: @escaping (CameraFrame) -> String?,
    progress: @escaping (Int, Int) -> Void
  ) {
    self.path = path
    self.decode = decode
    self.progress = progress
    report = RecordingCheckReport(path: path)
  }

  private func run() throws(RecordingError) {
    let queue: DatabaseQueue
    do {
      queue = try RecordingFile.openToRead(path)
    } catch .notARecording(_, let reason) where RecordingFile.looksLikeSQLite(path) {
      report.add(.structure, "the file cannot be opened: \(reason)")
      return
    }
    report.isBeingWritten = RecordingFile.isBeingWritten(path)
    try RecordingFile.mapping(path) {
      // One snapshot: what is written meanwhile is not half seen.
      try queue.read { database in
        try guarding("the file's pages") { try checkStructure(database) }
        try guarding("the counts") { try count(database) }
        for table in RecordingTable.allCases {
          try guarding("the table \(table.rawValue)") { try checkRows(of: table, database) }
        }
        try guarding("the episodes") { try checkEpisodes(database) }
        try guarding("the capture times") { try checkTimes(database) }
        try guarding("the pictures") { try checkPictures(database) }
      }
    }
  }

  /// A page that cannot be read is a finding, and no reason to look no further.
  private func guarding(_ subject: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR].contains(error.resultCode)
    {
      report.add(
        .structure,
        "\(subject) cannot be read whole: \(error.message ?? "\(error.resultCode)")")
    }
  }

  private func count(_ database: Database) throws {
    func count(_ table: String) throws -> Int {
      try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
    }
    report.episodes = try count("episode")
    report.droppedPictures = try count("dropped_frame")
    report.steps = try count("step")
    report.pictures = try count("frame")
    total = report.steps + report.pictures
  }

  private func checkStructure(_ database: Database) throws {
    for text in try String.fetchAll(database, sql: "PRAGMA integrity_check(100)") where text != "ok"
    {
      let isIndex = text.contains("missing from index") || text.contains("entries in index")
      report.add(isIndex ? .index : .structure, text)
    }
    let rows = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")
    for row in rows {
      let (table, parent): (String, String) = (row["table"], row["parent"])
      report.add(.orphan, "a row of \(table) refers to a row of \(parent) that is not there")
    }
  }

  // MARK: Rows

  private func checkRows(of table: RecordingTable, _ database: Database) throws {
    let scan = try RowScan(table, in: database)
    while try scan.next() {
      switch scan.isRight {
      case true?: report.verifiedRows += 1
      case nil: report.unverifiedRows += 1
      case false?:
        let place = scan.place
        report.add(
          .checksum, episode: place.episode, step: place.step,
          "a row of \(table.rawValue) (\(place.text)) is not what was written")
      }
      if table == .frame { checkPicture(scan) }
      guard table == .frame || table == .step else { continue }
      done += 1
      if done.isMultiple(of: 256) { progress(done, total) }
    }
  }

  private func checkPicture(_ scan: RowScan) {
    let place = scan.place
    let problem: String?
    do {
      let encoding = ImageEncoding.allCases.first { $0.word == scan.text(3) }
      guard let encoding else {
        return report.add(
          .undecodable, episode: place.episode, step: place.step,
          "a picture (\(place.text)) has the encoding \(scan.text(3) ?? "NULL")")
      }
      let frame = try CameraFrame(
        camera: CameraName(scan.text(2) ?? ""),
        size: ImageSize(width: Int(scan.integer(4)), height: Int(scan.integer(5))),
        encoding: encoding, bytes: [UInt8](scan.bytes(6)))
      problem = decode(frame)
      report.decodedPictures += 1
    } catch { problem = PlainError.sentence(error) }
    guard let problem else { return }
    report.add(
      .undecodable, episode: place.episode, step: place.step,
      "a picture (\(place.text)) cannot be decoded: \(problem)")
  }

  // MARK: Episodes

  private func checkEpisodes(_ database: Database) throws {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT e.id, e.outcome, e.stepCount, count(s.step) AS steps, max(s.step) AS last,
          e.outcome IN (SELECT outcome FROM mark WHERE episode = e.id) AS isMarked,
          (SELECT count(*) FROM mark WHERE episode = e.id) AS marks
        FROM episode e LEFT JOIN step s ON s.episode = e.id GROUP BY e.id ORDER BY e.startedAt, e.id
        """)
    while let row = try rows.next() {
      let id: String = row["id"]
      let steps: Int = row["steps"]
      let last: Int? = row["last"]
      let announced: Int? = row["stepCount"]
      let outcome: String? = row["outcome"]
      if let last, last + 1 > steps {
        let first = try firstGap(id, database)
        report.add(
          .gap, episode: id, step: first,
          "\(last + 1 - steps) steps are missing before the last of \(id), the first is \(first)")
      }
      // While an episode is recorded its newest steps are on their way.
      let isOpen = outcome == nil || report.isBeingWritten
      if let announced, (last ?? -1) + 1 < announced, !isOpen {
        report.add(
          .gap, episode: id, step: (last ?? -1) + 1,
          "\(id) ends after \((last ?? -1) + 1) steps, its robot did \(announced)")
      }
      if let announced, (last ?? -1) + 1 > announced {
        report.add(
          .gap, episode: id, step: announced,
          "\(id) has \((last ?? -1) + 1) steps, its robot did \(announced)")
      }
      if outcome == nil, !report.isBeingWritten {
        report.add(.open, episode: id, "\(id) has not ended, and nobody records it")
      }
      let marks: Int = row["marks"]
      if let outcome, marks > 0, row["isMarked"] != true {
        report.add(.outcome, episode: id, "\(id) is a \(outcome), which nobody said")
      }
    }
  }

  private func firstGap(_ episode: String, _ database: Database) throws -> Int {
    try Int.fetchOne(
      database,
      sql: """
        SELECT min(expected) FROM (
          SELECT step, row_number() OVER (ORDER BY step) - 1 AS expected FROM step
          WHERE episode = ?)
        WHERE step <> expected
        """, arguments: [episode]) ?? 0
  }

  private func checkTimes(_ database: Database) throws {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT episode, step, captureTime - before AS interval FROM (
          SELECT episode, step, captureTime,
            lag(captureTime) OVER (PARTITION BY episode ORDER BY step) AS before FROM step)
        WHERE captureTime <= before
        """)
    while let row = try rows.next() {
      let (episode, step): (String, Int) = (row["episode"], row["step"])
      let seconds = Double(row["interval"] as Int64) / 1e9
      report.add(
        .time, episode: episode, step: step,
        "step \(step) of \(episode) was captured \(-seconds) s before the step before it")
    }
  }

  private func checkPictures(_ database: Database) throws {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT e.id, min(s.step) AS first, count(*) AS steps FROM (
          SELECT id, coalesce(
            (SELECT json_array_length(cameras) FROM robot r
              WHERE r.name = x.robot AND r.session = x.session),
            (SELECT min(json_array_length(cameras)) FROM robot r WHERE r.name = x.robot)
          ) AS cameras FROM episode x) e
        JOIN step s ON s.episode = e.id
        WHERE (SELECT count(*) FROM frame f WHERE f.episode = s.episode AND f.step = s.step)
          + (SELECT count(*) FROM dropped_frame d WHERE d.episode = s.episode AND d.step = s.step)
          < e.cameras
        GROUP BY e.id
        """)
    while let row = try rows.next() {
      let (episode, first, steps): (String, Int, Int) = (row["id"], row["first"], row["steps"])
      report.add(
        .picture, episode: episode, step: first,
        "\(steps) steps of \(episode) lack a picture of a camera that its robot has, and nothing "
          + "says that it was dropped; the first is \(first)")
    }
  }
}

extension RowScan {
  /// Where the row belongs.
  var place: (episode: String?, step: Int?, text: String) {
    func value(_ column: String) -> Int? { columns.firstIndex(of: column) }
    let episode = value(table == .episode ? "id" : "episode").flatMap { text($0) }
    let step = table == .handover ? nil : value("step").map { Int(integer($0)) }
    let key = table.key.map { column in
      "\(column) \(value(column).flatMap { text($0) } ?? "NULL")"
    }
    return (episode, step, key.joined(separator: ", "))
  }
}

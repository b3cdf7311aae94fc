internal import Foundation
internal import GRDB
internal import PlainErrors
public import RobotData

/// Looks whether a recording is whole and is what was written.
public final class RecordingCheck {
  private let path: String
  private let decode: (CameraFrame) -> String?
  private let progress: (Int, Int) -> Void
  var report: RecordingCheckReport
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
    // Asked before the files are opened: see there.
    let base = RecordingParts.number(of: path)?.base ?? path
    report.isBeingWritten = [path, base].contains { RecordingFile.isBeingWritten($0) }
    let parts: RecordingParts
    do throws(RecordingError) {
      parts = try RecordingParts(of: path)
    } catch .notARecording(let file, let reason) where RecordingFile.looksLikeSQLite(file) {
      report.add(.structure, "\(file) cannot be opened: \(reason)")
      return
    }
    report.path = parts.files.first?.path ?? path
    report.parts = parts.files.dropFirst().map(\.path)
    for (_, reason) in parts.unreadable { report.add(.structure, reason) }
    for name in parts.missing {
      report.add(.part, "\(name) is not there, though a later file of the recording is")
    }
    for file in parts.files { try count(file) }
    for file in parts.files { try check(file) }
    try checkHoles(parts.files)
  }

  /// Looks at each thing in a transaction of its own, and at rows in several: a coordinator that writes
  /// meanwhile can cut its journal between them.
  private func check(_ file: ReadOnlyFile) throws(RecordingError) {
    var pageChecks = ["PRAGMA integrity_check(100)"]
    if report.isBeingWritten {
      pageChecks = RecordingTable.allCases.map { "PRAGMA integrity_check(\($0.rawValue))" }
    }
    for statement in pageChecks {
      try guarding("the file's pages", file) { try checkPages(statement, $0) }
    }
    try guarding("what rows refer to", file) { try checkReferences($0) }
    for table in RecordingTable.allCases {
      var place = ScanPlace.start
      while true {
        let next = try guarding("the table \(table.rawValue)", file) { database in
          try checkRows(of: table, after: place, database)
        }
        guard let next, let next else { break }
        place = next
      }
    }
    try guarding("the episodes", file) { try checkEpisodes($0) }
    try guarding("the capture times", file) { try checkTimes($0) }
    try guarding("the pictures", file) { try checkPictures($0) }
  }

  /// A page that cannot be read is a finding, and no reason to look no further.
  @discardableResult
  func guarding<Value>(
    _ subject: String, _ file: ReadOnlyFile, _ body: (Database) throws -> Value
  ) throws(RecordingError) -> Value? {
    try file.read { database -> Value? in
      do {
        return try body(database)
      } catch let error as DatabaseError
        where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR].contains(error.resultCode)
      {
        let place = report.parts.isEmpty ? "" : " of \(file.path)"
        report.add(
          .structure,
          "\(subject)\(place) cannot be read whole: \(error.message ?? "\(error.resultCode)")")
        return nil
      }
    }
  }

  private func count(_ file: ReadOnlyFile) throws(RecordingError) {
    try guarding("the counts", file) { database in
      func count(_ table: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
      }
      report.episodes += try count("episode")
      report.droppedPictures += try count("dropped_frame")
      let (steps, pictures) = (try count("step"), try count("frame"))
      report.steps += steps
      report.pictures += pictures
      total += steps + pictures
    }
  }

  private func checkPages(_ statement: String, _ database: Database) throws {
    let texts: [String] = try CheckedRow.values(database, sql: statement)
    for text in texts where text != "ok" {
      let isIndex = text.contains("missing from index") || text.contains("entries in index")
      report.add(isIndex ? .index : .structure, text)
    }
  }

  private func checkReferences(_ database: Database) throws {
    let rows = try CheckedRow.all(database, sql: "PRAGMA main.foreign_key_check")
    for row in rows {
      let (table, parent): (String, String) = (try row.value("table"), try row.value("parent"))
      report.add(.orphan, "a row of \(table) refers to a row of \(parent) that is not there")
    }
  }

  // MARK: Rows

  /// Rows that are looked at in one transaction.
  private static let rowsAtOnce = 2_000

  /// Looks at the rows that follow `place`.
  ///
  /// - Returns: Where the next ones begin; nil after the last.
  private func checkRows(
    of table: RecordingTable, after place: ScanPlace, _ database: Database
  ) throws -> ScanPlace? {
    let scan = try RowScan(
      table, in: database, place.clause(of: table, limit: Self.rowsAtOnce),
      arguments: place.values)
    var count = 0
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
      count += 1
      if table == .frame || table == .step {
        done += 1
        if done.isMultiple(of: 256) { progress(done, total) }
      }
      if count == Self.rowsAtOnce { return ScanPlace(scan) }
    }
    return nil
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
    let rows = try CheckedRow.cursor(
      database,
      sql: """
        SELECT e.id, e.outcome, e.stepCount, count(s.step) AS steps, max(s.step) AS last,
          e.outcome IN (SELECT outcome FROM mark WHERE episode = e.id) AS isMarked,
          (SELECT count(*) FROM mark WHERE episode = e.id) AS marks
        FROM episode e LEFT JOIN step s ON s.episode = e.id GROUP BY e.id ORDER BY e.startedAt, e.id
        """)
    while let row = try rows.next() {
      do { try check(episode: row, database) } catch let error as CheckedRow.Unreadable {
        report.add(.structure, "an episode cannot be understood: \(PlainError.sentence(error))")
      }
    }
  }

  private func check(episode row: CheckedRow, _ database: Database) throws {
    let id: String = try row.value("id")
    let steps: Int = try row.value("steps")
    let announced: Int? = try row.optional("stepCount")
    let outcome: String? = try row.optional("outcome")
    // Where the episode ends by its last step; the least and the most that a file can say do not count
    // beyond themselves.
    let end = (try row.optional("last") as Int?).map { min($0, .max - 1) + 1 } ?? 0
    if end > steps {
      let first = try firstGap(id, database)
      report.add(
        .gap, episode: id, step: first,
        "\(end - steps) steps are missing before the last of \(id), the first is \(first)")
    }
    // While an episode is recorded its newest steps are on their way.
    let isOpen = outcome == nil || report.isBeingWritten
    if let announced, end < announced, !isOpen {
      report.add(
        .gap, episode: id, step: end, "\(id) ends after \(end) steps, its robot did \(announced)")
    }
    if let announced, end > announced {
      report.add(
        .gap, episode: id, step: announced, "\(id) has \(end) steps, its robot did \(announced)")
    }
    if outcome == nil, !report.isBeingWritten {
      report.add(.open, episode: id, "\(id) has not ended, and no coordinator records it")
    }
    let marks: Int = try row.value("marks")
    if let outcome, marks > 0, try row.optional("isMarked") != true {
      report.add(.outcome, episode: id, "\(id) is a \(outcome), which no mark says")
    }
  }

  private func firstGap(_ episode: String, _ database: Database) throws -> Int {
    try CheckedRow.value(
      database,
      sql: """
        SELECT min(expected) FROM (
          SELECT step, row_number() OVER (ORDER BY step) - 1 AS expected FROM step
          WHERE episode = ?)
        WHERE step <> expected
        """, arguments: [episode]) ?? 0
  }

  private func checkTimes(_ database: Database) throws {
    let rows = try CheckedRow.cursor(
      database,
      sql: "SELECT episode, step, captureTime, receiveTime FROM step ORDER BY episode, step")
    var (episode, jumps) = ("", ClockJumps())
    func tell() {
      for jump in jumps.all {
        report.add(
          .time, episode: episode, step: jump.step, "step \(jump.step) of \(episode) \(jump.text)")
      }
      jumps = ClockJumps()
    }
    while let row = try rows.next() {
      // What is no text or number is found by its checksum.
      guard
        let (next, step, captured, received) = try? (
          row.value(0) as String, row.value(1) as Int, row.value(2) as Int64, row.value(3) as Int64
        )
      else { continue }
      if next != episode {
        tell()
        episode = next
      }
      jumps.add(step, captured: captured, received: received)
    }
    tell()
  }

  private func checkPictures(_ database: Database) throws {
    let rows = try CheckedRow.cursor(
      database,
      sql: """
        SELECT e.id, min(s.step) AS first, count(*) AS steps FROM (
          SELECT id, coalesce(
            (SELECT json_array_length(cameras) FROM robot r
              WHERE r.name = x.robot AND r.session = x.session AND json_valid(cameras)),
            (SELECT min(json_array_length(cameras)) FROM robot r
              WHERE r.name = x.robot AND json_valid(cameras))
          ) AS cameras FROM episode x) e
        JOIN step s ON s.episode = e.id
        WHERE (SELECT count(*) FROM frame f WHERE f.episode = s.episode AND f.step = s.step)
          + (SELECT count(*) FROM dropped_frame d WHERE d.episode = s.episode AND d.step = s.step)
          < e.cameras
        GROUP BY e.id
        """)
    while let row = try rows.next() {
      // An id or a step that is none is found by its checksum.
      guard
        let (episode, first, steps) = try? (
          row.value("id") as String, row.value("first") as Int, row.value("steps") as Int
        )
      else { continue }
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

/// How far the rows of a table were looked at.
private struct ScanPlace {
  /// The key of the last row; none before the first.
  let values: [DatabaseValue]

  static let start = ScanPlace(values: [])

  private init(values: [DatabaseValue]) { self.values = values }

  /// After the row at which a scan stands.
  init(_ scan: RowScan) {
    let table = scan.table
    values =
      table.hasRowID
      ? [scan.rowID.databaseValue]
      : table.key.map { column in
        scan.columns.firstIndex(of: column).map { scan.value($0) } ?? .null
      }
  }

  /// What follows the table's name: the rows after this one, in the order of their keys.
  func clause(of table: RecordingTable, limit: Int) -> String {
    let key = table.hasRowID ? "rowid" : table.key.joined(separator: ", ")
    let marks = values.map { _ in "?" }.joined(separator: ", ")
    let rest = values.isEmpty ? "" : "WHERE (\(key)) > (\(marks)) "
    return "\(rest)ORDER BY \(key) LIMIT \(limit)"
  }
}

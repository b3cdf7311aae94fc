internal import Foundation
internal import GRDB
internal import RobotData

/// Puts several recordings into one, by identifiers that are unique over all machines.
public struct RecordingMerge {
  /// What came of one recording.
  public struct Report: Hashable, Sendable, Encodable {
    /// The recording.
    public var path: String
    /// Rows that were new, by table.
    public var newRows: [String: Int] = [:]
    /// Rows that were there already.
    public var knownRows = 0
    /// Episodes that were left out because they had been purged.
    public var purgedEpisodes = 0
  }

  private let target: String
  private let database: Database
  private let progress: (Int, Int) -> Void
  private var done = 0
  private var total = 0

  /// Copies what is new of each of `sources` into `target`, which is made if it is not there. Where
  /// anything is refused, nothing is changed. `progress` is told the rows looked at, and all.
  ///
  /// - Returns: What came of each.
  /// - Throws: `RecordingError`: `mismatch` where robots, tasks or rows differ, `damaged` where a row
  ///   is not what was written.
  public static func run(
    _ sources: [String], into target: String, progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws(RecordingError) -> [Report] {
    let isNew = !FileManager.default.fileExists(atPath: target)
    // What is new stands at its path only when it is whole.
    let working = isNew ? target + ".partial" : target
    if isNew { RecordingFile.remove(working) }
    // A recording that was split by size is all its files.
    let parts = try sources.map { path throws(RecordingError) in try EpisodePlaces(path).files }
    let readers = try parts.flatMap(\.self).map { path throws(RecordingError) in
      (path: path, queue: try RecordingFile.openToRead(path))
    }
    let (queue, lock): (DatabaseQueue, FileLock)
    do throws(RecordingError) {
      (queue, lock) = try RecordingFile.openToWrite(working)
    } catch {
      if isNew { RecordingFile.remove(working) }
      throw error
    }
    do throws(RecordingError) {
      let reports = try RecordingFile.mapping(target) {
        defer { lock.release() }
        let reports = try queue.write { database in
          var merge = RecordingMerge(target: target, database: database, progress: progress)
          return try merge.run(readers)
        }
        _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try queue.close()
        return reports
      }
      if isNew { try RecordingFile.move(working, to: target) }
      return reports
    } catch {
      if isNew {
        try? queue.close()
        RecordingFile.remove(working)
      }
      throw error
    }
  }

  private init(
    target: String, database: Database, progress: @escaping (Int, Int) -> Void
  ) {
    self.target = target
    self.database = database
    self.progress = progress
  }

  private mutating func run(_ readers: [(path: String, queue: DatabaseQueue)]) throws -> [Report] {
    var robots = RecordedRobots()
    robots.add(try RecordedRobot.all(in: database, of: target))
    for (path, queue) in readers {
      try queue.read { source in
        for robot in try RecordedRobot.all(in: source, of: path) {
          if let conflict = robots.conflict(with: robot.description) {
            throw RecordingError.mismatch(
              path: path, other: conflict.robot.path,
              conflict.differences.map(\.description))
          }
          robots.add([robot])
        }
        for table in ["step", "frame"] {
          total += try Int.fetchOne(source, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
      }
    }
    return try readers.map { path, queue in try queue.read { try copy(path, $0) } }
  }

  private mutating func copy(_ path: String, _ source: Database) throws -> Report {
    var report = Report(path: path)
    let purged = try [database, source].reduce(into: Set<String>()) {
      let episodes: [String] = try CheckedRow.values($1, sql: "SELECT episode FROM purged")
      $0.formUnion(episodes)
    }
    for table in RecordingTable.allCases {
      let scan = try RowScan(table, in: source, table.hasRowID ? "ORDER BY rowid" : "")
      let copy = try RowCopy(table, to: database)
      while try scan.next() {
        if table == .step || table == .frame {
          done += 1
          if done.isMultiple(of: 256) { progress(done, total) }
        }
        let place = scan.place
        guard scan.isRight != false else {
          throw RecordingError.damaged(
            path: path, reason: "a row of \(table.rawValue), \(place.text), is not what was written"
          )
        }
        if let episode = place.episode, purged.contains(episode), try isGone(episode, table) {
          if table == .episode { report.purgedEpisodes += 1 }
          continue
        }
        switch try copied(scan, by: copy, path) {
        case .copied: report.newRows[table.rawValue, default: 0] += 1
        case .there:
          report.knownRows += 1
          if table == .episode { try update(scan) }
        case .different:
          report.knownRows += 1
          try settle(scan, path)
          if table == .episode { try update(scan) }
        }
      }
    }
    try copyTally(source)
    return report
  }

  /// What sessions had to write, so that holes are found in the whole too.
  private func copyTally(_ source: Database) throws {
    for row in try CheckedRow.all(source, sql: "SELECT session, kind, count FROM tally") {
      // The table has no checksums: what is no count is left out.
      guard
        let (session, kind, count) = try? (
          row.value(0) as String, row.value(1) as String, row.value(2) as Int
        )
      else { continue }
      try database.execute(
        sql: """
          INSERT INTO tally (session, kind, count) VALUES (?, ?, ?)
          ON CONFLICT (session, kind) DO UPDATE SET count = max(tally.count, excluded.count)
          """,
        arguments: [session, kind, count])
    }
  }

  private func copied(
    _ scan: RowScan, by copy: RowCopy, _ path: String
  ) throws -> RowCopy.Outcome {
    do {
      return try copy.copy(scan)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw RecordingError.damaged(
        path: path,
        reason: "a row of \(scan.table.rawValue), \(scan.place.text), does not fit: "
          + "\(error.message ?? "it refers to what is not there")")
    }
  }

  /// An episode that was purged elsewhere but is kept here stays, and is not noted as purged.
  private func isGone(_ episode: String, _ table: RecordingTable) throws -> Bool {
    let isHere = try Bool.fetchOne(
      database, sql: "SELECT count(*) FROM episode WHERE id = ?", arguments: [episode])
    return isHere == (table == .purged)
  }

  /// What a copy taken while the episode was in progress did not know.
  private func update(_ scan: RowScan) throws {
    let values = Dictionary(zip(scan.table.stored, scan.values)) { $1 }
    func run(_ sql: String, _ columns: [String]) throws {
      try database.execute(
        sql: sql, arguments: StatementArguments(columns.map { values[$0] ?? .null }))
    }
    try run(
      "UPDATE episode SET outcome = ?, endedAt = ? WHERE id = ? AND outcome IS NULL",
      ["outcome", "endedAt", "id"])
    try run(
      "UPDATE episode SET stepCount = ? WHERE id = ? AND stepCount IS NULL", ["stepCount", "id"])
  }

  /// The same key with other values.
  private func settle(_ scan: RowScan, _ path: String) throws {
    switch scan.table {
    case .tag, .purged: return  // the first who said so is kept
    case .session where scan.text(2) == EntryWriter.elsewhere: return
    case .session:
      guard try replace(scan, where: "software = '\(EntryWriter.elsewhere)'") else { break }
      return
    // Begun by a step, in a file that did not see its beginning: its scene is not known there.
    case .episode where scan.values[4].isNull: return
    case .episode:
      guard try replace(scan, where: "seed IS NULL") else { break }
      return
    default: break
    }
    throw RecordingError.mismatch(
      path: path, other: target,
      ["a row of \(scan.table.rawValue), \(scan.place.text), is another in each of them"])
  }

  private func replace(_ scan: RowScan, where condition: String) throws -> Bool {
    let table = scan.table
    let assignments = (table.columns + ["checksum"]).map { "\($0) = ?" }.joined(separator: ", ")
    let values = scan.values
    try database.execute(
      sql: "UPDATE \(table.rawValue) SET \(assignments) WHERE id = ? AND \(condition)",
      arguments: StatementArguments(values.prefix(table.columns.count + 1) + [values[0]]))
    return database.changesCount > 0
  }
}

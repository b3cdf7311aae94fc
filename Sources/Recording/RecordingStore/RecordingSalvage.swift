internal import Foundation
internal import GRDB
internal import RobotData

/// Reads what can be read of a damaged recording into a new one.
///
/// SQLite's own recovery (`sqlite3_recover`, `.recover` of its shell) needs a library that was built
/// with SQLITE_ENABLE_DBPAGE_VTAB, which Debian's is not: hence rows are asked for by their keys,
/// in ranges that are halved around what cannot be read. A row that carries a checksum is believed
/// only if that is right.
public struct RecordingSalvage {
  /// What was saved of a table.
  public struct Table: Hashable, Sendable, Encodable {
    /// The table.
    public var name: String
    /// Rows in the new file.
    public var saved = 0
    /// Those of them from before there were checksums.
    public var unverified = 0
    /// Rows that are not what was written, and were left out.
    public var damaged = 0
    /// Rows that no table led to any more.
    public var foundOnLostPages = 0
  }

  /// What was saved.
  public struct Report: Hashable, Sendable, Encodable {
    /// The tables.
    public var tables: [Table] = []
    /// What else there is to say.
    public var notes: [String] = []
  }

  let source: Database
  let target: Database
  let path: String
  let progress: (Int, Int) -> Void
  /// Times that a page could not be read.
  var failures = 0
  var report = Report()
  private var done = 0
  private var total = 0

  /// The most failed attempts to read: what is beyond is looked for page by page, which is faster
  /// but believes no row without a checksum.
  private static let failuresLimit = 20_000

  /// Reads `path`, which stays as it is, into a new file.
  ///
  /// - Parameters:
  ///   - path: The damaged recording.
  ///   - output: The new one; it appears when it is whole.
  ///   - progress: Told the rows tried, and all that there may be.
  /// - Returns: What was saved, and what was not.
  /// - Throws: `RecordingError` where nothing can be read, or the new file cannot be written.
  public static func run(
    _ path: String, to output: String, progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws(RecordingError) -> Report {
    let files = FileManager.default
    guard files.fileExists(atPath: path) else { throw .notFound(path: path) }
    guard !files.fileExists(atPath: output) else { throw .exists(path: output) }
    let partial = output + ".partial"
    RecordingFile.remove(partial)
    let (queue, lock) = try RecordingFile.openToWrite(partial)
    do throws(RecordingError) {
      let report = try RecordingFile.mapping(output) {
        defer { lock.release() }
        let damaged = try openDamaged(path)
        let report = try queue.writeWithoutTransaction { target in
          try target.execute(sql: "PRAGMA foreign_keys = OFF")
          var report = Report()
          try target.inTransaction {
            report = try damaged.unsafeRead { source in
              var salvage = RecordingSalvage(
                source: source, target: target, path: path, progress: progress)
              return try salvage.run()
            }
            return .commit
          }
          try target.checkpoint(.truncate)
          return report
        }
        try queue.close()
        return report
      }
      try RecordingFile.move(partial, to: output)
      return report
    } catch {
      try? queue.close()
      RecordingFile.remove(partial)
      throw error
    }
  }

  /// The damaged file, or an empty one where SQLite does not take it for a database.
  private static func openDamaged(_ path: String) throws -> DatabaseQueue {
    do {
      let queue = try RecordingFile.openUnchecked(path)
      _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
      return queue
    } catch { return try DatabaseQueue() }
  }

  private init(
    source: Database, target: Database, path: String, progress: @escaping (Int, Int) -> Void
  ) {
    self.source = source
    self.target = target
    self.path = path
    self.progress = progress
  }

  private mutating func run() throws -> Report {
    total = ["step", "frame"].reduce(0) {
      $0 + ((try? Int.fetchOne(source, sql: "SELECT count(*) FROM \($1)")) ?? 0)
    }
    for table in RecordingTable.allCases {
      var saving = Table(name: table.rawValue)
      let copy = try RowCopy(table, to: target)
      let present = columns(of: table)
      if !present.isEmpty {
        for range in try ranges(of: table) {
          try save(table, range, present, copy, &saving)
        }
      }
      report.tables.append(saving)
    }
    if failures > 0 || total == 0 { try searchLostPages() }
    try completeWhatIsLeft()
    return report
  }

  /// The columns that the file has of a table; none where its definition is lost.
  private func columns(of table: RecordingTable) -> Set<String> {
    let names: [String]? = try? CheckedRow.values(
      source, sql: "SELECT name FROM pragma_table_info('\(table.rawValue)')")
    return Set(names ?? [])
  }

  // MARK: Ranges of keys

  /// Rows of a table between two numbers, of one episode where rows are numbered by it. The numbers come
  /// from a damaged file: they may be as large as any.
  struct KeyRange: Hashable {
    var episode: String?
    var numbers: ClosedRange<Int64>

    /// What follows a number; nil where nothing does.
    func after(_ number: Int64) -> KeyRange? {
      guard number < numbers.upperBound else { return nil }
      return KeyRange(
        episode: episode, numbers: max(number + 1, numbers.lowerBound)...numbers.upperBound)
    }

    /// Both halves, the second first; none where there is one number only.
    var halves: [KeyRange] {
      let (lower, upper) = (numbers.lowerBound, numbers.upperBound)
      guard lower < upper else { return [] }
      // Bits instead of a difference, which may not fit; rounded down, so that it is below the upper.
      let middle = (lower & upper) + ((lower ^ upper) >> 1)
      return [
        KeyRange(episode: episode, numbers: (middle + 1)...upper),
        KeyRange(episode: episode, numbers: lower...middle),
      ]
    }
  }

  /// Ranges that hold all rows.
  private func ranges(of table: RecordingTable) throws -> [KeyRange] {
    if table.hasRowID {
      let last: Int64? = try? CheckedRow.value(
        source, sql: "SELECT max(rowid) FROM \(table.rawValue)")
      // Where the end of the table cannot be read: no row takes less than 32 bytes.
      let most = Int64(RecordingFile.bytes(path) / 32 + 1)
      return [KeyRange(episode: nil, numbers: 0...max(last ?? most, 0))]
    }
    guard table == .step || table == .droppedFrame else {
      return [KeyRange(episode: nil, numbers: 0...0)]
    }
    // Whoever names an episode: its own row may be lost.
    var episodes: [String: Int64] = [:]
    for name in ["frame", "handover", "mark"] {
      let rows = try? CheckedRow.all(
        target,
        sql: "SELECT episode, \(name == "mark" ? "0" : "max(step)") AS last FROM \(name) GROUP BY 1"
      )
      for row in rows ?? [] {
        guard let episode = try? row.value("episode") as String else { continue }
        let last: Int64? = try? row.value("last")
        episodes[episode] = max(episodes[episode] ?? 0, last ?? 0)
      }
    }
    for row in try CheckedRow.all(target, sql: "SELECT id, stepCount FROM episode") {
      guard let id = try? row.value("id") as String else { continue }
      let announced: Int64? = try? row.value("stepCount")
      episodes[id] = max(episodes[id] ?? 0, announced ?? 0)
    }
    // Steps without pictures may be more than anything says.
    return episodes.sorted { $0.key < $1.key }.map {
      KeyRange(episode: $0.key, numbers: 0...(min($0.value, .max - 1_000) + 1_000))
    }
  }

  /// Saves the rows of a range; where a page cannot be read, the rest of the range in two halves.
  private mutating func save(
    _ table: RecordingTable, _ range: KeyRange, _ present: Set<String>, _ copy: RowCopy,
    _ saving: inout Table
  ) throws {
    var open = [range]
    while let range = open.popLast() {
      var last: Int64?
      do {
        let scan = try self.scan(table, range, present)
        while try scan.next() {
          last = table.hasRowID ? scan.rowID : scan.integer(1)
          try save(scan, copy, &saving)
        }
      } catch let error as DatabaseError where error.isOfDamage {
        failures += 1
        guard failures < Self.failuresLimit else { continue }
        // Where some were read, what follows is tried from there on.
        if let last { open += [range.after(last)].compactMap(\.self) } else { open += range.halves }
      }
    }
  }

  private func scan(
    _ table: RecordingTable, _ range: KeyRange, _ present: Set<String>
  ) throws -> RowScan {
    let numbers = range.numbers
    if table.hasRowID {
      return try RowScan(
        table, in: source, "WHERE rowid BETWEEN ? AND ? ORDER BY rowid", present: present,
        arguments: [numbers.lowerBound, numbers.upperBound])
    }
    guard let episode = range.episode else {
      return try RowScan(table, in: source, present: present)
    }
    return try RowScan(
      table, in: source, "WHERE episode = ? AND step BETWEEN ? AND ? ORDER BY step",
      present: present, arguments: [episode, numbers.lowerBound, numbers.upperBound])
  }

  private mutating func save(_ scan: RowScan, _ copy: RowCopy, _ saving: inout Table) throws {
    if scan.table == .step || scan.table == .frame {
      done += 1
      if done.isMultiple(of: 256) { progress(min(done, total), total) }
    }
    let isRight = scan.isRight
    guard isRight != false else {
      saving.damaged += 1
      return
    }
    do {
      guard case .copied = try copy.copy(scan) else { return }
      saving.saved += 1
      if isRight == nil { saving.unverified += 1 }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      // A value of another type, or none, where the table wants one.
      saving.damaged += 1
    }
  }
}

extension DatabaseError {
  /// Whether it is the file that is at fault.
  var isOfDamage: Bool {
    switch resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR, .SQLITE_ERROR, .SQLITE_FORMAT: true
    default: false
    }
  }
}

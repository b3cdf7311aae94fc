internal import GRDB
internal import GRDBSQLite

/// Goes through the rows of one table and sums each up as it passes, without copying it.
final class RowScan {
  let table: RecordingTable
  /// Of the values: those of the checksum, the checksum, those that may change, the row's number
  /// where the table has numbers.
  let columns: [String]
  private let database: Database
  private let statement: Statement
  private var handle: SQLiteStatement { statement.sqliteStatement }

  /// `rest` follows the table's name: WHERE and ORDER BY. Columns that are not among `present`
  /// are read as NULL; nil is all.
  init(
    _ table: RecordingTable, in database: Database, _ rest: String = "",
    present: Set<String>? = nil, arguments: [any DatabaseValueConvertible] = []
  ) throws {
    self.table = table
    self.database = database
    columns = table.stored + (table.hasRowID ? ["rowid"] : [])
    let read = columns.map { column in
      column == "rowid" || present?.contains(column) ?? true ? column : "NULL"
    }
    statement = try database.makeStatement(
      sql: "SELECT \(read.joined(separator: ", ")) FROM \(table.rawValue) \(rest)")
    try statement.setArguments(StatementArguments(arguments.map(\.databaseValue)))
  }

  deinit { sqlite3_reset(handle) }

  /// Goes to the next row.
  ///
  /// - Returns: false after the last.
  /// - Throws: `DatabaseError` where a page cannot be read.
  func next() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let text = database.lastErrorMessage
      sqlite3_reset(handle)
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: text)
    }
  }

  /// Whether the row is what was written; nil where it has no checksum.
  var isRight: Bool? {
    let count = table.columns.count
    guard sqlite3_column_type(handle, Int32(count)) != SQLITE_NULL else { return nil }
    var sum = RowChecksum(table: table.rawValue)
    for index in 0..<Int32(count) {
      switch sqlite3_column_type(handle, index) {
      case SQLITE_INTEGER: sum.add(sqlite3_column_int64(handle, index))
      case SQLITE_FLOAT: sum.add(sqlite3_column_double(handle, index))
      case SQLITE_TEXT: sum.add(text: bytes(Int(index)))
      case SQLITE_BLOB: sum.add(blob: bytes(Int(index)))
      default: sum.addNull()
      }
    }
    return sum.value == sqlite3_column_int64(handle, Int32(count))
  }

  /// The bytes of a text or blob; they are there until the next row.
  func bytes(_ index: Int) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(handle, Int32(index))
    return UnsafeRawBufferPointer(
      start: start, count: Int(sqlite3_column_bytes(handle, Int32(index))))
  }

  /// A text; nil for NULL.
  func text(_ index: Int) -> String? {
    guard sqlite3_column_type(handle, Int32(index)) != SQLITE_NULL else { return nil }
    return String(decoding: bytes(index), as: UTF8.self)
  }

  /// A number.
  func integer(_ index: Int) -> Int64 { sqlite3_column_int64(handle, Int32(index)) }

  /// The row's own number, in tables that have one.
  var rowID: Int64 { integer(columns.count - 1) }

  /// Hands the row's stored values on to an insertion of the same table.
  func bind(to copy: RowCopy) {
    for index in 0..<Int32(table.stored.count) {
      sqlite3_bind_value(copy.handle, index + 1, sqlite3_column_value(handle, index))
    }
  }
}

/// A prepared INSERT that takes rows of the same table of another file as they are.
final class RowCopy {
  private let database: Database
  private let statement: Statement
  private let comparison: Statement
  private let table: RecordingTable
  fileprivate var handle: SQLiteStatement { statement.sqliteStatement }

  /// What came of a row.
  enum Outcome {
    /// It was new.
    case copied
    /// The same row was there.
    case there
    /// Another row with the same key was there, and stays.
    case different
  }

  init(_ table: RecordingTable, to database: Database) throws {
    self.database = database
    self.table = table
    let columns = table.stored
    statement = try database.makeStatement(
      sql: """
        INSERT INTO \(table.rawValue) (\(columns.joined(separator: ", ")))
        VALUES (\(columns.map { _ in "?" }.joined(separator: ", "))) ON CONFLICT DO NOTHING
        """)
    // Rows of the first version have no sums: then the values themselves are compared.
    comparison = try database.makeStatement(
      sql: """
        SELECT \(table.columns.map { "\($0) IS ?" }.joined(separator: " AND "))
        FROM \(table.rawValue)
        WHERE \(table.key.map { "\($0) = ?" }.joined(separator: " AND "))
        """)
  }

  /// Copies the row at which `scan` stands.
  ///
  /// - Throws: `DatabaseError`, also where what the row refers to is not there.
  func copy(_ scan: RowScan) throws -> Outcome {
    scan.bind(to: self)
    let code = sqlite3_step(handle)
    let text = database.lastErrorMessage
    let isNew = code == SQLITE_DONE && sqlite3_changes(database.sqliteConnection) > 0
    sqlite3_reset(handle)
    guard code == SQLITE_DONE else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: text)
    }
    if isNew { return .copied }
    return try isThere(scan) ? .there : .different
  }

  /// Inserts a row of these stored values.
  ///
  /// - Returns: Whether it was new.
  func insert(_ values: [DatabaseValue]) throws -> Bool {
    try statement.execute(arguments: StatementArguments(values))
    return database.changesCount > 0
  }

  private func isThere(_ scan: RowScan) throws -> Bool {
    let values = scan.values
    let key = table.key.compactMap { name in
      table.columns.firstIndex(of: name).map { values[$0] }
    }
    let same = try Bool.fetchOne(
      comparison, arguments: StatementArguments(values.prefix(table.columns.count) + key))
    return same ?? false
  }
}

extension RowScan {
  /// A value of the row.
  func value(_ index: Int) -> DatabaseValue {
    DatabaseValue(sqliteStatement: handle, index: Int32(index))
  }

  /// The row's stored values.
  var values: [DatabaseValue] {
    table.stored.indices.map { DatabaseValue(sqliteStatement: handle, index: Int32($0)) }
  }
}

extension RecordingTable {
  /// All columns but the row's own number, as they are copied from file to file.
  var stored: [String] { columns + ["checksum"] + changing }
}

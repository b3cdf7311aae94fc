internal import GRDB
internal import GRDBSQLite

/// A prepared INSERT of one table's rows, the last value of which is the checksum of the others.
///
/// Values go to SQLite directly: a row of 28 through arguments of GRDB takes as long as SQLite
/// needs to insert it. A row whose key is there already is left as it is.
final class RowInsertion {
  private let database: Database
  // Keeps the compiled statement alive.
  private let statement: Statement
  private let table: RecordingTable
  private var index: Int32 = 0
  private var sum: RowChecksum
  /// What SQLite said of the first value that it did not take.
  private var refusal = SQLITE_OK

  /// With `isReplacing` a row whose key is there already is replaced.
  init(_ table: RecordingTable, in database: Database, isReplacing: Bool = false) throws {
    let columns = table.columns + ["checksum"]
    statement = try database.makeStatement(
      sql: """
        INSERT \(isReplacing ? "OR REPLACE " : "")INTO \(table.rawValue)
        (\(columns.joined(separator: ", ")))
        VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
        \(isReplacing ? "" : "ON CONFLICT DO NOTHING")
        """)
    self.database = database
    self.table = table
    sum = RowChecksum(table: table.rawValue)
  }

  /// The next value of the row.
  func add(_ number: Int64?) {
    index += 1
    guard let number else { return addNull() }
    sum.add(number)
    check(sqlite3_bind_int64(statement.sqliteStatement, index, number))
  }

  /// The next value of the row.
  func add(_ number: Int?) { add(number.map(Int64.init)) }

  /// The next value of the row.
  func add(_ value: Bool?) { add(value.map { $0 ? 1 as Int64 : 0 }) }

  /// The next value of the row; what is not a number is NULL to SQLite.
  func add(_ number: Double?) {
    index += 1
    guard let number, !number.isNaN else { return addNull() }
    sum.add(number)
    check(sqlite3_bind_double(statement.sqliteStatement, index, number))
  }

  /// The next value of the row.
  func add(_ text: String?) {
    index += 1
    guard var text else { return addNull() }
    text.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      sum.add(text: bytes)
      check(
        sqlite3_bind_text64(
          statement.sqliteStatement, index,
          (bytes.baseAddress ?? Self.nowhere)?.assumingMemoryBound(to: CChar.self),
          sqlite3_uint64(bytes.count), Self.copied, UInt8(SQLITE_UTF8)))
    }
  }

  /// The next value of the row: little-endian float64, one after the other.
  func add(_ numbers: [Double]?) {
    index += 1
    guard let numbers else { return addNull() }
    // Swift runs on little-endian machines only.
    numbers.withUnsafeBytes { bytes in
      sum.add(blob: bytes)
      check(
        sqlite3_bind_blob64(
          statement.sqliteStatement, index, bytes.baseAddress ?? Self.nowhere,
          sqlite3_uint64(bytes.count), Self.copied))
    }
  }

  /// Begins a row anew, whatever there is of one.
  func restart() {
    index = 0
    sum = RowChecksum(table: table.rawValue)
    refusal = SQLITE_OK
  }

  private func check(_ code: Int32) {
    if code != SQLITE_OK, refusal == SQLITE_OK { refusal = code }
  }

  /// The last value of the row, which is not copied, and the insertion.
  ///
  /// - Returns: Whether the row was new.
  func finish(with bytes: [UInt8]) throws -> Bool {
    index += 1
    return try bytes.withUnsafeBytes { bytes in
      sum.add(blob: bytes)
      check(
        sqlite3_bind_blob64(
          statement.sqliteStatement, index, bytes.baseAddress, sqlite3_uint64(bytes.count), nil))
      return try finish()
    }
  }

  /// The insertion, after the last value.
  ///
  /// - Returns: Whether the row was new.
  @discardableResult
  func finish() throws -> Bool {
    defer { restart() }
    index += 1
    check(sqlite3_bind_int64(statement.sqliteStatement, index, sum.value))
    // A value that was not taken would be NULL in the row.
    guard refusal == SQLITE_OK else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: refusal), message: database.lastErrorMessage)
    }
    let code = sqlite3_step(statement.sqliteStatement)
    // The text is of the failed step; resetting may change it.
    let failure =
      code == SQLITE_DONE
      ? nil
      : DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    sqlite3_reset(statement.sqliteStatement)
    if let failure { throw failure }
    return sqlite3_changes(database.sqliteConnection) > 0
  }

  private func addNull() {
    sum.addNull()
    check(sqlite3_bind_null(statement.sqliteStatement, index))
  }

  /// Where no bytes are, which is not NULL.
  private static var nowhere: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 1) }

  /// Tells SQLite to copy what is bound.
  private static var copied: sqlite3_destructor_type? {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }
}

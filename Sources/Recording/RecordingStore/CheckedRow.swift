internal import Foundation
internal import GRDB
internal import PlainErrors
internal import RobotData

/// A row, read so that nothing that it holds can end the process: GRDB's own subscripts trap on NULL and
/// on values of another type. No other file of this part may name GRDB's rows; a test looks.
struct CheckedRow {
  /// Why a column cannot be understood.
  struct Unreadable: Error, CustomStringConvertible {
    var column: String
    var found: String
    /// The values that tell the row from others, for people: "id 3, episode 5-1"; empty where there are
    /// none.
    var row = ""
    var description: String {
      "the column \(column) holds \(found)" + (row.isEmpty ? "" : ", in the row with \(row)")
    }
  }

  let row: Row

  init(_ row: Row) { self.row = row }

  /// The value of a column that is never NULL.
  func value<Value: DatabaseValueConvertible>(_ column: Int) throws -> Value {
    guard let value: Value = try optional(column) else { throw unreadable(column, "no value") }
    return value
  }

  /// The value of a column; nil for NULL.
  func optional<Value: DatabaseValueConvertible>(_ column: Int) throws -> Value? {
    guard column < row.count else {
      throw Unreadable(column: "\(column)", found: "nothing, as it is not in the result")
    }
    let stored: DatabaseValue = row[column]
    if stored.isNull { return nil }
    guard let value = Value.fromDatabaseValue(stored) else {
      throw unreadable(column, "\(Self.text(stored)), which is no \(Self.name(Value.self))")
    }
    return value
  }

  /// The value of a column that is never NULL.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
    try value(place(of: column))
  }

  /// The value of a column; nil for NULL.
  func optional<Value: DatabaseValueConvertible>(_ column: String) throws -> Value? {
    try optional(place(of: column))
  }

  /// A count that SQLite added up as a float64, which a damaged row may have made too large.
  func count(_ column: String) throws -> Int {
    let sum: Double = try optional(column) ?? 0
    guard let count = Int(exactly: sum.rounded()) else {
      throw unreadable(try place(of: column), "a sum of \(sum)")
    }
    return count
  }

  /// A number that is neither infinite nor none.
  func finite(_ column: Int) throws -> Double {
    let number: Double = try value(column)
    guard number.isFinite else { throw unreadable(column, "\(number)") }
    return number
  }

  /// A number that is neither infinite nor none.
  func finite(_ column: String) throws -> Double { try finite(place(of: column)) }

  /// Numbers of a blob, all of them finite; `count` of them where it is given.
  func numbers(_ column: Int, count: Int? = nil) throws -> [Double] {
    let data: Data = try value(column)
    guard let numbers = [Double](blob: data), count == nil || numbers.count == count,
      numbers.allSatisfy(\.isFinite)
    else {
      throw unreadable(
        column, "\(data.count) bytes, which are not \(count.map { "\($0) " } ?? "")finite numbers")
    }
    return numbers
  }

  /// What JSON in a column says; nil where it is NULL.
  func json<Value: Decodable>(_ column: Int, as type: Value.Type) throws -> Value? {
    guard let text: String = try optional(column) else { return nil }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw unreadable(column, "\"\(text.prefix(40))\", which is not the JSON that belongs there")
    }
  }

  /// What JSON in a column says; nil where it is NULL.
  func json<Value: Decodable>(_ column: String, as type: Value.Type) throws -> Value? {
    try json(place(of: column), as: type)
  }

  /// A column's word for a value.
  func word<Value>(_ column: Int, among values: [Value], _ word: (Value) -> String) throws -> Value
  {
    let text: String = try value(column)
    guard let value = values.first(where: { word($0) == text }) else {
      throw unreadable(column, "\"\(text.prefix(40))\", which is none of its words")
    }
    return value
  }

  /// A column's word for a value.
  func word<Value>(
    _ column: String, among values: [Value], _ word: (Value) -> String
  ) throws -> Value {
    try self.word(place(of: column), among: values, word)
  }

  /// The size of a picture, of columns of these names.
  func pictureSize() throws -> ImageSize {
    let size = ImageSize(width: try value("width"), height: try value("height"))
    let sides = 1...ImageSize.longestSide
    guard sides.contains(size.width), sides.contains(size.height) else {
      throw unreadable("width", "a picture of \(size)")
    }
    return size
  }

  /// A camera's name and the size and encoding of its picture, of columns of these names.
  func picture(bytes: [UInt8]) throws -> CameraFrame {
    try CameraFrame(
      camera: understanding("camera") { try CameraName(value("camera")) },
      size: pictureSize(),
      encoding: word("encoding", among: ImageEncoding.allCases) { $0.word }, bytes: bytes)
  }

  /// The bytes of a blob, copied once; none for NULL.
  func bytes(_ column: String) throws -> [UInt8] {
    let place = try place(of: column)
    do {
      return try row.withUnsafeData(atIndex: place) { [UInt8]($0 ?? Data()) }
    } catch {
      // GRDB's own words are those of its code.
      throw unreadable(place, "what is no blob")
    }
  }

  /// Names a column in what `body` throws of its value: that a name is not allowed, for example.
  func understanding<Value>(_ column: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as Unreadable { throw error } catch {
      throw unreadable(column, "what cannot be taken: \(PlainError.sentence(error))")
    }
  }

  private func place(of column: String) throws -> Int {
    guard let place = row.columnNames.enumerated().first(where: { $0.element == column }) else {
      throw Unreadable(column: column, found: "nothing, as it is not in the result")
    }
    return place.offset
  }

  /// What is thrown of a column's value.
  func unreadable(_ column: String, _ found: String) -> Unreadable {
    guard let place = try? place(of: column) else {
      return Unreadable(column: column, found: found)
    }
    return unreadable(place, found)
  }

  /// What is thrown of a column's value.
  func unreadable(_ column: Int, _ found: String) -> Unreadable {
    let names = Array(row.columnNames)
    let telling = ["id", "session", "episode", "step", "camera", "name", "robot", "kind"]
    let values = zip(names, row.databaseValues).filter { name, value in
      telling.contains(name) && name != names[column] && !value.isNull
    }
    return Unreadable(
      column: names[column], found: found,
      row: values.prefix(3).map { "\($0) \(Self.text($1))" }.joined(separator: ", "))
  }

  private static func name<Value>(_ type: Value.Type) -> String {
    switch type {
    case is Int.Type, is Int64.Type, is UInt64.Type, is Int32.Type: "whole number in range"
    case is Double.Type: "number"
    case is String.Type: "text"
    case is Bool.Type: "0 or 1"
    default: "blob"
    }
  }

  private static func text(_ value: DatabaseValue) -> String {
    switch value.storage {
    case .null: "NULL"
    case .int64(let number): "\(number)"
    case .double(let number): "\(number)"
    case .string(let text): text.isEmpty ? "an empty text" : String(text.prefix(40))
    case .blob(let data): "\(data.count) bytes"
    }
  }
}

// MARK: Reading rows

extension CheckedRow {
  /// All rows of a query.
  static func all(
    _ database: Database, sql: String, arguments: StatementArguments = []
  ) throws -> [CheckedRow] {
    try Row.fetchAll(database, sql: sql, arguments: arguments).map { CheckedRow($0) }
  }

  /// The first row of a query.
  static func first(
    _ database: Database, sql: String, arguments: StatementArguments = []
  ) throws -> CheckedRow? {
    try Row.fetchOne(database, sql: sql, arguments: arguments).map { CheckedRow($0) }
  }

  /// The rows of a query one by one; each is there until the next.
  static func cursor(
    _ database: Database, sql: String, arguments: StatementArguments = []
  ) throws -> CheckedRows {
    CheckedRows(cursor: try Row.fetchCursor(database, sql: sql, arguments: arguments))
  }

  /// The first column of all rows; values that cannot be understood are passed over.
  static func values<Value: DatabaseValueConvertible>(
    _ database: Database, sql: String, arguments: StatementArguments = []
  ) throws -> [Value] {
    try DatabaseValue.fetchAll(database, sql: sql, arguments: arguments).compactMap {
      Value.fromDatabaseValue($0)
    }
  }

  /// The first column of the first row; nil where there is none, or it cannot be understood.
  static func value<Value: DatabaseValueConvertible>(
    _ database: Database, sql: String, arguments: StatementArguments = []
  ) throws -> Value? {
    try DatabaseValue.fetchOne(database, sql: sql, arguments: arguments).flatMap {
      Value.fromDatabaseValue($0)
    }
  }
}

/// The rows of a query, one by one.
struct CheckedRows {
  fileprivate let cursor: RowCursor

  /// The next row; nil after the last.
  func next() throws -> CheckedRow? { try cursor.next().map { CheckedRow($0) } }
}

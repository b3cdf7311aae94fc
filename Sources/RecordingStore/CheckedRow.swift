internal import GRDB

/// A row, read so that nothing that it holds can end the process: GRDB's own subscripts trap on NULL and
/// on values of another type.
struct CheckedRow {
  /// Why a column cannot be understood.
  struct Unreadable: Error, CustomStringConvertible {
    var column: String
    var found: String
    var description: String { "the column \(column) holds \(found)" }
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
    let stored: DatabaseValue = row[column]
    if stored.isNull { return nil }
    guard let value = Value.fromDatabaseValue(stored) else {
      throw unreadable(column, "what is no \(Value.self)")
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

  private func place(of column: String) throws -> Int {
    guard let place = row.columnNames.enumerated().first(where: { $0.element == column }) else {
      throw Unreadable(column: column, found: "nothing, as it is not in the result")
    }
    return place.offset
  }

  private func unreadable(_ column: Int, _ found: String) -> Unreadable {
    Unreadable(column: Array(row.columnNames)[column], found: found)
  }
}

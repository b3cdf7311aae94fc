internal import CArrow

/// A column of a Parquet file, as Arrow names types.
public struct ParquetColumn: Hashable, Sendable {
  /// What a value is.
  public enum Kind: Hashable, Sendable {
    /// float
    case float32
    /// double
    case float64
    /// int64
    case int64
    /// bool
    case bool
    /// string
    case string
    /// large_string
    case largeString
    /// struct<bytes: binary, path: string>
    case picture
    /// list<list<list<double>>>, each number in lists of its own
    case channels
    /// Anything else: its numbers may be read, but not written.
    case other
  }

  /// How many values a row has.
  public enum Shape: Hashable, Sendable {
    /// One.
    case scalar
    /// Any number.
    case list
    /// Always this many.
    case fixedList(Int)
  }

  /// The column's name.
  public var name: String
  /// What a value is.
  public var kind: Kind
  /// How many a row has.
  public var shape: Shape

  /// A column of this name.
  public init(_ name: String, _ kind: Kind, _ shape: Shape = .scalar) {
    self.name = name
    self.kind = kind
    self.shape = shape
  }

  init(_ column: carrow_column) {
    let kind: Kind =
      switch column.type {
      case CARROW_FLOAT32: .float32
      case CARROW_FLOAT64: .float64
      case CARROW_INT64: .int64
      case CARROW_BOOL: .bool
      case CARROW_STRING: .string
      case CARROW_LARGE_STRING: .largeString
      case CARROW_PICTURE: .picture
      case CARROW_CHANNELS: .channels
      default: .other
      }
    let shape: Shape =
      switch column.shape {
      case CARROW_LIST: .list
      case CARROW_FIXED_LIST: .fixedList(Int(column.count))
      default: .scalar
      }
    self.init(String(cString: column.name), kind, shape)
  }

  /// The column with a name that the caller owns.
  func described(name: UnsafePointer<CChar>) -> carrow_column {
    let type =
      switch kind {
      case .float32: CARROW_FLOAT32
      case .float64: CARROW_FLOAT64
      case .int64: CARROW_INT64
      case .bool: CARROW_BOOL
      case .string: CARROW_STRING
      case .largeString: CARROW_LARGE_STRING
      case .picture: CARROW_PICTURE
      case .channels: CARROW_CHANNELS
      case .other: CARROW_OTHER
      }
    return switch shape {
    case .scalar: carrow_column(name: name, type: type, shape: CARROW_SCALAR, count: 1)
    case .list: carrow_column(name: name, type: type, shape: CARROW_LIST, count: 1)
    case .fixedList(let count):
      carrow_column(name: name, type: type, shape: CARROW_FIXED_LIST, count: Int32(count))
    }
  }
}

/// Why a Parquet file could not be written or read.
public enum ParquetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be written; `reason` is Arrow's text.
  case notWritable(path: String, reason: String)
  /// The file is not there, no Parquet file, or damaged; `reason` is Arrow's text.
  case notReadable(path: String, reason: String)

  /// What is wrong with which file.
  public var description: String {
    switch self {
    case .notWritable(let path, let reason): "\(path) cannot be written: \(reason)"
    case .notReadable(let path, let reason): "\(path) cannot be read as Parquet: \(reason)"
    }
  }

  static var reason: String { String(cString: carrow_error()) }
}

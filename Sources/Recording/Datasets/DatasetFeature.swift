/// How the numbers or texts of a feature are kept.
public enum DatasetType: String, Hashable, Sendable, CaseIterable, Codable {
  /// IEEE 754, 32 bits.
  case float32
  /// IEEE 754, 64 bits.
  case float64
  /// Two's complement, 64 bits.
  case int64
  /// True or false.
  case bool
  /// UTF-8.
  case string
}

/// A column of a dataset: what every step has one value of.
public struct DatasetFeature: Hashable, Sendable, Codable {
  /// The column's name; only letters, digits, `_` and `.`.
  public var name: String
  /// How it is kept.
  public var type: DatasetType
  /// How many numbers a step has of it.
  public var count: Int
  /// The numbers' names, in order, as many as `count`.
  public var elements: [String]

  /// A feature of one value for each element.
  public init(_ name: String, _ type: DatasetType, elements: [String]) {
    self.name = name
    self.type = type
    self.count = elements.count
    self.elements = elements
  }

  /// A feature of a single value, which bears the column's own name.
  public init(_ name: String, _ type: DatasetType) {
    self.init(name, type, elements: [name])
  }
}

/// What one step has of one feature; there are as many numbers as the feature's `count`.
public enum DatasetValue: Hashable, Sendable {
  /// Of a `float32` feature.
  case float32([Float])
  /// Of a `float64` feature.
  case float64([Double])
  /// Of an `int64` feature.
  case int64([Int64])
  /// Of a `bool` feature.
  case bool([Bool])
  /// Of a `string` feature.
  case string(String)

  /// The value as numbers for statistics: truth is 1; nil for a text.
  public var numbers: [Double]? {
    switch self {
    case .float32(let values): values.map(Double.init)
    case .float64(let values): values
    case .int64(let values): values.map(Double.init)
    case .bool(let values): values.map { $0 ? 1 : 0 }
    case .string: nil
    }
  }
}

/// A camera whose pictures a dataset holds.
public struct DatasetCamera: Hashable, Sendable, Codable {
  /// The camera's name.
  public var name: String
  /// Pixels in a row.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A camera of this name and size.
  public init(name: String, width: Int, height: Int) {
    self.name = name
    self.width = width
    self.height = height
  }
}

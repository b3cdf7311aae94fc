internal import CHDF5

/// What a dataset stores of each value.
public enum HDF5Element: Hashable, Sendable, CustomStringConvertible {
  /// IEEE 754, 8 bytes.
  case float64
  /// IEEE 754, 4 bytes.
  case float32
  /// 8 bytes, signed.
  case int64
  /// One byte without sign.
  case uint8
  /// UTF-8 text of at most this many bytes, filled up with zeros.
  case text(bytes: Int)

  /// The type's name in the words of NumPy.
  public var description: String {
    switch self {
    case .float64: "float64"
    case .float32: "float32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .text(let bytes): "text of \(bytes) bytes"
    }
  }

  /// The type in the file; little-endian on every machine.
  func fileType(_ place: Place) throws(HDF5Error) -> Handle {
    switch self {
    case .float64: try place.made(H5Tcopy(chdf5_float64()), H5Tclose)
    case .float32: try place.made(H5Tcopy(chdf5_float32()), H5Tclose)
    case .int64: try place.made(H5Tcopy(chdf5_int64()), H5Tclose)
    case .uint8: try place.made(H5Tcopy(chdf5_uint8()), H5Tclose)
    case .text(let bytes): try Self.textType(bytes: bytes, place)
    }
  }

  static func textType(bytes: Int, _ place: Place) throws(HDF5Error) -> Handle {
    let type = try place.made(H5Tcopy(chdf5_c_string()), H5Tclose)
    try place.wrote(H5Tset_size(type.id, max(1, bytes)))
    try place.wrote(H5Tset_strpad(type.id, H5T_STR_NULLPAD))
    try place.wrote(H5Tset_cset(type.id, H5T_CSET_UTF8))
    return type
  }
}

/// A number that datasets hold, as the memory holds it.
public protocol HDF5Number: BitwiseCopyable, Sendable {
  /// What a file stores of it without loss.
  static var element: HDF5Element { get }
}

extension Double: HDF5Number {
  /// Stored as float64.
  public static var element: HDF5Element { .float64 }
}

extension Float: HDF5Number {
  /// Stored as float32.
  public static var element: HDF5Element { .float32 }
}

extension Int64: HDF5Number {
  /// Stored as int64.
  public static var element: HDF5Element { .int64 }
}

extension UInt8: HDF5Number {
  /// Stored as uint8.
  public static var element: HDF5Element { .uint8 }
}

extension HDF5Number {
  /// The type in memory; libhdf5 converts between it and the file's.
  static var memoryType: hid_t {
    switch element {
    case .float64: chdf5_native_double()
    case .float32: chdf5_native_float()
    case .int64: chdf5_native_int64()
    case .uint8, .text: chdf5_native_uint8()
    }
  }
}

/// A type as a file has it.
struct FoundType {
  enum Kind: Equatable {
    case integer
    case real
    /// An enumeration of integers; h5py's booleans are one.
    case enumeration
    case fixedText
    case variableText
    case other
  }

  let handle: Handle
  let kind: Kind
  let bytes: Int

  init(_ handle: Handle) {
    self.handle = handle
    bytes = H5Tget_size(handle.id)
    kind =
      switch H5Tget_class(handle.id) {
      case H5T_INTEGER: .integer
      case H5T_FLOAT: .real
      case H5T_ENUM: .enumeration
      case H5T_STRING: H5Tis_variable_str(handle.id) > 0 ? .variableText : .fixedText
      default: .other
      }
  }

  var isNumber: Bool { kind == .integer || kind == .real || kind == .enumeration }
  var isText: Bool { kind == .fixedText || kind == .variableText }

  var description: String {
    switch kind {
    case .integer: "integers of \(bytes) bytes"
    case .real: "real numbers of \(bytes) bytes"
    case .enumeration: "an enumeration of \(bytes) bytes"
    case .fixedText, .variableText: "text"
    case .other: "of a type that is neither number nor text"
    }
  }
}

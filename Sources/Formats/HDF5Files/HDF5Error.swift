/// Why an HDF5 file could not be written or read. `reason` is the library's own text.
public enum HDF5Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no file.
  case notFound(path: String)
  /// The file is no HDF5 file, is cut off, or its beginning is damaged.
  case notHDF5(path: String, reason: String)
  /// The file could not be made.
  case notCreated(path: String, reason: String)
  /// The disk is full.
  case diskFull(path: String)
  /// The library refused to write an object.
  case notWritten(path: String, object: String, reason: String)
  /// An object is there, but cannot be read: the file is damaged.
  case damaged(path: String, object: String, reason: String)
  /// There is no object of this name.
  case missing(path: String, object: String)
  /// An object is of another kind or shape than it should be.
  case unexpected(path: String, object: String, expected: String, found: String)

  /// What is wrong with which object of which file.
  public var description: String {
    switch self {
    case .notFound(let path): "there is no file \(path)"
    case .notHDF5(let path, let reason):
      "\(path) is no readable HDF5 file (\(reason)); is it whole?"
    case .notCreated(let path, let reason): "\(path) cannot be made: \(reason)"
    case .diskFull(let path): "the disk of \(path) is full; free some space and try again"
    case .notWritten(let path, let object, let reason):
      "\(object) cannot be written to \(path): \(reason)"
    case .damaged(let path, let object, let reason):
      "\(object) in \(path) is damaged: \(reason)"
    case .missing(let path, let object): "\(path) has no \(object)"
    case .unexpected(let path, let object, let expected, let found):
      "\(object) in \(path) is \(found); expected \(expected)"
    }
  }
}

internal import Foundation
internal import PlainErrors

/// Why an MCAP file could not be written or read.
public enum McapError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no file.
  case notFound(path: String)
  /// The file does not begin and end as MCAP files do: it is none, or it is cut off.
  case notMcap(path: String, reason: String)
  /// Bytes at `offset` do not say what they should.
  case damaged(path: String, offset: Int, reason: String)
  /// The file needs something that this reader does not have.
  case unsupported(path: String, what: String)
  /// The file cannot be read.
  case notRead(path: String, reason: String)
  /// The file cannot be made or written.
  case notWritten(path: String, reason: String)
  /// The disk is full.
  case diskFull(path: String)

  /// What is wrong with which file.
  public var description: String {
    switch self {
    case .notFound(let path): "there is no file \(path)"
    case .notMcap(let path, let reason): "\(path) is no whole MCAP file: \(reason)"
    case .damaged(let path, let offset, let reason):
      "\(path) is damaged at byte \(offset): \(reason)"
    case .unsupported(let path, let what): "\(path) cannot be read: \(what)"
    case .notRead(let path, let reason): "\(path) cannot be read: \(reason)"
    case .notWritten(let path, let reason): "\(path) cannot be written: \(reason)"
    case .diskFull(let path): "the disk of \(path) is full; free some space and try again"
    }
  }

  /// What Foundation said of a failed write.
  static func writing(_ path: String, _ error: any Error) -> McapError {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError
    let isFull =
      [error, cause].compactMap { $0 }.contains { error in
        (error.domain == NSPOSIXErrorDomain && error.code == Int(ENOSPC))
          || (error.domain == NSCocoaErrorDomain
            && error.code == CocoaError.fileWriteOutOfSpace.rawValue)
      }
    return isFull
      ? .diskFull(path: path) : .notWritten(path: path, reason: PlainError.reason(error))
  }
}

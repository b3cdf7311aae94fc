internal import Foundation
internal import SystemPackage

/// Errors as people read them: one sentence that says what was wrong and where.
public enum PlainError {
  /// The sentence. Errors of this program say it themselves; those of the system, the file system and
  /// of decoders are worded here.
  public static func sentence(_ error: any Error) -> String {
    switch error {
    case let error as CocoaError: return file(error)
    case let error as POSIXError: return Errno(rawValue: error.code.rawValue).description
    case let error as DecodingError: return decoding(error)
    case let error as EncodingError: return encoding(error)
    default: return "\(error)"
    }
  }

  private static func file(_ error: CocoaError) -> String {
    let path = error.filePath ?? error.url?.path
    let reason: String
    if let cause = error.underlying as? POSIXError {
      reason = Errno(rawValue: cause.code.rawValue).description
    } else {
      reason =
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: Errno.noSuchFileOrDirectory.description
        case .fileReadNoPermission, .fileWriteNoPermission: Errno.permissionDenied.description
        case .fileWriteFileExists: Errno.fileExists.description
        case .fileWriteOutOfSpace: Errno.noSpace.description
        case .fileWriteVolumeReadOnly: Errno.readOnlyFileSystem.description
        default: error.localizedDescription
        }
    }
    return path.map { "\($0): \(reason)" } ?? reason
  }

  private static func decoding(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "\(place(context.codingPath))the key \"\(key.stringValue)\" is missing"
    case .typeMismatch(let type, let context):
      "\(place(context.codingPath))is not what is expected there (\(type))"
    case .valueNotFound(_, let context): "\(place(context.codingPath))has no value"
    case .dataCorrupted(let context): place(context.codingPath) + context.debugDescription
    @unknown default: "\(error)"
    }
  }

  private static func encoding(_ error: EncodingError) -> String {
    guard case .invalidValue(let value, let context) = error else { return "\(error)" }
    return "\(place(context.codingPath))cannot be written: \(value)"
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : path.map(\.stringValue).joined(separator: ".") + " "
  }
}

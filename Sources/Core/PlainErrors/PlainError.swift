internal import Foundation
internal import SystemPackage

/// Errors as people read them: one sentence that says what was wrong and where.
public enum PlainError {
  /// The sentence. Errors of this program say it themselves; those of the system, the file system and
  /// of decoders are worded here.
  public static func sentence(_ error: any Error) -> String {
    switch error {
    case let error as CocoaError:
      let reason = file(error)
      return (error.filePath ?? error.url?.path).map { "\($0): \(reason)" } ?? reason
    case let error as POSIXError: return Errno(rawValue: error.code.rawValue).description
    case let error as DecodingError: return decoding(error)
    case let error as EncodingError: return encoding(error)
    default: return "\(error)"
    }
  }

  /// The sentence without the path, for errors that name it themselves.
  public static func reason(_ error: any Error) -> String {
    if let error = error as? CocoaError { file(error) } else { sentence(error) }
  }

  private static func file(_ error: CocoaError) -> String {
    if let cause = error.underlying.map({ $0 as NSError }), cause.domain == NSPOSIXErrorDomain {
      return Errno(rawValue: Int32(truncatingIfNeeded: cause.code)).description
    }
    return switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: Errno.noSuchFileOrDirectory.description
    case .fileReadNoPermission, .fileWriteNoPermission: Errno.permissionDenied.description
    case .fileWriteFileExists: Errno.fileExists.description
    case .fileWriteOutOfSpace: Errno.noSpace.description
    case .fileWriteVolumeReadOnly: Errno.readOnlyFileSystem.description
    case .fileReadCorruptFile: "it is damaged"
    case .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding: "it is not UTF-8 text"
    case .fileReadTooLarge: "it is too large"
    case .fileReadUnknown where isFolder(error.filePath ?? error.url?.path):
      Errno.isDirectory.description
    default: "the system refuses it (Cocoa error \(error.code.rawValue))"
    }
  }

  private static func isFolder(_ path: String?) -> Bool {
    var isFolder: ObjCBool = false
    return path.map { FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) } == true
      && isFolder.boolValue
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

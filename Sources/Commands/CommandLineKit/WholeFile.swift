internal import Foundation
internal import PlainErrors
internal import SystemPackage

extension OutputFailure {
  init(path: String, _ error: any Error) {
    description = "\(path) cannot be written: \(PlainError.reason(error))"
  }
}

/// Writes files that are there whole or as they were.
enum WholeFile {
  /// - Parameters:
  ///   - data: The file.
  ///   - path: Where to, without links at its end.
  ///   - name: What a person called it.
  /// - Throws: `OutputFailure`.
  static func write(_ data: Data, to path: String, named name: String) throws(OutputFailure) {
    let target = FilePath(path)
    let own = target.lastComponent?.string ?? ""
    // The same folder: a file takes a name at once within one file system only. Names may be as long as
    // the system allows already.
    let staging = target.removingLastComponent()
      .appending(".\(own.prefix(40))-\(UInt64.random(in: 0 ... .max)).partial")
    do {
      var status = stat()
      let permissions =
        stat(path, &status) == 0 ? FilePermissions(rawValue: status.st_mode & 0o777) : nil
      let descriptor = try FileDescriptor.open(
        staging, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
        permissions: FilePermissions(rawValue: 0o666))
      do {
        defer { try? descriptor.close() }
        if let permissions { _ = fchmod(descriptor.rawValue, permissions.rawValue) }
        try descriptor.writeAll(data)
        // Else a loss of power might leave the name without the content.
        guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
      guard rename(staging.string, path) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      unlink(staging.string)
      throw OutputFailure(path: name, error)
    }
  }
}

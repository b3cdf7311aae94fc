import Foundation
import SystemPackage

/// The file of a recording that is about to begin.
struct ReservedRecording {
  /// The file.
  let path: String
  /// Whether this program made the file.
  private let isOurs: Bool

  /// The file that was named; it is gone on with where it is there.
  init(named path: String) {
    self.path = path
    isOurs = false
  }

  private init(made path: String) {
    self.path = path
    isOurs = true
  }

  /// A new file in `Recordings/`, named after the time: never one that is there already, whatever the
  /// clock says, and never one that another program makes at the same moment.
  ///
  /// - Throws: `Errno` where the folder cannot be written to.
  static func new() throws -> ReservedRecording {
    try FileManager.default.createDirectory(
      atPath: "Recordings", withIntermediateDirectories: true)
    let formatter = DateFormatter()
    formatter.dateFormat = "yyyy-MM-dd-HHmmss"
    let name = "Recordings/\(formatter.string(from: Date()))"
    // The parts of a split recording are NAME-0002.sqlite and so on; these are told apart by letters.
    for suffix in [""] + (2...99).map({ "-run\($0)" }) {
      let path = "\(name)\(suffix).sqlite"
      do {
        try FileDescriptor.open(
          FilePath(path), .writeOnly, options: [.create, .exclusiveCreate],
          permissions: [.ownerReadWrite, .groupRead, .otherRead]
        ).close()
        return ReservedRecording(made: path)
      } catch Errno.fileExists { continue }
    }
    throw Errno.fileExists
  }

  /// Removes a file that this program made and nothing was written to.
  func discardIfEmpty() {
    var status = stat()
    if isOurs, stat(path, &status) == 0, status.st_size == 0 { unlink(path) }
  }
}

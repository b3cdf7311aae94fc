internal import ArgumentParser
internal import Foundation
internal import SystemPackage

/// A path that a command writes to. It never takes the place of a recording, a policy, a key, an input of
/// the same command, or of what is no file at all, such as a device.
///
/// The path is to be had through `checked` alone, so that no command can write without the look.
///
///     @Option(help: "The picture.", transform: OutputPath.init) var output = OutputPath(default: "a.png")
public struct OutputPath: Hashable, Sendable, CustomStringConvertible {
  private let path: String

  /// As it was given.
  public var description: String { path }

  /// The path that a person named; looked at once already, so that nothing begins in vain.
  ///
  /// - Throws: `ValidationError` with the reason.
  public init(_ argument: String) throws {
    path = argument
    _ = try checked()
  }

  /// A command's own default, looked at when it is used.
  public init(default path: StaticString) { self.path = "\(path)" }

  /// The path, if nothing is there that must not be replaced.
  ///
  /// - Parameter inputs: Files that the same command reads.
  /// - Returns: The path as it was given.
  /// - Throws: `ValidationError` with the reason.
  public func checked(besides inputs: [String] = []) throws -> String {
    if let reason = try Self.reasonToRefuse(path, inputs) {
      throw ValidationError(
        "\(path.isEmpty ? "an empty path" : path) \(reason); choose another path")
    }
    return path
  }

  private static func reasonToRefuse(_ path: String, _ inputs: [String]) throws -> String? {
    guard !path.isEmpty else { return "names no file" }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = Errno(rawValue: errno)
      // A name that is free, or a folder that is still to be made.
      return reason == .noSuchFileOrDirectory ? nil : "cannot be written to: \(reason)"
    }
    for input in inputs {
      var other = stat()
      if stat(input, &other) == 0, other.st_ino == status.st_ino, other.st_dev == status.st_dev {
        return "is what this command reads"
      }
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return guardedFolder(path)
    case S_IFREG: return guardedFile(path)
    default: return "is a device, a pipe or a socket, and no file"
    }
  }

  private static func guardedFolder(_ path: String) -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains("policy.json") { return "is a policy's folder" }
    if names.contains(where: { $0.hasSuffix(".secret") }) { return "is a folder of keys" }
    return nil
  }

  private static func guardedFile(_ path: String) -> String? {
    if path.hasSuffix("-wal") || path.hasSuffix("-shm") { return "is a recording's journal" }
    if path.hasSuffix(".secret") || path.hasSuffix(".public") { return "is a key" }
    let folder = FilePath(path).removingLastComponent()
    if FileManager.default.fileExists(atPath: folder.appending("policy.json").string) {
      return "belongs to a policy"
    }
    guard let handle = FileHandle(forReadingAtPath: path),
      let head = try? handle.read(upToCount: 72)
    else { return nil }
    // SQLite's header, with Mallard's application identifier ("MLRD") or of a recording not begun yet.
    return head.starts(with: Data("SQLite format 3\0".utf8))
      ? "is a recording or another database" : nil
  }
}

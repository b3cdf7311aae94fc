internal import ArgumentParser
internal import Foundation

/// A recording that a command makes or adds to. Nothing that is another kind of file is opened for it,
/// and no recording that the same command reads.
public struct RecordingOutput: Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  public let path: String

  /// As it was given.
  public var description: String { path }

  /// The path that a person named.
  ///
  /// - Throws: `ValidationError` with the reason.
  public init(_ argument: String) throws {
    try self.init(argument, arguments: CommandLine.arguments)
  }

  init(_ argument: String, arguments: [String]) throws {
    path = argument
    do {
      // What the look refuses, but for a recording that nothing else of the command line is.
      _ = try OutputPath.derived(argument).checked(arguments: arguments)
    } catch {
      guard Self.isRecording(argument),
        ProcessShell.argumentsAfterCommand(arguments).count(where: { Self.isSame($0, argument) })
          < 2
      else { throw error }
    }
    var status = stat()
    if stat(argument, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw ValidationError("\(argument) is a folder, and no recording; choose another path")
      }
      guard status.st_size == 0 || Self.isRecording(argument) else {
        throw ValidationError("\(argument) is no recording; choose another path")
      }
    }
  }

  private static func isSame(_ argument: String, _ path: String) -> Bool {
    var value = argument
    if argument.hasPrefix("-"), let equals = argument.firstIndex(of: "=") {
      value = String(argument[argument.index(after: equals)...])
    }
    var (one, other) = (stat(), stat())
    return stat(value, &one) == 0 && stat(path, &other) == 0 && one.st_ino == other.st_ino
      && one.st_dev == other.st_dev
  }

  private static func isRecording(_ path: String) -> Bool {
    var status = stat()
    // Opening a pipe would wait for whoever writes to it.
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let handle = FileHandle(forReadingAtPath: path)
    else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
  }
}

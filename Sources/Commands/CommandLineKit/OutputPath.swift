internal import ArgumentParser
public import Foundation
internal import SystemPackage

/// A path that a command writes to. It never takes the place of a recording, a dataset, a policy, a key, an
/// input of the same command, or of what is no file at all, such as a device.
///
/// The path is to be had through `checked` alone, so that no command can write without the look. What
/// the command line names besides is taken for an input, so that no command can forget one.
///
///     @Option(help: "The picture.", transform: OutputPath.init) var output = OutputPath(default: "a.png")
public struct OutputPath: Hashable, Sendable, CustomStringConvertible {
  private let path: String
  private var isBesidePolicy = false

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

  /// A command's own default that depends on its other options, looked at when it is used.
  ///
  /// - Parameter path: The path.
  /// - Returns: It as an output.
  public static func derived(_ path: String) -> OutputPath {
    OutputPath(path, isBesidePolicy: false)
  }

  private init(_ path: String, isBesidePolicy: Bool) {
    self.path = path
    self.isBesidePolicy = isBesidePolicy
  }

  /// A file that a command keeps in a policy's folder beside the policy, such as a plot.
  ///
  /// - Parameters:
  ///   - name: The file's name.
  ///   - folder: The policy's folder.
  /// - Returns: The path, looked at when it is used.
  public static func file(_ name: String, besidePolicy folder: String) -> OutputPath {
    OutputPath(folder + "/" + name, isBesidePolicy: true)
  }

  /// A file of this folder, looked at when it is used.
  ///
  /// - Parameter name: Its name.
  /// - Returns: Its path.
  public func file(_ name: String) -> OutputPath {
    OutputPath(path + "/" + name, isBesidePolicy: false)
  }

  /// The path, if nothing is there that must not be replaced.
  ///
  /// - Parameters:
  ///   - inputs: Files that the same command reads and the command line does not name as they are.
  ///   - arguments: The command line; what it names besides this path is taken for inputs.
  /// - Returns: The path as it was given.
  /// - Throws: `ValidationError` with the reason.
  public func checked(
    besides inputs: [String] = [], arguments: [String] = CommandLine.arguments
  ) throws -> String {
    if let reason = reasonToRefuse(inputs + Self.others(path, in: arguments)) {
      throw ValidationError(
        "\(path.isEmpty ? "an empty path" : path) \(reason); choose another path")
    }
    return path
  }

  /// The folder, made if it is not there.
  ///
  /// - Parameter inputs: As for `checked`.
  /// - Returns: The path as it was given.
  /// - Throws: `ValidationError` where it must not be written to, `OutputFailure` where it cannot be.
  public func folder(besides inputs: [String] = []) throws -> String {
    let path = try checked(besides: inputs)
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OutputFailure(path: path, error)
    }
    return path
  }

  /// Writes the file whole: what was there before stays until all of it is on the disk, and a failure or
  /// a signal leaves no part of it under this name.
  ///
  /// - Parameters:
  ///   - data: The file.
  ///   - inputs: As for `checked`.
  /// - Throws: `ValidationError` where it must not be written to, `OutputFailure` where it cannot be.
  public func write(_ data: Data, besides inputs: [String] = []) throws {
    let path = try checked(besides: inputs)
    // Through a link, not over it.
    try WholeFile.write(data, to: Self.resolved(path) ?? path, named: path)
  }

  /// The arguments of a command line but this one; what an option has after `=` is one too.
  private static func others(_ path: String, in arguments: [String]) -> [String] {
    var values = ProcessShell.argumentsAfterCommand(arguments).map { argument in
      guard argument.hasPrefix("-"), let equals = argument.firstIndex(of: "=") else {
        return argument
      }
      return String(argument[argument.index(after: equals)...])
    }
    // Its own place. A second one is another file that is named alike.
    if let own = values.firstIndex(of: path) { values.remove(at: own) }
    return values
  }

  static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private func reasonToRefuse(_ inputs: [String]) -> String? {
    guard path.contains(where: { !$0.isWhitespace }) else { return "names no file" }
    // Written to, it would be another file than the one that was looked at.
    guard !path.utf8.contains(0) else { return "holds a character that no path has" }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = Errno(rawValue: errno)
      guard reason == .noSuchFileOrDirectory else { return "cannot be written to: \(reason)" }
      // A link to nothing would lead the command elsewhere; else the name is free, or its folder is
      // still to be made.
      return lstat(path, &status) == 0 ? "is a link to nothing" : nil
    }
    // Folders are told by what is in them. A name that means something else, such as a task's, may be that
    // of a folder.
    for input in inputs where status.st_mode & S_IFMT == S_IFREG {
      var other = stat()
      if stat(input, &other) == 0, other.st_ino == status.st_ino, other.st_dev == status.st_dev {
        return "is what this command reads"
      }
    }
    let resolved = Self.resolved(path) ?? path
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return FileKind.reasonToKeep(folder: resolved)
    case S_IFREG: return FileKind.reasonToKeep(file: resolved, isBesidePolicy: isBesidePolicy)
    default: return "is a device, a pipe or a socket, and no file"
    }
  }
}

/// Why an output could not be written.
public struct OutputFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// In words.
  public let description: String
}

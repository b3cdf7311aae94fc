internal import ArgumentParser
internal import Foundation
internal import SystemPackage

/// The folder of a policy that is trained: free, empty, or one that holds a policy or a training already.
/// A training takes hours, so what could not be written at its end is refused at its beginning.
public struct PolicyOutput: Hashable, Sendable, CustomStringConvertible {
  /// The path, without links.
  public let path: String
  /// As it was given.
  public let description: String

  /// The path that a person named.
  ///
  /// - Throws: `ValidationError` with the reason.
  public init(_ argument: String) throws {
    description = argument
    func refusal(_ reason: String) -> ValidationError {
      ValidationError("\(argument) \(reason); choose another path")
    }
    var status = stat()
    guard stat(argument, &status) == 0 else {
      path = argument
      let reason = Errno(rawValue: errno)
      guard reason == .noSuchFileOrDirectory else {
        throw refusal("cannot be written to: \(reason)")
      }
      guard lstat(argument, &status) != 0 else { throw refusal("is a link to nothing") }
      return
    }
    path = OutputPath.resolved(argument) ?? argument
    guard status.st_mode & S_IFMT == S_IFDIR else {
      let kept =
        status.st_mode & S_IFMT == S_IFREG
        ? FileKind.reasonToKeep(file: path, isBesidePolicy: false) : nil
      throw refusal(kept ?? "is no folder")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let isOurs = names.contains("policy.json") || names.contains("checkpoint")
    if !isOurs, let reason = FileKind.reasonToKeep(folder: path) { throw refusal(reason) }
    guard names.isEmpty || isOurs else { throw refusal("holds something that is no policy") }
  }
}

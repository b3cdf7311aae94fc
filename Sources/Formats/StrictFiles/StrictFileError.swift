/// Why a file that a person may have written is refused: the place, and one sentence.
public struct StrictFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named.
  public var path: String
  /// The line, from 1; nil where the file as a whole is meant.
  public var line: Int?
  /// What is wrong there, and where possible what is right.
  public var reason: String

  /// - Parameters:
  ///   - path: The file, as it was named.
  ///   - line: The line, from 1; nil where the file as a whole is meant.
  ///   - reason: What is wrong there.
  public init(path: String, line: Int?, reason: String) {
    self.path = path
    self.line = line
    self.reason = reason
  }

  /// `path:line: reason`, as compilers write it, so that editors find the place.
  public var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + reason }
}

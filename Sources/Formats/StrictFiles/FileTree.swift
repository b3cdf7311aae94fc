public import Foundation

/// A file that a person may have written, read whole, before it is given a type. Keys that come twice,
/// bytes that are no text and structures that are made to exhaust a reader are refused already.
public struct FileTree: Hashable, Sendable {
  /// How the file is written.
  public enum Format: Hashable, Sendable {
    /// YAML 1.1 without anchors, aliases and several documents.
    case yaml
    /// JSON as RFC 8259 has it.
    case json
  }

  /// The file, as it was named.
  public let path: String
  let root: FileValue

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: How it is written.
  /// - Throws: `StrictFileError`.
  public init(path: String, format: Format) throws(StrictFileError) {
    try self.init(TextFile.data(path), path: path, format: format)
  }

  /// Takes what was read already.
  ///
  /// - Parameters:
  ///   - data: The file's bytes.
  ///   - path: Where they are from, for errors.
  ///   - format: How they are written.
  /// - Throws: `StrictFileError`.
  public init(_ data: Data, path: String, format: Format) throws(StrictFileError) {
    self.path = path
    let text = try TextFile.text(of: data, path)
    switch format {
    case .yaml: root = try YAMLText(text, path: path).parsed()
    case .json:
      var reader = JSONText(text, path: path)
      root = try reader.parsed()
    }
    if let (first, second) = root.duplicate {
      throw Self.twice(second.key, first: first.line, second: second.line, path)
    }
  }

  static func twice(_ key: String, first: Int, second: Int?, _ path: String) -> StrictFileError {
    StrictFileError(
      path: path, line: second ?? first,
      reason: "the key \(key.debugDescription) is there twice"
        + (second == nil ? "" : ", first in line \(first)"))
  }

  /// An error at a place of this file.
  ///
  /// - Parameters:
  ///   - place: Keys from the outermost, joined by dots; lists count from 1. Where it is not in the
  ///     file, the line is that of the nearest group around it.
  ///   - reason: What is wrong there.
  /// - Returns: The error with its line.
  public func fault(at place: String, _ reason: String) -> StrictFileError {
    var value = root
    var line = root.line
    for part in place.split(separator: ".") {
      if let entry = value.entry(String(part)) {
        (value, line) = (entry.value, entry.line)
      } else if let list = value.list, let number = Int(part), number > 0,
        list.indices.contains(number - 1)
      {
        value = list[number - 1]
        line = value.line
      } else {
        break
      }
    }
    return StrictFileError(path: path, line: line, reason: reason)
  }
}

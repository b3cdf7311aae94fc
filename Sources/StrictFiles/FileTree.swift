public import Foundation
internal import PlainErrors

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

  /// The most bytes that such a file may have. Our own have less than 20 kB.
  public static let mostBytes = 1 << 20

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
    var status = stat()
    let data: Data
    do {
      // Reading a pipe or a device might never end.
      if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG,
        status.st_mode & S_IFMT != S_IFDIR
      {
        throw StrictFileError(path: path, line: nil, reason: "it is a device, a pipe or a socket")
      }
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? handle.close() }
      data = try handle.read(upToCount: Self.mostBytes + 1) ?? Data()
    } catch let error as StrictFileError {
      throw error
    } catch {
      throw StrictFileError(path: path, line: nil, reason: PlainError.reason(error))
    }
    try self.init(data, path: path, format: format)
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
    let text = try Self.text(of: data, path)
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

  private static func text(of data: Data, _ path: String) throws(StrictFileError) -> String {
    func line(before index: Data.Index) -> Int {
      1 + data[..<index].reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    }
    guard data.count <= mostBytes else {
      throw StrictFileError(
        path: path, line: nil,
        reason: "it is larger than \(mostBytes / 1024) KiB, which no such file needs")
    }
    let control = data.firstIndex {
      ($0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D) || $0 == 0x7F
    }
    if let control {
      let code = String(data[control], radix: 16)
      throw StrictFileError(
        path: path, line: line(before: control),
        reason: "there is a byte that no text has (0x\(code.count < 2 ? "0" : "")\(code)); "
          + "the file must be UTF-8 text")
    }
    if let text = String(validating: data, as: UTF8.self) {
      return text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
    }
    // The longest beginning that is text ends where the fault is.
    var lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    var number = 1
    while let first = lines.popFirst(), String(validating: first, as: UTF8.self) != nil {
      number += 1
    }
    throw StrictFileError(path: path, line: number, reason: "the text is not UTF-8")
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
      } else if let list = value.list, let number = Int(part), list.indices.contains(number - 1) {
        value = list[number - 1]
        line = value.line
      } else {
        break
      }
    }
    return StrictFileError(path: path, line: line, reason: reason)
  }
}

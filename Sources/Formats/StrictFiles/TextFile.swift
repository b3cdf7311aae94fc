internal import Foundation
internal import PlainErrors

/// Text files that a person may have written, read in bounded time and memory.
public enum TextFile {
  /// The most bytes that such a file may have. Our own have less than 20 kB.
  public static let mostBytes = 1 << 20

  /// Reads a file.
  ///
  /// - Parameter path: The file.
  /// - Returns: Its text.
  /// - Throws: `StrictFileError` where it is no file, no UTF-8 text, or too large.
  public static func read(_ path: String) throws(StrictFileError) -> String {
    try text(of: data(path), path)
  }

  static func data(_ path: String) throws(StrictFileError) -> Data {
    var status = stat()
    do {
      // Reading a pipe or a device might never end.
      if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG,
        status.st_mode & S_IFMT != S_IFDIR
      {
        throw StrictFileError(path: path, line: nil, reason: "it is a device, a pipe or a socket")
      }
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? handle.close() }
      return try handle.read(upToCount: mostBytes + 1) ?? Data()
    } catch let error as StrictFileError {
      throw error
    } catch {
      throw StrictFileError(path: path, line: nil, reason: PlainError.reason(error))
    }
  }

  static func text(of data: Data, _ path: String) throws(StrictFileError) -> String {
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
}

import Foundation
import Synchronization

/// Lines for people go to standard error, results to standard output: scripts read the latter.
enum Terminal {
  /// Whether people watch standard error.
  static var isInteractive: Bool { log == nil && isatty(2) == 1 }

  private static let diversion = Mutex<FileHandle?>(nil)

  /// Where lines for people go while a console has the terminal; nil for standard error.
  static var log: FileHandle? { diversion.withLock { $0 } }

  /// Lets lines for people go into a file, those of child processes too, until `undivert()`.
  static func divert(to path: String) throws {
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    diversion.withLock { $0 = handle }
  }

  /// Lines for people go to standard error again.
  static func undivert() { diversion.withLock { $0 = nil } }

  /// A line for people.
  static func say(_ line: String) {
    write(log?.fileDescriptor ?? 2, (isInteractive ? "\r\u{1B}[K" : "") + line + "\n")
  }

  /// A line that the next one replaces; only where people watch.
  static func progress(_ line: String) {
    guard isInteractive else { return }
    write(2, "\r\u{1B}[K" + String(line.prefix(width - 1)))
  }

  /// A result.
  static func result(_ text: String) { write(1, text + "\n") }

  /// A result for scripts.
  static func result(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// The time of day, for lines of a log.
  static var clock: String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
  }

  private static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
  }

  private static func write(_ descriptor: Int32, _ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      // Nobody reads any more: there is nobody to tell.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

/// Numbers as people read them.
enum Wording {
  /// 1.4 MB
  static func bytes(_ count: Int) -> String {
    count < 1_000_000
      ? String(format: "%.0f kB", Double(count) / 1e3)
      : String(format: "%.1f MB", Double(count) / 1e6)
  }

  /// 2.50
  static func decimal(_ value: Double, places: Int) -> String {
    String(format: "%.*f", places, value)
  }

  /// 3.1 %
  static func share(_ part: Int, of whole: Int) -> String {
    whole == 0 ? "–" : String(format: "%.1f %%", 100 * Double(part) / Double(whole))
  }

  /// Columns of text, padded; numbers stay as they are.
  static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }.joined(separator: "  ").replacing(/\s+$/, with: "")
    }.joined(separator: "\n")
  }
}

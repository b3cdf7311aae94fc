public import Foundation
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Lines for people go to standard error, results to standard output: scripts read the latter.
///
/// Whatever reaches either is made harmless (`HarmlessText`). A result that cannot be written is noted,
/// and `ProcessShell` ends the program with a message and an error. Lines of a service are written in
/// the background, and dropped where no one reads them.
public enum Terminal {
  private struct State {
    var log: FileHandle?
    var writer: LogWriter?
    var failure: Errno?
  }

  private static let state = Mutex(State())

  /// Whether people watch standard error.
  public static var isInteractive: Bool { log == nil && isatty(2) == 1 }

  /// Where lines for people go while a console has the terminal; nil for standard error.
  public static var log: FileHandle? { state.withLock { $0.log } }

  /// Why a result could not be written, the first time; nil where all were.
  public static var resultFailure: String? {
    state.withLock { $0.failure }.map { "standard output: \($0)" }
  }

  /// Whether results can still be written: none failed, and whoever reads them is there.
  public static var areResultsRead: Bool {
    guard state.withLock({ $0.failure }) == nil else { return false }
    var request = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
    guard poll(&request, 1, 0) > 0 else { return true }
    return request.revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0
  }

  /// Lines for people that were dropped because no one read them.
  public static var droppedLines: Int { state.withLock { $0.writer }?.dropped ?? 0 }

  /// Lets lines for people go into a file, those of child processes too, until `undivert()`.
  ///
  /// - Throws: `Errno` when the file cannot be opened.
  public static func divert(to path: String) throws {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    let handle = FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: true)
    state.withLock { $0.log = handle }
  }

  /// Lines for people go to standard error again.
  public static func undivert() {
    flush()
    state.withLock { $0.log = nil }
  }

  /// A line for people.
  public static func say(_ line: String) {
    let text = HarmlessText.line(line) + "\n"
    write((isInteractive ? "\r\u{1B}[K" : "") + text)
  }

  /// Several lines for people, as help has them.
  static func explain(_ text: String) { write(HarmlessText.lines(text) + "\n") }

  /// A line that the next one replaces; only where people watch.
  public static func progress(_ line: String) {
    guard isInteractive else { return }
    write("\r\u{1B}[K" + String(HarmlessText.line(line).prefix(width - 1)))
  }

  /// A question to whoever sits at the terminal, without a line break.
  public static func ask(_ question: String) {
    _ = Descriptor.write(HarmlessText.line(question), to: 2)
  }

  /// A result of one line. Line breaks at its ends set it apart; others count as written by others.
  public static func result(_ text: String) {
    let inner = text.drop { $0 == "\n" }
    let end = inner.reversed().prefix { $0 == "\n" }.count
    let (before, after) = (text.count - inner.count, end)
    let line = HarmlessText.line(String(inner.dropLast(end)))
    writeResult(
      String(repeating: "\n", count: before) + line + String(repeating: "\n", count: after + 1))
  }

  /// A result of several lines.
  public static func result(_ block: TextBlock) { writeResult(block.description + "\n") }

  /// A result for scripts.
  public static func result(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    writeResult(HarmlessText.json(text) + "\n")
  }

  /// The time of day, for lines of a log.
  public static var clock: String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
  }

  // MARK: - For the process shell

  /// From now on lines for people never hold this process up.
  static func beginService() {
    let writer = LogWriter { log?.fileDescriptor ?? 2 }
    state.withLock { $0.writer = writer }
  }

  /// Waits for lines that are still to be written.
  static func flush() { state.withLock { $0.writer }?.flush() }

  private static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
  }

  private static func write(_ text: String) {
    if let writer = state.withLock({ $0.writer }) {
      writer.offer(text)
    } else {
      // Where no one reads a line for people, no one can be told so.
      _ = Descriptor.write(text, to: log?.fileDescriptor ?? 2)
    }
  }

  private static func writeResult(_ text: String) {
    guard state.withLock({ $0.failure }) == nil else { return }
    guard let reason = Descriptor.write(text, to: 1) else { return }
    state.withLock { $0.failure = reason }
  }
}

import Foundation
import PolicyTraining
import Synchronization

/// Lines for people go to standard error, results to standard output.
enum Terminal {
  /// Whether people watch standard error.
  static var isInteractive: Bool { isatty(2) == 1 }

  /// A line for people.
  static func say(_ line: String) {
    write(2, (isInteractive ? "\r\u{1B}[K" : "") + line + "\n")
  }

  /// A line that the next one replaces.
  static func replace(_ line: String) { write(2, "\r\u{1B}[K" + String(line.prefix(width - 1))) }

  /// A result.
  static func result(_ text: String) { write(1, text + "\n") }

  /// A result for scripts.
  static func result(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  private static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
  }

  private static func write(_ descriptor: Int32, _ text: String) {
    FileHandle(fileDescriptor: descriptor).write(Data(text.utf8))
  }
}

/// Shows how far a training is: five times a second on a terminal, every ten seconds in a log.
final class ProgressDisplay: Sendable {
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  func show(_ progress: TrainingProgress) {
    let now = ContinuousClock().now
    let pause: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(10)
    let isDue = last.withLock { last in
      if let last, now - last < pause { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let line = Self.line(progress)
    if Terminal.isInteractive { Terminal.replace(line) } else { Terminal.say(line) }
  }

  private static func line(_ progress: TrainingProgress) -> String {
    var parts = [
      progress.stage?.rawValue ?? "reading", String(format: "%3.0f %%", 100 * progress.share),
      "\(progress.done) \(progress.unit)",
    ]
    if progress.rate > 0 { parts.append(String(format: "%.1f/s", progress.rate)) }
    if let left = progress.secondsLeft, left.isFinite { parts.append(duration(left) + " left") }
    for (name, value) in progress.losses.sorted(by: { $0.key < $1.key }) {
      parts.append(name + String(format: " %.3f", value))
    }
    return parts.joined(separator: "  ")
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e7).rounded())
    return whole < 60
      ? "\(whole) s"
      : whole < 3_600
        ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3_600) h \(whole / 60 % 60) min"
  }
}

/// Whether something has happened; for any thread.
final class Signal: Sendable {
  private let value = Mutex(false)

  /// Whether it has.
  var isSet: Bool { value.withLock { $0 } }

  /// It has.
  func set() { value.withLock { $0 = true } }
}

/// Notes that somebody pressed Ctrl-C or sent SIGTERM. A second signal ends the program at once.
final class Interruption {
  /// Set when it happened.
  let flag = Signal()
  private let sources: [any DispatchSourceSignal]

  /// Begins to listen.
  init() {
    sources = [SIGINT, SIGTERM].map { [flag] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in
        signal(number, SIG_DFL)
        flag.set()
        Terminal.say("stopping after this step; once more ends at once")
      }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}

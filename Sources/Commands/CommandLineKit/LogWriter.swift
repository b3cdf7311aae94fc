internal import Foundation
internal import Synchronization

/// Lines of a service for people, written by a thread of their own: a reader who reads nothing, or has
/// gone, never holds the service up. Lines that find no room are dropped and counted.
final class LogWriter: Sendable {
  /// Bytes that wait at most.
  static let limit = 1 << 20

  private struct State {
    var lines: [String] = []
    var bytes = 0
    var isWriting = false
    /// Lines that were dropped since the last one that was written.
    var missing = 0
    var dropped = 0
  }

  private let state = Mutex(State())
  private let wakeup = DispatchSemaphore(value: 0)
  private let target: @Sendable () -> Int32

  /// A writer to the descriptor that `target` names when a line is written.
  init(target: @escaping @Sendable () -> Int32) {
    self.target = target
    Thread { [self] in while true { writeNext() } }.start()
  }

  /// Lines that were dropped.
  var dropped: Int { state.withLock { $0.dropped } }

  /// Takes a line, which ends with a line break, unless too many bytes wait already.
  func offer(_ line: String) {
    let isTaken = state.withLock { state in
      guard state.bytes + line.utf8.count <= Self.limit else {
        state.missing += 1
        state.dropped += 1
        return false
      }
      if state.missing > 0 { state.lines.append("(\(state.missing) lines were dropped here)\n") }
      state.missing = 0
      state.lines.append(line)
      state.bytes += line.utf8.count
      return true
    }
    if isTaken { wakeup.signal() }
  }

  /// Waits until all is written, for a second at most: whoever reads nothing shall not keep a
  /// service from ending.
  func flush() {
    let deadline = DispatchTime.now() + .seconds(1)
    while DispatchTime.now() < deadline {
      if state.withLock({ $0.lines.isEmpty && !$0.isWriting }) { return }
      usleep(2_000)
    }
  }

  private func writeNext() {
    wakeup.wait()
    let lines = state.withLock { state in
      defer { (state.lines, state.bytes) = ([], 0) }
      state.isWriting = !state.lines.isEmpty
      return state.lines
    }
    var lost = 0
    for line in lines where Descriptor.write(line, to: target()) != nil { lost += 1 }
    state.withLock { state in
      state.isWriting = false
      state.missing += lost
      state.dropped += lost
    }
  }
}

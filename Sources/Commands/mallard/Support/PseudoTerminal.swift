import Foundation
import Synchronization

/// A terminal that no person sits at: a program draws on it and reads keys from it as from a real
/// one, and this process is the hand and the eye.
final class PseudoTerminal: Sendable {
  private let master: Int32
  private let drawn = Mutex(0)
  /// The program's side.
  let programSide: FileHandle

  /// A terminal of this size.
  ///
  /// - Throws: `PseudoTerminalError` when the system has no pseudo-terminal left.
  init(columns: UInt16, rows: UInt16) throws {
    var (hand, side): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&hand, &side, nil, nil, &size) == 0 else {
      throw PseudoTerminalError(reason: String(cString: strerror(errno)))
    }
    master = hand
    programSide = FileHandle(fileDescriptor: side, closeOnDealloc: true)
    // What no one reads would soon stop the program that draws it.
    Thread { [self] in
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(master, &buffer, buffer.count)
        guard count > 0 else { return }
        drawn.withLock { $0 += count }
      }
    }.start()
  }

  /// Presses keys, as the bytes that a terminal sends for them.
  func press(_ keys: String) {
    _ = keys.utf8CString.withUnsafeBytes { write(master, $0.baseAddress, $0.count - 1) }
  }

  /// Bytes that the program has drawn so far.
  var drawnBytes: Int { drawn.withLock { $0 } }
}

/// Why there is no pseudo-terminal.
struct PseudoTerminalError: Error, CustomStringConvertible {
  let reason: String

  /// What happened.
  var description: String { "no pseudo-terminal is to be had: \(reason)" }
}

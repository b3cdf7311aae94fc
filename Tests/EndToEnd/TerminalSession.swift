import Foundation
import MallardTesting
import Testing

/// A terminal of tmux's in which a program runs: keys go in, and its screen can be read.
final class TerminalSession {
  private let server = "mallard-\(UInt32.random(in: 0 ... .max))"

  /// Starts `command`, a line for the shell, in a terminal of this size.
  init(_ command: String, columns: Int = 120, rows: Int = 40) throws {
    try tmux(
      "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", command)
  }

  deinit { _ = try? tmux("kill-server") }

  /// Presses keys, by tmux's names of them.
  func press(_ keys: String...) throws { try tmux(["send-keys"] + keys) }

  /// Types text that a terminal marks as pasted.
  func paste(_ text: String) throws {
    try tmux("set-buffer", text)
    try tmux("paste-buffer", "-p")
  }

  /// Another size.
  func resize(columns: Int, rows: Int) throws {
    try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
  }

  /// What is on the screen; empty when the terminal is gone.
  var screen: String { (try? tmux("capture-pane", "-p")) ?? "" }

  @discardableResult
  private func tmux(_ arguments: String...) throws -> String { try tmux(arguments) }

  /// Runs tmux and gives what it prints. Not with Foundation's `Process`: that knows the end of a
  /// program by a descriptor which tmux's server would inherit and keep.
  @discardableResult
  private func tmux(_ arguments: [String]) throws -> String {
    let output = NSTemporaryDirectory() + server
    defer { unlink(output) }
    let process = SpawnedProcess(URL(filePath: "/usr/bin/env"), ["tmux", "-L", server] + arguments)
    process.environment.merge(["LC_ALL": "C.UTF-8", "TERM": "xterm-256color"]) { $1 }
    process.output = output
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TerminalSessionError.ended(arguments) }
    return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
  }
}

/// A terminal that is no longer there.
enum TerminalSessionError: Error {
  case ended([String])
}

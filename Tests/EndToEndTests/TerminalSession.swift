import Foundation
import Testing

/// A terminal of tmux's in which a program runs: keys go in, and its screen can be read.
final class TerminalSession {
  private let server = "mallard-\(UInt32.random(in: 0 ... .max))"

  /// Starts `command`, a line for the shell, in a terminal of this size.
  init(_ command: String, columns: Int = 120, rows: Int = 40) throws {
    try tmux(
      ["-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", command],
      // The server lives on with what it is given here: a pipe would never end.
      output: FileHandle.nullDevice)
  }

  deinit { try? tmux(["kill-server"], output: FileHandle.nullDevice) }

  /// Presses keys, by tmux's names of them.
  func press(_ keys: String...) throws {
    try tmux(["send-keys"] + keys, output: FileHandle.nullDevice)
  }

  /// Types text that a terminal marks as pasted.
  func paste(_ text: String) throws {
    try tmux(["set-buffer", text], output: FileHandle.nullDevice)
    try tmux(["paste-buffer", "-p"], output: FileHandle.nullDevice)
  }

  /// Another size.
  func resize(columns: Int, rows: Int) throws {
    try tmux(
      ["resize-window", "-x", "\(columns)", "-y", "\(rows)"], output: FileHandle.nullDevice)
  }

  /// What is on the screen; empty when the program has ended.
  var screen: String {
    let pipe = Pipe()
    guard (try? tmux(["capture-pane", "-p"], output: pipe)) != nil else { return "" }
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  private func tmux(_ arguments: [String], output: Any) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["tmux", "-L", server] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
    ]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TerminalSessionError.ended(arguments) }
  }
}

/// A terminal that is no longer there.
enum TerminalSessionError: Error { case ended([String]) }

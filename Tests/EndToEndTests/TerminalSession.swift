import Foundation
import Testing

/// A program in a real terminal: tmux draws the screen, and its keys are pressed from outside.
final class TerminalSession {
  private let socket: String

  /// Starts a shell command in a terminal of this size; nil where tmux is not installed.
  init?(_ command: String, columns: Int, rows: Int, folder: String) throws {
    socket = folder + "/tmux"
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux") else { return nil }
    _ = try run([
      "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", command,
    ])
  }

  deinit { _ = try? run(["kill-server"]) }

  /// Presses keys, as tmux names them: `w`, `Enter`, `Tab`, `Space`.
  func press(_ keys: [String]) throws { _ = try run(["send-keys"] + keys) }

  /// Pastes text, as a terminal does that marks what is pasted.
  func paste(_ text: String) throws {
    _ = try run(["set-buffer", text])
    _ = try run(["paste-buffer", "-p"])
  }

  /// Another size of the window.
  func resize(columns: Int, rows: Int) throws {
    _ = try run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
  }

  /// What is on the screen.
  func screen() -> String { (try? run(["capture-pane", "-p"])) ?? "" }

  /// Whether the program still runs.
  var isRunning: Bool { (try? run(["has-session"])) != nil }

  private func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/tmux")
    process.arguments = ["-S", socket, "-u"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CancellationError() }
    return String(decoding: data, as: UTF8.self)
  }
}

import Foundation
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
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    for descriptor in 3..<Int32(256) { posix_spawn_file_actions_addclose(&actions, descriptor) }
    // Test threads block signals; a terminal that is told of its new size must not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let environment = ProcessInfo.processInfo.environment.merging([
      "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
    ]) { $1 }
    var words = (["tmux", "-L", server] + arguments).map { strdup($0) } + [nil]
    var settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, "tmux", &actions, &attributes, &words, &settings) == 0 else {
      throw TerminalSessionError.noTmux
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw TerminalSessionError.ended(arguments) }
    return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
  }
}

/// A terminal that is no longer there.
enum TerminalSessionError: Error {
  case noTmux
  case ended([String])
}

public import Foundation

/// A process of a test, whose end is told by the system alone.
///
/// Foundation's `Process` takes a process for ended when a socket closes that it inherited. Tests run
/// beside one another: what another test starts in the same moment inherits that socket too, and a test
/// then waits for a stranger, for ever if need be. Here nothing but the three standard streams is
/// inherited.
public final class SpawnedProcess {
  /// What it runs.
  public var executable: URL
  /// Its arguments, without its name.
  public var arguments: [String]
  /// Its environment; this process's by default.
  public var environment = ProcessInfo.processInfo.environment
  /// Where it runs; where this process does, by default.
  public var directory: URL?
  /// The file that it reads; nothing by default.
  public var input = "/dev/null"
  /// The file that what it says is appended to.
  public var output = "/dev/null"
  /// The file that what it complains of is appended to.
  public var errors = "/dev/null"

  /// Its number; 0 before it runs.
  public private(set) var processIdentifier: pid_t = 0
  private var status: Int32?

  /// A process that does not run yet.
  public init(_ executable: URL, _ arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// The system refused to start it.
  public struct Refusal: Error, CustomStringConvertible {
    /// What, and why.
    public let description: String
  }

  /// Starts it.
  public func run() throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    for (descriptor, path) in [(Int32(1), output), (2, errors)] {
      posix_spawn_file_actions_addopen(
        &actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    for descriptor in 3..<Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 4_096)) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Threads of tests block signals; what they start must not.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let moving = directory.map { ["/usr/bin/env", "-C", $0.path] } ?? []
    let command = moving + [executable.path] + arguments
    var words = command.map { strdup($0) } + [nil]
    var settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    let code = posix_spawn(
      &processIdentifier, command[0], &actions, &attributes, &words, &settings)
    guard code == 0 else {
      processIdentifier = 0
      throw Refusal(description: "\(command[0]): \(String(cString: strerror(code)))")
    }
  }

  /// Whether it has not ended.
  public var isRunning: Bool {
    guard processIdentifier > 0, status == nil else { return false }
    var found: Int32 = 0
    switch waitpid(processIdentifier, &found, WNOHANG) {
    case 0: return true
    case processIdentifier: status = found
    default:
      // Interrupted, or gone without a trace: an end that can no longer be told.
      if errno == EINTR { return true }
      status = 0xFF00
    }
    return false
  }

  /// Waits for its end; kills it when that takes longer than `seconds`.
  public func waitUntilExit(_ seconds: Double = 600) {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while isRunning {
      if Date() > deadline { send(SIGKILL) }
      usleep(5_000)
    }
  }

  /// Sends it a signal, unless it has ended.
  public func send(_ signal: Int32) {
    if isRunning { kill(processIdentifier, signal) }
  }

  /// Asks it to end.
  public func terminate() { send(SIGTERM) }

  /// The signal that ended it; nil where it ended by itself, or runs.
  public var endingSignal: Int32? {
    status.flatMap { $0 & 0x7F == 0 ? nil : $0 & 0x7F }
  }

  /// Its exit code; 128 and the signal where one ended it, as a shell has it; -1 while it runs.
  public var terminationStatus: Int32 {
    guard let status else { return -1 }
    return endingSignal.map { 128 + $0 } ?? (status >> 8) & 0xFF
  }
}

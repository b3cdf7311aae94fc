import CommandLineKit
import Foundation
import Synchronization

/// A part of the fleet that runs as a process of its own: this program with other arguments.
final class ChildProcess: Sendable {
  /// What people call it.
  let name: String
  private let arguments: [String]
  private let capturesOutput: Bool
  private let state = Mutex<(process: Process?, input: Pipe?, output: Pipe?)>((nil, nil, nil))

  init(name: String, arguments: [String], capturesOutput: Bool = false) {
    self.name = name
    self.arguments = arguments
    self.capturesOutput = capturesOutput
  }

  /// Starts the process, the first time or again.
  func start() throws {
    let process = Process()
    process.executableURL = URL(filePath: Places.executable)
    process.arguments = arguments
    // The child ends when this pipe closes: also when this process is killed.
    let input = Pipe()
    process.standardInput = input
    let output = capturesOutput ? Pipe() : nil
    if let output { process.standardOutput = output }
    if let log = Terminal.log { process.standardError = log }
    try process.run()
    state.withLock { $0 = (process, input, output) }
  }

  /// Whether it runs.
  var isRunning: Bool { state.withLock { $0.process?.isRunning ?? false } }

  /// How it ended: its exit code, or nil when a signal killed it.
  var exitCode: Int32? {
    state.withLock { state in
      guard let process = state.process, !process.isRunning,
        process.terminationReason == .exit
      else { return nil }
      return process.terminationStatus
    }
  }

  /// What it wrote to standard output, once it has ended.
  func readOutput() -> Data {
    guard let output = state.withLock({ $0.output }) else { return Data() }
    return output.fileHandleForReading.readDataToEndOfFile()
  }

  /// Asks all to end at once, waits for at most `patience` seconds, and then kills the rest.
  static func stop(_ children: [ChildProcess], patience: Double) {
    DispatchQueue.concurrentPerform(iterations: children.count) {
      children[$0].stop(patience: patience)
    }
  }

  /// Asks it to end, waits for at most `patience` seconds, and then kills it.
  func stop(patience: Double) {
    guard let process = state.withLock({ $0.process }), process.isRunning else { return }
    process.terminate()
    let deadline = Date(timeIntervalSinceNow: patience)
    while process.isRunning, Date() < deadline { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}

public import Foundation
internal import Glibc
internal import Synchronization

/// A part of the fleet that runs as a process of its own: a program with arguments.
public final class ChildProcess: SupervisedProcess {
  /// What people call it.
  public let name: String
  private let program: String
  private let arguments: [String]
  private let capturesOutput: Bool
  private let errors: @Sendable () -> FileHandle?
  private let state = Mutex<(process: Process?, input: Pipe?, output: OutputLines?)>(
    (nil, nil, nil))

  /// A process that was not started yet.
  ///
  /// - Parameters:
  ///   - name: What people call it.
  ///   - program: Its file.
  ///   - arguments: What it is started with.
  ///   - capturesOutput: Whether `takeLines` and `readOutput` get its standard output.
  ///   - errors: Where its standard error goes, asked at each start; nil for this process's own.
  public init(
    name: String, program: String, arguments: [String], capturesOutput: Bool = false,
    errors: @escaping @Sendable () -> FileHandle? = { nil }
  ) {
    self.name = name
    self.program = program
    self.arguments = arguments
    self.capturesOutput = capturesOutput
    self.errors = errors
  }

  /// Starts the process, the first time or again.
  ///
  /// - Throws: `CocoaError` where the program is not there.
  public func start() throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    // The child ends when this pipe closes: also when this process is killed.
    let input = Pipe()
    process.standardInput = input
    let output = capturesOutput ? Pipe() : nil
    if let output { process.standardOutput = output }
    if let errors = errors() { process.standardError = errors }
    try process.run()
    let lines = output.map { OutputLines($0.fileHandleForReading) }
    state.withLock { $0 = (process, input, lines) }
  }

  /// Whether it runs.
  public var isRunning: Bool { state.withLock { $0.process?.isRunning ?? false } }

  /// How it ended: its exit code, or nil when a signal killed it.
  public var exitCode: Int32? {
    state.withLock { state in
      guard let process = state.process, !process.isRunning,
        process.terminationReason == .exit
      else { return nil }
      return process.terminationStatus
    }
  }

  /// Whole lines that it wrote to standard output since the last call; after its end also the rest.
  public func takeLines() -> [String] {
    guard let output = state.withLock({ $0.output }) else { return [] }
    if !isRunning { output.waitForEnd() }
    return output.take()
  }

  /// All that it wrote to standard output, once it has ended.
  public func readOutput() -> Data { Data(takeLines().joined(separator: "\n").utf8) }

  /// Asks all to end at once, waits for at most `patience` seconds, and then kills the rest.
  public static func stop(_ children: [ChildProcess], patience: Double) {
    DispatchQueue.concurrentPerform(iterations: children.count) {
      children[$0].stop(patience: patience)
    }
  }

  /// Asks it to end, waits for at most `patience` seconds, and then kills it.
  public func stop(patience: Double) {
    guard let process = state.withLock({ $0.process }), process.isRunning else { return }
    process.terminate()
    let deadline = DispatchTime.now() + patience
    while process.isRunning, DispatchTime.now() < deadline { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}

/// The lines that a process writes, read as they come: a pipe that no one reads would soon hold the
/// process up.
private final class OutputLines: Sendable {
  private let text = Mutex<(bytes: [UInt8], isWhole: Bool)>(([], false))
  private let ended = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    let descriptor = handle.fileDescriptor
    Thread { [self] in
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        text.withLock { $0.bytes += buffer[..<count] }
      }
      text.withLock { $0.isWhole = true }
      withExtendedLifetime(handle) {}
      ended.signal()
    }.start()
  }

  /// Waits until nothing more can come; a grandchild that keeps the pipe open is not waited for.
  func waitForEnd() {
    if ended.wait(timeout: .now() + 2) == .success { ended.signal() }
  }

  func take() -> [String] {
    text.withLock { text in
      let end =
        text.isWhole ? text.bytes.count : (text.bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
      defer { text.bytes.removeFirst(end) }
      return String(decoding: text.bytes[..<end], as: UTF8.self).split(separator: "\n").map(
        String.init)
    }
  }
}

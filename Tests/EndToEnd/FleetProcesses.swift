import Foundation
import MallardTesting
import RobotData
import Testing
import Wire
import ZeroMQ

/// This checkout.
let checkout = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// The built program, of the tests' own configuration; `make test` builds it first.
#if DEBUG
  let program = checkout.appending(path: ".build/debug/mallard")
#else
  let program = checkout.appending(path: ".build/release/mallard")
#endif

/// A folder, an address and the processes of one test; all gone when it is over.
final class FleetProcesses {
  let folder: String
  let address: String
  let telemetry: String
  private var running: [SpawnedProcess] = []

  init() throws {
    folder = NSTemporaryDirectory() + "mallard-e2e-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    address = "ipc://\(folder)/fleet"
    telemetry = "ipc://\(folder)/status"
  }

  deinit {
    for process in running {
      process.send(SIGKILL)
      process.waitUntilExit()
    }
    try? FileManager.default.removeItem(atPath: folder)
  }

  var recording: String { folder + "/test.sqlite" }

  /// Starts `mallard` with these arguments; what it says goes into a file of this name.
  @discardableResult
  func start(_ name: String, _ arguments: [String]) throws -> SpawnedProcess {
    let process = SpawnedProcess(program, arguments)
    process.directory = checkout
    try adopt(process, log: name)
    return process
  }

  /// Starts a process, whose end is this test's.
  func adopt(_ process: SpawnedProcess, log name: String) throws {
    let log = folder + "/\(name).log"
    (process.output, process.errors) = (log, log)
    try process.run()
    running.append(process)
  }

  func startCoordinator(_ more: [String] = []) throws -> SpawnedProcess {
    try start(
      "coordinator",
      [
        "coordinator", "--address", address, "--telemetry", telemetry, "--recording", recording,
      ] + more)
  }

  func startRobot(_ name: String, _ more: [String] = []) throws -> SpawnedProcess {
    try start(name, ["robot", "--name", name, "--connect", address] + more)
  }

  func startOperator(_ name: String = "model") throws -> SpawnedProcess {
    try start(name, ["operator-model", "--name", name, "--connect", address])
  }

  func log(_ name: String) -> String {
    (try? String(contentsOfFile: folder + "/\(name).log", encoding: .utf8)) ?? ""
  }

  /// Waits until `condition` holds, at most `seconds`.
  func wait(
    _ seconds: Double = 60, for what: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
  ) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
      if try condition() { return }
      usleep(20_000)
    }
    let logs = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let texts = logs.filter { $0.hasSuffix(".log") }.map {
      "\($0):\n\(log(String($0.dropLast(4))))"
    }
    Issue.record(
      "no \(what) within \(seconds) s\n\(texts.joined(separator: "\n"))",
      sourceLocation: sourceLocation)
    throw CancellationError()
  }

  /// Asks a process to end in good order, and gives its exit code; kills it after 20 s.
  func stop(_ process: SpawnedProcess) -> Int32 {
    process.terminate()
    process.waitUntilExit(20)
    return process.terminationStatus
  }
}

import Clocks
import Foundation
import Numbers
import RobotData

/// What a console costs and how fast it is: a real coordinator, robots and console, each with its
/// own sockets, and a pseudo-terminal instead of a person.
struct ConsoleBench {
  /// What a bench of a console is told.
  struct Settings {
    var robots = 16
    var rate = 10.0
    var pixels = 96
    var seconds = 20.0
    var keys = 200
    var columns: UInt16 = 120
    var rows: UInt16 = 40
  }

  /// One part of the run.
  struct Phase: Encodable {
    var name: String
    var seconds: Double
    /// Processor time of the console, as a share of one core.
    var processorShare: Double
    /// What it drew, bytes in a second.
    var drawnBytesPerSecond: Double
  }

  /// What was measured.
  struct Result: Encodable {
    var robots: Int
    var rate: Double
    var phases: [Phase]
    /// The most memory that the console held, bytes.
    var peakBytes: Int
    /// From a key's bytes on the terminal to the command's arrival at the robot, s, sorted.
    var latencies: [Double]
    /// Keys after which no command came within the wait.
    var unanswered: Int

    /// The latency below which this share of the keys stayed, s; nil without keys.
    func latency(_ share: Double) -> Double? {
      guard !latencies.isEmpty else { return nil }
      return latencies[min(Int(saturating: share * Double(latencies.count)), latencies.count - 1)]
    }
  }

  private let settings: Settings
  private let folder: String
  private let progress: (String) -> Void
  private let isStopped: () -> Bool

  init(
    _ settings: Settings, progress: @escaping (String) -> Void, isStopped: @escaping () -> Bool
  ) throws {
    self.settings = settings
    self.progress = progress
    self.isStopped = isStopped
    folder = NSTemporaryDirectory() + "mallard-bench-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func run() throws -> Result {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let address = "tcp://127.0.0.1:\(Int.random(in: 20_000...29_999))"
    let coordinator = try start([
      "coordinator", "--address", address, "--telemetry", "none", "--recording",
      folder + "/bench.sqlite",
    ])
    defer { end(coordinator) }
    let fleet = BenchFleet()
    defer { fleet.stop() }
    try fleet.start(
      settings.robots, rate: settings.rate, pixels: settings.pixels, address: address)
    let terminal = try PseudoTerminal(columns: settings.columns, rows: settings.rows)
    let console = try start(
      ["console", "--name", "bench", "--connect", address], on: terminal)
    defer { end(console) }
    try pause(3)
    guard console.isRunning, coordinator.isRunning else {
      throw BenchFailure.ended(log("coordinator"))
    }
    var phases: [Phase] = []
    progress("fleet view")
    phases.append(try watch("fleet view", console, terminal))
    terminal.press("\r")
    try pause(1)
    progress("robot view, no one drives")
    phases.append(try watch("robot view", console, terminal))
    progress("driving")
    var latencies: [Double] = []
    var unanswered = 0
    phases.append(
      try phase("driving", console, terminal) {
        try drive(terminal, fleet, &latencies, &unanswered)
      })
    return Result(
      robots: settings.robots, rate: settings.rate, phases: phases,
      peakBytes: Self.peakBytes(console), latencies: latencies.sorted(), unanswered: unanswered)
  }

  // MARK: - Measuring

  private func watch(
    _ name: String, _ console: Process, _ terminal: PseudoTerminal
  ) throws -> Phase {
    try phase(name, console, terminal) { try pause(settings.seconds) }
  }

  private func phase(
    _ name: String, _ console: Process, _ terminal: PseudoTerminal, _ body: () throws -> Void
  ) rethrows -> Phase {
    let (began, used) = (SystemClock.now, Self.processorSeconds(console))
    let drawn = terminal.drawnBytes
    try body()
    let seconds = (SystemClock.now - began).inSeconds
    return Phase(
      name: name, seconds: seconds,
      processorShare: (Self.processorSeconds(console) - used) / seconds,
      drawnBytesPerSecond: Double(terminal.drawnBytes - drawn) / seconds)
  }

  /// Presses keys that drive the robot to and fro, at moments that no clock of the fleet knows.
  private func drive(
    _ terminal: PseudoTerminal, _ fleet: BenchFleet, _ latencies: inout [Double],
    _ unanswered: inout Int
  ) throws {
    for number in 0..<settings.keys {
      let isForward = number.isMultiple(of: 2)
      _ = fleet.takeArrivals()
      let pressed = SystemClock.now
      terminal.press(isForward ? "w" : "s")
      try pause(.random(in: 0.2...0.4))
      // The key before went the other way, so that this one's commands are known by their sign.
      let first = fleet.takeArrivals().first {
        let speed = $0.action.twist.linear.x
        return speed != 0 && (speed > 0) == isForward
      }
      if let first {
        latencies.append((first.at - pressed).inSeconds)
      } else {
        unanswered += 1
      }
    }
  }

  private func pause(_ seconds: Double) throws {
    let until = SystemClock.now + .saturating(seconds: seconds)
    while SystemClock.now < until {
      if isStopped() { throw BenchFailure.stopped }
      usleep(useconds_t(saturating: min(max((until - SystemClock.now).inSeconds, 0), 0.05) * 1e6))
    }
  }

  // MARK: - Processes

  private func start(_ arguments: [String], on terminal: PseudoTerminal? = nil) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: Places.executable)
    process.arguments = arguments
    let log = folder + "/\(arguments[0]).log"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let file = FileHandle(forWritingAtPath: log)
    process.standardInput = terminal?.programSide ?? FileHandle.nullDevice
    process.standardOutput = terminal?.programSide ?? file
    process.standardError = file
    if terminal != nil {
      var environment = ProcessInfo.processInfo.environment
      environment["TERM"] = "xterm-256color"
      environment["LC_ALL"] = "C.UTF-8"
      process.environment = environment
    }
    try process.run()
    return process
  }

  private func end(_ process: Process) {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  private func log(_ name: String) -> String {
    (try? String(contentsOfFile: folder + "/\(name).log", encoding: .utf8)) ?? ""
  }

  /// User and system time of all threads, s (proc(5), fields 14 and 15 of stat).
  private static func processorSeconds(_ process: Process) -> Double {
    let path = "/proc/\(process.processIdentifier)/stat"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    // The program's name may hold spaces; it ends with the last parenthesis.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return 0
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// The most resident memory so far, bytes (proc(5), VmHWM).
  private static func peakBytes(_ process: Process) -> Int {
    let path = "/proc/\(process.processIdentifier)/status"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 } ?? 0
  }
}

/// Why a bench has no result.
enum BenchFailure: Error, CustomStringConvertible {
  case stopped
  case ended(String)

  /// What happened, and what to do.
  var description: String {
    switch self {
    case .stopped: "stopped before it was done; nothing is reported"
    case .ended(let log): "a part of the fleet ended before anything was measured:\n\(log)"
    }
  }
}

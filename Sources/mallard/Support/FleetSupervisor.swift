import ArgumentParser
import Clocks
import CommandLineKit
import Foundation
import RobotData
import Wire
import ZeroMQ

/// Starts the parts of a fleet as processes, shows their progress, starts again what dies, and
/// stops all in an order in which nothing is lost: robots first, so that their last steps are
/// acknowledged, then operators, then the coordinator.
struct FleetSupervisor {
  /// How often each part is started again before the fleet is given up.
  static let restartLimit = 3

  let recording: String
  let episodes: Int?
  let duration: Double
  /// Who drives, for people.
  let driver: String
  let coordinatorArguments: [String]
  let robots: [ChildProcess]
  let operators: [ChildProcess]
  private var coordinator: ChildProcess
  private var restarts: [String: Int] = [:]
  private var status: FleetStatus?
  /// What coordinators that were killed had brought to an end.
  private var endedBefore = 0
  private var stepsBefore = 0
  private var lastLine = FleetInstant.origin

  init(
    recording: String, episodes: Int?, duration: Double, driver: String, coordinator: [String],
    robots: [(String, [String])], operators: [(String, [String])]
  ) {
    self.recording = recording
    self.episodes = episodes
    self.duration = duration
    self.driver = driver
    coordinatorArguments = coordinator
    self.robots = robots.map { ChildProcess(name: $0, arguments: $1) }
    self.operators = operators.map { ChildProcess(name: $0, arguments: $1) }
    self.coordinator = Self.makeCoordinator(coordinator, recording: recording, episodes: episodes)
  }

  private static func makeCoordinator(
    _ arguments: [String], recording: String, episodes: Int?
  ) -> ChildProcess {
    ChildProcess(
      name: "coordinator",
      arguments: arguments + ["--recording", recording]
        + (episodes.map { ["--episodes", "\($0)"] } ?? []),
      capturesOutput: true)
  }

  /// Runs until the episodes have ended, the time is over, or somebody posts to `stopping`.
  mutating func run(
    telemetry: String, stopping: Mailbox<Void>
  ) throws -> CoordinatorSummary {
    let began = SystemClock.now
    let context = try Context()
    let socket = try Socket(.sub, in: context)
    try socket.subscribe(to: Array("status".utf8))
    try socket.connect(telemetry)
    var poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(stopping.wakeup)
    try coordinator.start()
    for child in robots + operators { try child.start() }
    Terminal.say(
      "\(robots.count) simulated robots, \(operators.count) modelled operator(s), \(driver); "
        + "recording to \(recording); Ctrl-C stops all")
    defer { for child in robots + operators + [coordinator] { child.stop(patience: 1) } }
    while stopping.take().isEmpty {
      _ = try poller.wait(atMost: .milliseconds(100))
      while let message = try socket.receiveNow() { note(message.parts) }
      show(began)
      if !coordinator.isRunning {
        if coordinator.exitCode == 0 { break }
        try restartCoordinator()
      }
      for child in robots + operators where !child.isRunning { try restart(child) }
      if duration > 0, (SystemClock.now - began).inSeconds >= duration { break }
    }
    return try finish(began)
  }

  private mutating func note(_ parts: [[UInt8]]) {
    guard case .status(let status) = try? CoordinatorToConsole(frames: Array(parts.dropFirst()))
    else { return }
    self.status = status
  }

  // MARK: - What dies is started again

  private mutating func countRestart(of child: ChildProcess) throws {
    restarts[child.name, default: 0] += 1
    let reason = child.exitCode.map { "exit code \($0)" } ?? "a signal"
    guard restarts[child.name, default: 0] <= Self.restartLimit,
      child.exitCode.map({ $0 < 2 }) ?? true
    else {
      Terminal.say("\(child.name) ended (\(reason)); the fleet stops")
      throw ExitCode.failure
    }
    Terminal.say("\(child.name) ended (\(reason)) and is started again")
  }

  private mutating func restart(_ child: ChildProcess) throws {
    // Operators and robots that end while the last episode is written need not come back.
    guard coordinator.isRunning else { return }
    try countRestart(of: child)
    try child.start()
  }

  private mutating func restartCoordinator() throws {
    // An exit with an error comes with its reason, which starting again would not cure.
    if coordinator.exitCode != nil { throw ExitCode.failure }
    try countRestart(of: coordinator)
    endedBefore += (status?.successes ?? 0) + (status?.failures ?? 0)
    stepsBefore += status?.committedSteps ?? 0
    // Those in progress are continued; beyond them only what is still missing is begun.
    let open = status?.robots.count { $0.episode != nil } ?? 0
    let missing = episodes.map { max($0 - endedBefore - open, 0) }
    status = nil
    coordinator = Self.makeCoordinator(
      coordinatorArguments, recording: recording, episodes: missing)
    try coordinator.start()
  }

  // MARK: - Progress

  private mutating func show(_ began: FleetInstant) {
    let now = SystemClock.now
    let interval: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(5)
    guard now - lastLine >= interval, let status else { return }
    lastLine = now
    let ended = endedBefore + status.successes + status.failures
    let goal = episodes.map { "\(ended)/\($0)" } ?? "\(ended)"
    let states = status.robots.map { robot in
      switch robot.state {
      case .teleoperated: "\(robot.robot) ▶ \(robot.subtask?.name ?? "…") \(robot.step)"
      case .awaiting: "\(robot.robot) waits"
      case .assisted: "\(robot.robot) policy \(robot.step)"
      case .stopped: "\(robot.robot) STOPPED"
      case .idle: "\(robot.robot) idle"
      case .offline: "\(robot.robot) offline"
      }
    }
    let line =
      String(format: "%6.1f s  episodes ", (now - began).inSeconds) + goal
      + bar(ended) + "  steps \(stepsBefore + status.committedSteps)  "
      + states.joined(separator: " · ")
    if Terminal.isInteractive { Terminal.progress(line) } else { Terminal.say(line) }
  }

  private func bar(_ ended: Int) -> String {
    guard let episodes, episodes > 0 else { return "" }
    let filled = min(ended * 16 / episodes, 16)
    return " [" + String(repeating: "█", count: filled)
      + String(repeating: "·", count: 16 - filled) + "]"
  }

  // MARK: - The end

  private mutating func finish(_ began: FleetInstant) throws -> CoordinatorSummary {
    Terminal.progress("stopping…")
    ChildProcess.stop(robots, patience: 6)
    ChildProcess.stop(operators, patience: 2)
    coordinator.stop(patience: 10)
    Terminal.progress("")
    let output = coordinator.readOutput()
    guard var summary = try? JSONDecoder().decode(CoordinatorSummary.self, from: output) else {
      throw FleetFailure.noSummary(exitCode: coordinator.exitCode)
    }
    summary.seconds = (SystemClock.now - began).inSeconds
    summary.committedSteps += stepsBefore
    return summary
  }
}

/// Why a fleet has no summary.
enum FleetFailure: Error, CustomStringConvertible {
  case noSummary(exitCode: Int32?)

  var description: String {
    switch self {
    case .noSummary(let code):
      "the coordinator ended without a summary (\(code.map { "exit code \($0)" } ?? "killed")); "
        + "its recording is kept, see `mallard episodes list`"
    }
  }
}

import Clocks
import CommandLineKit
import FleetSupervisor
import Foundation
import RobotData
import Wire
import ZeroMQ

/// A fleet's processes with their progress, for people: what `mallard fleet` runs.
struct FleetRun {
  let recording: String
  let episodes: Int?
  let duration: Double
  /// Who drives, for people.
  let driver: String
  let telemetry: String
  let coordinator: ChildProcess
  let robots: [ChildProcess]
  let operators: [ChildProcess]

  /// Runs until the episodes have ended, the time is over, or `stopping` says so.
  ///
  /// - Throws: `FleetFailure`, `ZMQError`.
  func run(
    stopping: Mailbox<Void>, listening: @escaping () -> Void = {}
  ) throws -> CoordinatorSummary {
    let socket = try Socket(.sub, in: try Context())
    try socket.subscribe(to: Array("status".utf8))
    try socket.connect(telemetry)
    var poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(stopping.wakeup)
    var progress = FleetProgress(episodes: episodes)
    let began = SystemClock.now
    var supervisor = FleetSupervisor(
      coordinator: coordinator, robots: robots, operators: operators)
    Terminal.progress("starting the coordinator…")
    let summary = try supervisor.run(
      now: { SystemClock.now },
      pause: { session in
        _ = try? poller.wait(atMost: .milliseconds(100))
        while let message = try? socket.receiveNow() {
          progress.note(message.parts, of: session)
        }
        progress.show(SystemClock.now - began)
        let isOver = duration > 0 && (SystemClock.now - began).inSeconds >= duration
        return stopping.take().isEmpty && !isOver
      },
      tell: { news in
        tell(news)
        if case .listening = news { listening() }
      })
    Terminal.progress("")
    var result = try JSONDecoder().decode(CoordinatorSummary.self, from: Data(summary.utf8))
    result.seconds = (SystemClock.now - began).inSeconds
    return result
  }

  private func tell(_ news: FleetNews) {
    switch news {
    case .listening:
      Terminal.say(
        "\(robots.count) simulated robots, \(operators.count) modelled operator(s), \(driver); "
          + "recording to \(recording); Ctrl-C stops all")
    case .restarted(let name, let code):
      let reason = code.map { "exit code \($0)" } ?? "a signal"
      Terminal.say("\(name) ended (\(reason)) and is started again")
    case .stopping: Terminal.progress("stopping…")
    }
  }
}

/// The line that shows how far a fleet is.
struct FleetProgress {
  private let episodes: Int?
  private var status: FleetStatus?
  private var shown = Duration.zero

  /// Nothing was heard of the fleet yet; `episodes` are to be begun in all.
  init(episodes: Int?) { self.episodes = episodes }

  /// Takes in a status of the fleet's own coordinator; others at the same address are left.
  mutating func note(_ parts: [[UInt8]], of session: SessionID?) {
    guard case .status(let status) = try? CoordinatorToConsole(frames: Array(parts.dropFirst())),
      status.session == session
    else { return }
    self.status = status
  }

  /// Shows the line, where it is due after `elapsed`.
  mutating func show(_ elapsed: Duration) {
    let interval: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(5)
    guard elapsed - shown >= interval, let status else { return }
    shown = elapsed
    let ended = status.successes + status.failures
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
      String(format: "%6.1f s  episodes ", elapsed.inSeconds) + goal
      + bar(ended) + "  steps \(status.committedSteps)  "
      + states.joined(separator: " · ")
    if Terminal.isInteractive { Terminal.progress(line) } else { Terminal.say(line) }
  }

  private func bar(_ ended: Int) -> String {
    guard let episodes, episodes > 0 else { return "" }
    let filled = min(ended * 16 / episodes, 16)
    return " [" + String(repeating: "█", count: filled)
      + String(repeating: "·", count: 16 - filled) + "]"
  }
}

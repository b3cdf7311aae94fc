import CommandLineKit
import ConsoleScreen
import FleetSupervisor
import Foundation
import OperatorConsole
import RobotData
import Synchronization
import Wire
import ZeroMQ

/// A whole fleet with a person's console in one terminal: the console has the screen, and what the
/// parts of the fleet say goes into a file beside the recording.
struct FleetConsole {
  let fleet: FleetRun
  let fleetID: FleetID
  let address: String
  let name: OperatorID
  let look: ConsoleLookOptions

  /// Runs until the person leaves, or the fleet ends by itself.
  func run(stopping: Mailbox<Void>) throws -> CoordinatorSummary {
    var settings = ConsoleSettings(
      name: name, instance: .random(in: 1 ... .max), role: .operator, address: address)
    settings.bindings = try look.bindings()
    settings.fleet = fleetID
    let closing = try Mailbox<Void>()
    let log = fleet.recording + ".log"
    try Terminal.divert(to: log)
    let outcome = FleetOutcome()
    let listening = DispatchSemaphore(value: 0)
    let fleet = fleet
    Thread {
      outcome.set(
        Result { try fleet.run(stopping: stopping, listening: { listening.signal() }) })
      closing.post(())
      listening.signal()
    }.start()
    // A fleet that cannot start shows no console, and a console never talks to a stranger.
    listening.wait()
    if let ended = outcome.value {
      Terminal.undivert()
      return try ended.get()
    }
    // Whatever ends the console ends the fleet too.
    let shown = Result { try show(settings, closing) }
    stopping.post(())
    let summary = outcome.wait()
    Terminal.undivert()
    let (ending, lines) = try shown.get()
    for line in lines { Terminal.result(line) }
    if !ending.isEmpty { Terminal.say("the console ended: \(ending)") }
    Terminal.say("what the fleet's parts said is in \(log)")
    return try summary.get()
  }

  /// Runs the console.
  ///
  /// - Returns: Why it ended, empty when the person left; and what the session was, in lines.
  private func show(
    _ settings: ConsoleSettings, _ closing: Mailbox<Void>
  ) throws -> (ending: String, summary: [String]) {
    if look.plain {
      let console = try PlainOperatorConsole(
        settings, context: try Context(), security: .plain, stopping: closing,
        isRead: { Terminal.areResultsRead }
      ) { Terminal.result($0) }
      return (try console.run(), [])
    }
    let console = try OperatorConsole(
      settings, appearance: look.appearance, context: try Context(), security: .plain,
      stopping: closing)
    let ending = try console.run()
    return (ending, console.machine.summary(at: console.endedAt))
  }
}

/// How a fleet that runs in another thread ended.
private final class FleetOutcome: Sendable {
  private let result = Mutex<Result<CoordinatorSummary, any Error>?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  func set(_ result: Result<CoordinatorSummary, any Error>) {
    self.result.withLock { $0 = result }
    ended.signal()
  }

  /// How it ended; nil while it runs.
  var value: Result<CoordinatorSummary, any Error>? { result.withLock { $0 } }

  func wait() -> Result<CoordinatorSummary, any Error> {
    ended.wait()
    return result.withLock { $0 } ?? .failure(FleetFailure.noSummary(exitCode: nil))
  }
}

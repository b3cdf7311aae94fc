import CommandLineKit
import ConsoleScreen
import Foundation
import OperatorConsole
import RobotData
import Synchronization
import Wire
import ZeroMQ

/// A whole fleet with a person's console in one terminal: the console has the screen, and what the
/// parts of the fleet say goes into a file beside the recording.
struct FleetConsole {
  let supervisor: FleetSupervisor
  let telemetry: String
  let address: String
  let name: OperatorID
  let look: ConsoleLookOptions

  /// Runs until the person leaves, or the fleet ends by itself.
  func run(stopping: Mailbox<Void>) throws -> CoordinatorSummary {
    var settings = ConsoleSettings(
      name: name, instance: .random(in: 1 ... .max), role: .operator, address: address)
    settings.bindings = try look.bindings()
    let closing = try Mailbox<Void>()
    let console = try OperatorConsole(
      settings, appearance: look.appearance, context: try Context(), security: .plain,
      stopping: closing)
    let log = supervisor.recording + ".log"
    try Terminal.divert(to: log)
    let outcome = FleetOutcome()
    let (supervisor, telemetry) = (supervisor, telemetry)
    Thread {
      var supervisor = supervisor
      outcome.set(Result { try supervisor.run(telemetry: telemetry, stopping: stopping) })
      closing.post(())
    }.start()
    var failure: (any Error)?
    var ending = ""
    do { ending = try console.run() } catch { failure = error }
    stopping.post(())
    let summary = outcome.wait()
    Terminal.undivert()
    if let failure { throw failure }
    for line in console.machine.summary(at: console.endedAt) { Terminal.result(line) }
    if !ending.isEmpty { Terminal.say("the console ended: \(ending)") }
    Terminal.say("what the fleet's parts said is in \(log)")
    return try summary.get()
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

  func wait() -> Result<CoordinatorSummary, any Error> {
    ended.wait()
    return result.withLock { $0 } ?? .failure(FleetFailure.noSummary(exitCode: nil))
  }
}

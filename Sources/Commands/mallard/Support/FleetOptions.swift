public import ArgumentParser
import CommandLineKit
public import Fleet
import PlainErrors
public import RobotData
import ZeroMQ

extension ServiceStrategy: ExpressibleByArgument {}

/// The fleet's rules, as `coordinator` and `fleet` take them.
struct FleetOptions: ParsableArguments {
  @Option(
    help: "The recording. [default: a new file in Recordings/]", transform: RecordingOutput.init)
  var recording: RecordingOutput?

  @Option(
    help: ArgumentHelp(
      "Begin a new file (name-0002.sqlite) with the next episode once a file has grown beyond this: "
        + "500M, 2G. [default: one file]",
      valueName: "size"))
  var rotateSize: ByteCount?

  @Option(help: "Where robots and consoles connect.")
  var address = "tcp://127.0.0.1:7447"

  @Option(help: "Where viewers subscribe to the fleet's status; \"none\" for nowhere.")
  var telemetry = "tcp://127.0.0.1:7448"

  @Option(help: "Which waiting robot is served first.")
  var strategy = ServiceStrategy.firstCome

  @Option(help: "Episodes to begin in all. [default: no end]")
  var episodes: Int?

  @Option(help: "Steps under a person or the policy after which an episode ends as a failure.")
  var stepLimit = 1_000

  @Option(help: "Seed of the episodes' scenes.")
  var seed: UInt64 = 1

  @Flag(
    help: ArgumentHelp(
      "Whether robots keep to their control rate, or wait for each answer and go as fast as they "
        + "can.",
      discussion: "Lockstep needs simulated robots and a modelled operator."))
  var pacing: Pacing = .realTime

  func validate() throws {
    if let episodes, episodes < 0 {
      throw ValidationError("--episodes is \(episodes); 0 or more")
    }
    try EndpointAddress.check(address, option: "--address")
    if telemetry != "none" { try EndpointAddress.check(telemetry, option: "--telemetry") }
    guard address != telemetry else {
      throw ValidationError("--address and --telemetry are both \(address); each needs its own")
    }
    guard stepLimit > 0 else { throw ValidationError("--step-limit is \(stepLimit); 1 or more") }
  }
}

extension FleetOptions {
  /// The recording that was named, or a new one.
  func newOrNamedRecording() throws -> ReservedRecording {
    try recording.map { ReservedRecording(named: $0.path) } ?? ReservedRecording.new()
  }
}

extension FleetID: ExpressibleByArgument {
  /// 16 hexadecimal digits, not all zero.
  public init?(argument: String) { self.init(argument) }
}

extension EndpointAddress {
  /// Refuses an address that cannot be listened on or connected to, in the words of an option.
  static func check(_ text: String, option: String) throws {
    do { _ = try EndpointAddress(text) } catch {
      throw ValidationError("\(option): \(PlainError.sentence(error))")
    }
  }
}

/// How robots are paced.
enum Pacing: String, EnumerableFlag {
  case realTime
  case lockstep
}

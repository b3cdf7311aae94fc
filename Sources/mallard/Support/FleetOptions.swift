public import ArgumentParser
public import Fleet

extension ServiceStrategy: ExpressibleByArgument {}

/// The fleet's rules, as `coordinator` and `fleet` take them.
struct FleetOptions: ParsableArguments {
  @Option(help: "The recording. [default: a new file in Recordings/]")
  var recording: String?

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
    guard stepLimit > 0 else { throw ValidationError("--step-limit is \(stepLimit); 1 or more") }
  }
}

/// How robots are paced.
enum Pacing: String, EnumerableFlag {
  case realTime
  case lockstep
}

import ArgumentParser
import CommandLineKit
import EndpointLogic
import MuJoCoRobots
import RobotData
import RobotEndpoint
import RobotProfiles
import ZeroMQ

struct RobotCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "robot",
    abstract: "Run one robot: connect it to a coordinator and let it be driven.",
    discussion: """
      The profile says what drives the robot: a simulation, for which this command is all that \
      is needed, or a lab's own program (see Robots/python).

      The robot moves only while commands arrive: when they stop, it stops. Steps are kept until \
      the coordinator has them on disk; a link that breaks is made again by itself.

        mallard robot --name arm-1 --profile bench-arm --task kitchen-table
      """)

  @Option(help: "The robot's name, unique in its fleet.")
  var name = "arm-1"

  @Option(help: "The robot's profile: a folder in --robots-folder (see `mallard robots list`).")
  var profile = "bench-arm"

  @Option(help: "The task that the robot stands ready for.")
  var task = "stack"

  @Option(help: "The folder of profiles. [default: Robots]")
  var robotsFolder: String?

  @Option(
    help: ArgumentHelp(
      "Move the simulated hand besides what it is told: a drift of this many m/s (standard deviation), and "
        + "now and then a push three times as fast.",
      discussion: "For recordings that show how people answer it. 0.03 is much.",
      valueName: "m/s"))
  var disturbance = 0.0

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard (0...SimulatedRobot.greatestDisturbance).contains(disturbance) else {
      throw ValidationError(
        "--disturbance is \(disturbance); 0 to \(SimulatedRobot.greatestDisturbance) m/s are allowed"
      )
    }
  }

  func run() throws {
    let id = try RobotID(name)
    let profile = try RobotProfile.named(profile, in: robotsFolder ?? Places.robots)
    let body = try SimulatedRobot(
      profile: profile, task: task, disturbance: disturbance)
    let stopping = try Mailbox<String>()
    let interruption = Interruption(isSupervised: connection.supervised) {
      stopping.post("interrupted")
    }
    var configuration = EndpointConfiguration()
    configuration.fleet = connection.fleetId
    let endpoint = try RobotEndpoint(
      robot: id, body: body, address: connection.connect, context: try Context(),
      security: try connection.security(of: "robot/\(id)"), configuration: configuration,
      stopping: stopping
    ) { [isSupervised = connection.supervised] news in
      if isSupervised, news == .joined || news == .linkLost { return }
      if let text = Self.text(of: news) { Terminal.say("\(Terminal.clock) \(id): \(text)") }
    }
    if !connection.supervised {
      Terminal.say(
        "\(Terminal.clock) \(id): simulated \(profile.name), task \(task), connecting to "
          + "\(connection.connect); Ctrl-C stops it")
    }
    let result = try endpoint.run()
    withExtendedLifetime(interruption) {}
    try report(result, of: id)
  }

  private func report(_ result: EndpointResult, of id: RobotID) throws {
    if result.wasRefused {
      Terminal.say("\(id) was not let in: \(result.reason)")
      throw ExitCode(2)
    }
    if result.unacknowledgedSteps > 0 {
      Terminal.say(
        "\(id): \(result.unacknowledgedSteps) steps were never acknowledged by the coordinator")
    }
    if !connection.supervised {
      Terminal.say(
        "\(id): \(result.counters.steps) steps, "
          + PlainText.share(result.counters.lateSteps, of: result.counters.steps) + " began late")
    }
  }

  private static func text(of news: EndpointNews) -> String? {
    switch news {
    case .joined: "joined the fleet"
    case .linkLost: "lost the coordinator; holds, and tries again"
    case .episodeStarted, .episodeEnded, .commanded: nil
    case .stopped(let reason): "stopped: \(reason)"
    case .fault(let text): "FAULT: \(text)"
    case .malformedMessage(let text): "dropped a message: \(text)"
    }
  }
}

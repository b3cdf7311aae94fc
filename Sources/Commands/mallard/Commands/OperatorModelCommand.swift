import ArgumentParser
import CommandLineKit
import ConsoleLink
import OperatorModel
import RobotData
import ScriptedExpert
import ZeroMQ

/// How a modelled operator moves robots.
enum OperatorStyle: String, CaseIterable, ExpressibleByArgument {
  case practised
  case play
  case steadyPlay = "steady-play"

  var skill: HumanSkill {
    switch self {
    case .practised: HumanSkill()
    case .play: .play
    case .steadyPlay: .steadyPlay
    }
  }
}

struct OperatorModelCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator-model",
    abstract: "Let a modelled operator teleoperate, for studies and tests.",
    discussion: """
      It speaks the operator's own protocol: takes the robot that waits longest, needs a moment \
      to react, chooses the next subtask, drives with a scripted expert that sees the simulator's \
      state, and marks the episode. It can drive simulated robots only.
      """)

  @Option(help: "The operator's name.")
  var name = "modelled-operator"

  @Option(help: "Mean reaction time after getting a robot, s (none in lockstep).")
  var reactionTime = 0.6

  @Option(help: "Pause between two robots, s (none in lockstep).")
  var pause = 0.5

  @Option(help: "Steps after which an episode is given up as a failure.")
  var patience = 700

  @Option(help: "The share of the robot's greatest speed that the operator uses, 0 to 1.")
  var pace = 0.9

  @Option(
    help:
      "Unsteadiness of the hand: standard deviation of its velocity, m/s. [default: the style's]"
  )
  var unsteadiness: Double?

  @Option(
    help: ArgumentHelp(
      "How the operator moves robots: practised; play, with detours, mistakes and recoveries, to "
        + "collect data from which a policy learns; or steady-play, without the mistakes, for robots "
        + "that are disturbed (see `mallard robot --help`)."))
  var style = OperatorStyle.practised

  @Option(
    help: ArgumentHelp(
      "How the operator helps where a policy drives: drive a robot to the end of a subtask, nudge "
        + "it until the policy is sure, name the subtask (order: all at once), or drive and be noticing of robots that "
        + "get nowhere unasked."))
  var guidance = OperatorGuidance.drive

  @Option(
    help: ArgumentHelp(
      "When the operator hands back robots that were lost: end-of-subtask, or on-its-way, when the object "
        + "is lifted and the policy is sure.", valueName: "when"))
  var handBack = OperatorHandBack.endOfSubtask

  @Option(help: "Seed of choices and unsteadiness.")
  var seed: UInt64 = 1

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard (0.05...1).contains(pace) else {
      throw ValidationError("--pace is \(pace); 0.05 to 1 is allowed")
    }
    guard (0...3_600).contains(reactionTime), (0...3_600).contains(pause),
      (0...1_000).contains(unsteadiness ?? 0), patience > 0
    else {
      throw ValidationError(
        "--reaction-time and --pause are 0 to 3600 s, --unsteadiness is 0 to 1000, --patience 1 or more"
      )
    }
  }

  func run() throws {
    let id = try OperatorID(name)
    var parameters = OperatorModelParameters(seed: seed, guidance: guidance)
    parameters.fleet = connection.fleetId
    parameters.reactionTime = reactionTime
    parameters.pauseBetweenRobots = pause
    parameters.handBack = handBack
    parameters.patience = patience
    parameters.skill = style.skill
    parameters.skill.pace = pace
    if let unsteadiness { parameters.skill.unsteadiness = unsteadiness }
    let stopping = try Mailbox<Void>()
    let interruption = Interruption(isSupervised: connection.supervised) { stopping.post(()) }
    var link = try ConsoleLink(
      OperatorModelMachine(
        name: id, instance: .random(in: 1 ... .max), parameters: parameters),
      address: connection.connect, context: try Context(),
      security: try connection.security(of: "operator/\(id)"), stopping: stopping)
    if !connection.supervised {
      Terminal.say(
        "modelled operator \(id) connects to \(connection.connect); Ctrl-C stops it")
    }
    let refusal = try link.run()
    withExtendedLifetime(interruption) {}
    if let refusal {
      Terminal.say("\(id) was not let in: \(refusal)")
      throw ExitCode(2)
    }
    if !connection.supervised {
      let counters = link.dialogue.counters
      Terminal.say(
        "\(id): \(counters.taken) robots taken, \(counters.answers) observations answered, "
          + "\(counters.successes) episodes marked as success, \(counters.failures) as failure")
    }
  }
}

import ArgumentParser
import Clocks
import CommandLineKit
import Fleet
import FleetSupervisor
import Foundation
import MuJoCoRobots
import OperatorModel
import RobotData
import RobotProfiles
import SimulatedTasks
import Wire
import ZeroMQ

struct FleetCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "fleet",
    abstract: "Run a whole fleet on this machine: coordinator, simulated robots, operator console.",
    discussion: """
      Every part is a process of its own. A part that dies is started again; the coordinator then \
      continues with the same episodes. Ctrl-C stops everybody in good order.

        mallard fleet --robots 4                        you drive
        mallard fleet --robots 4 --operators 1 --episodes 8
        mallard fleet --robots 8 --episodes 100 --lockstep --task kitchen-table
        mallard fleet --robots 4 --episodes 20 --policy Policies/stack
      """)

  @Option(help: "How many simulated robots.")
  var robots = 4

  @Option(help: "The robots' profile (see `mallard robots list`).")
  var profile = "bench-arm"

  @Option(help: "The robots' task; several, separated by commas, are dealt out in turn.")
  var task = "stack"

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether you drive, from this terminal. [default: yes on a terminal, unless --operators, "
        + "--lockstep or --json is given]",
      discussion: "See `mallard console --help`."))
  var console: Bool?

  @Option(help: "Your name at the console. [default: the name you are logged in with]")
  var name: String?

  @OptionGroup(title: "Console") var look: ConsoleLookOptions

  @Option(help: "How many modelled operators. [default: 1, none with a console]")
  var operators: Int?

  @Option(
    help: "How they move robots: practised; play or steady-play, to collect data for training.")
  var style = OperatorStyle.practised

  @Option(
    help: ArgumentHelp(
      "Move the robots' hands besides what they are told, by this many m/s; see `mallard robot --help`.",
      valueName: "m/s"))
  var disturbance = 0.0

  @Option(
    help: "How they help where a policy drives: drive, nudge, name, order or noticing.")
  var guidance = OperatorGuidance.drive

  @Option(
    help: ArgumentHelp(
      "When they hand back robots that were lost: end-of-subtask, or on-its-way, when the object is "
        + "lifted and the policy is sure.", valueName: "when"))
  var handBack = OperatorHandBack.endOfSubtask

  @Option(help: "Stop after this many seconds; 0 for no limit.")
  var duration = 0.0

  @Option(help: "The folder of profiles. [default: Robots]")
  var robotsFolder: String?

  @Flag(help: "Print what was done as JSON at the end.")
  var json = false

  @OptionGroup var fleet: FleetOptions

  @OptionGroup var collection: PlanOption

  @OptionGroup(title: "Policy") var assistance: PolicyOptions

  func validate() throws {
    guard (1...64).contains(robots) else {
      throw ValidationError("--robots is \(robots); 1 to 64 are allowed")
    }
    guard (0...16).contains(operators ?? 0) else {
      throw ValidationError("--operators is \(operators ?? 0); 0 to 16 are allowed")
    }
    if console == true || look.plain, fleet.pacing == .lockstep {
      throw ValidationError("--lockstep is for modelled operators; a person needs real time")
    }
    guard (0...SimulatedRobot.greatestDisturbance).contains(disturbance) else {
      throw ValidationError(
        "--disturbance is \(disturbance); 0 to \(SimulatedRobot.greatestDisturbance) m/s are allowed"
      )
    }
    guard duration >= 0, duration.isFinite else {
      throw ValidationError("--duration is \(duration); 0 or more seconds are allowed")
    }
  }

  func run() throws {
    let tasks = task.split(separator: ",").map(String.init)
    try check(tasks)
    let recording = try fleet.newOrNamedRecording()
    defer { recording.discardIfEmpty() }
    let id = FleetID(.random(in: 1 ... .max))
    let run = fleetRun(recording.path, tasks, id)
    let stopping = try Mailbox<Void>()
    let interruption = Interruption { stopping.post(()) }
    let summary: CoordinatorSummary
    if usesConsole, let id {
      let console = FleetConsole(
        fleet: run, fleetID: id, address: fleet.address,
        name: try OperatorID(name ?? ConsoleCommand.login), look: look)
      summary = try console.run(stopping: stopping)
    } else {
      summary = try run.run(stopping: stopping)
    }
    withExtendedLifetime(interruption) {}
    if json {
      try Terminal.result(json: summary)
    } else {
      Terminal.result(summary.text)
      Terminal.result("\nnext       mallard episodes list --recording \(summary.recording)")
    }
    guard summary.unwrittenEntries == 0, summary.contradictions.isEmpty else {
      throw ExitCode.failure
    }
  }

  /// What is wrong is told here once, and not by each robot.
  private func check(_ tasks: [String]) throws {
    let profile = try RobotProfile.named(self.profile, in: robotsFolder ?? Places.robots)
    guard profile.driver == .simulated else { throw ProfileError.external(profile: profile.name) }
    for task in tasks { _ = try profile.scenePath(of: task) }
    guard !tasks.isEmpty else { throw ValidationError("--task is empty") }
    try assistance.check(tasks)
    _ = try collection.read(for: try tasks.map { try TaskName($0) })
    guard fleet.telemetry != "none" else {
      throw ValidationError("a fleet needs --telemetry to see its progress")
    }
  }

  private var usesConsole: Bool {
    if let console { return console }
    if look.plain { return true }
    return isatty(0) == 1 && isatty(1) == 1 && operators == nil && fleet.pacing == .realTime
      && !json
  }

  private func fleetRun(_ recording: String, _ tasks: [String], _ id: FleetID?) -> FleetRun {
    let identity = id.map { ["--fleet-id", $0.description] } ?? []
    func child(_ name: String, _ arguments: [String], capturesOutput: Bool = false) -> ChildProcess
    {
      ChildProcess(
        name: name, program: Places.executable, arguments: arguments + identity,
        capturesOutput: capturesOutput, errors: { Terminal.log })
    }
    return FleetRun(
      recording: recording, episodes: fleet.episodes, duration: duration, driver: assistance.driver,
      telemetry: fleet.telemetry,
      coordinator: child(
        "coordinator", coordinatorArguments + ["--recording", recording], capturesOutput: true),
      robots: robotArguments(tasks).map { child($0, $1) },
      operators: operatorArguments.map { child($0, $1) })
  }

  private var coordinatorArguments: [String] {
    [
      "coordinator", "--supervised", "--address", fleet.address, "--telemetry",
      fleet.telemetry, "--strategy", fleet.strategy.rawValue, "--step-limit",
      "\(fleet.stepLimit)", "--seed", "\(fleet.seed)", "--exit-when-done",
      fleet.pacing == .lockstep ? "--lockstep" : "--real-time",
    ] + assistance.arguments + (collection.plan.map { ["--plan", $0] } ?? [])
      + (fleet.episodes.map { ["--episodes", "\($0)"] } ?? [])
      + (fleet.rotateSize.map { ["--rotate-size", "\($0.bytes)"] } ?? [])
  }

  private func robotArguments(_ tasks: [String]) -> [(String, [String])] {
    (1...robots).map { number in
      let name = "arm-\(number)"
      return (
        name,
        [
          "robot", "--supervised", "--name", name, "--profile", profile, "--task",
          tasks[(number - 1) % tasks.count], "--connect", fleet.address, "--robots-folder",
          robotsFolder ?? Places.robots, "--disturbance", "\(disturbance)",
        ]
      )
    }
  }

  private var operatorArguments: [(String, [String])] {
    let operators = self.operators ?? (usesConsole ? 0 : 1)
    guard operators > 0 else { return [] }
    return (1...operators).map { number in
      let name = "modelled-operator-\(number)"
      return (
        name,
        [
          "operator-model", "--supervised", "--name", name, "--connect", fleet.address, "--seed",
          "\(fleet.seed &+ UInt64(number))", "--style", style.rawValue, "--guidance",
          guidance.rawValue, "--hand-back", handBack.rawValue,
        ]
      )
    }
  }
}

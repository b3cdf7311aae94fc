import ArgumentParser
import CommandLineKit
import Fleet
import Foundation
import OperatorModel
import Policy
import PolicyFiles
import RobotData

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Compare ways to assist a fleet: many simulated fleets, one modelled operator each.",
    discussion: """
      Each run is a whole fleet in simulated time: the real rules of coordinator and endpoints, \
      simulated robots, a policy, and a modelled operator. The same seed gives the same result. \
      Results are appended to results.jsonl in --output; runs that are there already are not \
      carried out again, so a study that was stopped continues where it was.

        mallard study --methods unassisted --robots 1,4 --seeds 3
        mallard study --policy Policies/stack --robots 1,2,4,8 --seeds 5
      """)

  @Option(help: "The policy's folder; not needed for unassisted fleets.")
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "What is compared, separated by commas: "
        + StudyMethod.names.joined(separator: ", ") + "."))
  var methods = "pato,pato-named,without-uncertainty,flat,ensemble-only,thrifty,unassisted"

  @Option(help: "Numbers of robots, separated by commas.")
  var robots = "1,2,4,8"

  @Option(help: "How many seeds: runs of each method with each number of robots.")
  var seeds = 5

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: "Simulated minutes of a run.")
  var minutes = 4.0

  @Option(help: "The robots' task.")
  var task = "stack"

  @Option(help: "The robots' profile.")
  var profile = "bench-arm"

  @Option(
    help: ArgumentHelp(
      "When a policy asks and continues: plain, asymmetric:0.8, dwell:0.5 or confirmed:0.4 (s). "
        + "[default: what the policy was calibrated for]", valueName: "rule"))
  var gating: String?

  @Option(
    help: ArgumentHelp(
      "How the operator helps: drive, nudge, name, order or noticing. [default: as fits the method]"
    ))
  var guidance: OperatorGuidance?

  @Option(
    help: ArgumentHelp(
      "When the operator hands back robots that were lost: on-its-way, when the object is lifted and the "
        + "policy is sure, or end-of-subtask.", valueName: "when"))
  var handBack = OperatorHandBack.onItsWay

  @Flag(
    inversion: .prefixedNo,
    help: "Whether the operator, while no one asks, looks after robots that get nowhere.")
  var watchful = true

  @Option(help: "Seconds in which a scene is laid out between two episodes.")
  var resetTime = 2.0

  @Option(help: "Milliseconds that the policy takes to answer; no less than a tick of 20.")
  var policyLatency = 0.0

  @Option(help: "Steps under a person or the policy after which an episode ends as a failure.")
  var stepLimit = 1_000

  @Option(
    help: ArgumentHelp(
      "A robot whose hand stays about one place for this long under the policy asks for a person, s; 0 "
        + "is never. Without uncertainty it never asks.", valueName: "seconds"))
  var stuckAfter = StagnationRule.usual.limit.inSeconds

  @Option(help: "Which waiting robot is served first.")
  var strategy = ServiceStrategy.firstCome

  @OptionGroup var collection: PlanOption

  @Option(
    help: "Where the results go. [default: Recordings/study-TASK]", transform: OutputPath.init)
  var output: OutputPath?

  @Option(help: "Runs at a time. [default: the machine's cores]")
  var jobs: Int?

  @Option(help: "The folder of profiles. [default: Robots]")
  var robotsFolder: String?

  @Flag(help: "Carry out the first run only, and print what happens in it.")
  var trace = false

  @Flag(help: "Print the table as JSON.")
  var json = false

  @Option(help: .hidden)
  var worker: String?

  func validate() throws {
    guard worker == nil else { return }
    for name in names where StudyMethod(name) == nil {
      throw ValidationError(StudyFailure.unknownMethod(name).description)
    }
    guard !names.isEmpty else { throw ValidationError("--methods is empty") }
    let counts = robots.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard !counts.isEmpty, counts.allSatisfy({ $0.map((1...64).contains) ?? false }) else {
      throw ValidationError("--robots is \"\(robots)\"; numbers from 1 to 64, such as 1,2,4")
    }
    if let gating, GatingRule(argument: gating) == nil {
      throw ValidationError(StudyFailure.gating(gating).description)
    }
    guard (1...100_000).contains(seeds), (1e-3...1e6).contains(minutes),
      (0...1e6).contains(resetTime), (0...1e6).contains(policyLatency), stepLimit > 0,
      (1...1_000).contains(jobs ?? 1)
    else {
      throw ValidationError(
        "--seeds is 1 to 100000, --minutes 0.001 to 1000000, --reset-time and --policy-latency 0 to "
          + "1000000, --step-limit 1 or more, --jobs 1 to 1000")
    }
    if policy == nil, let method = names.first(where: { $0 != "unassisted" }) {
      throw ValidationError(StudyFailure.noPolicy(method: method).description)
    }
  }

  func run() throws {
    let stop = StopFlag()
    let interruption = Interruption(isSupervised: worker != nil) { stop.set() }
    if let worker { try work(worker) { stop.isSet } } else { try study { stop.isSet } }
    withExtendedLifetime(interruption) {}
  }

  private var names: [String] {
    methods.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func work(_ text: String, isStopped: () -> Bool) throws {
    let job = try JSONDecoder().decode(StudyJob.self, from: Data(text.utf8))
    let result: StudyResult
    do {
      result = try StudyWorker(job: job).run(isStopped: isStopped)
    } catch StudyFailure.stopped {
      // Its supervisor knows.
      throw ExitCode(130)
    }
    try Terminal.result(json: result)
  }

  private func study(isStopped: () -> Bool) throws {
    let calibrated = try policy.map { try PolicyBundle.read($0).manifest.thresholds.gating }
    let settings = StudySettings(
      policy: policy, policyDigest: policy.flatMap { StudyPolicy.digest(of: $0) }, task: task,
      profile: profile, minutes: minutes,
      gating: gating ?? (calibrated ?? .plain).description,
      guidance: guidance, isWatchful: watchful, resetSeconds: resetTime,
      latencyMilliseconds: policyLatency, stepLimit: stepLimit, stuckAfter: stuckAfter,
      strategy: strategy == .firstCome ? nil : strategy.rawValue,
      handBack: handBack == .endOfSubtask ? nil : handBack, pictures: "as sent",
      plan: try collection.read(for: [try TaskName(task)])?.orders.map { $0.map(\.name) })
    let grid = StudyGrid(
      methods: names,
      robots: robots.split(separator: ",").compactMap {
        Int($0.trimmingCharacters(in: .whitespaces))
      }, seeds: (0..<UInt64(seeds)).map { firstSeed &+ $0 })
    if trace {
      guard let cell = grid.cells.first else { return }
      let trace = StudyTrace()
      let job = StudyJob(
        settings: settings, cell: cell, robotsFolder: robotsFolder ?? Places.robots)
      let worker = StudyWorker(job: job) { trace.note($0, at: $1) }
      return try Terminal.result(json: try worker.run(isStopped: isStopped))
    }
    let folder = output ?? .derived("Recordings/study-\(task)")
    _ = try folder.checked()
    let file = folder.file("results.jsonl")
    var runner = try StudyRunner(
      settings: settings, cells: grid.cells, file: try file.checked(),
      jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
      robotsFolder: robotsFolder ?? Places.robots)
    Terminal.say(
      "\(grid.cells.count) runs of \(minutes) simulated minutes, \(runner.results.count) of them "
        + "there already; results in \(folder); Ctrl-C stops, the same command continues")
    let failed = try runner.run(isStopped: isStopped)
    let table = StudyTable(
      runner.results, settings: settings, main: names.first { $0 != "unassisted" })
    if !runner.results.isEmpty {
      let plots = try table.plot(into: folder)
      Terminal.say("plots: \(plots.joined(separator: ", "))")
    }
    if json { try Terminal.result(json: table) } else { Terminal.result(table.text) }
    if failed > 0 { throw StudyFailure.runs(failed: failed, of: grid.cells.count) }
    if isStopped() { throw ExitCode(130) }
  }
}

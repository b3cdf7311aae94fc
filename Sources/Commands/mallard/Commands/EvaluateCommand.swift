import ArgumentParser
import CommandLineKit
import Foundation
import MuJoCoRobots
import Plots
import Policy
import PolicyEvaluation
import PolicyFiles
import RecordingStore
import RobotProfiles
import TrainedPolicies

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure when a policy asks for a person, and calibrate its thresholds.",
    discussion: """
      It looks at a recording of simulated robots that the policy was not trained on, tells branch \
      points from familiar stretches by the simulator's state, and at states that it moves outside \
      the training data. It chooses ω (task) and γ (policy uncertainty) such that the policy asks on \
      a wished share of familiar stretches, and draws what both say in each situation:

        mallard fleet --robots 4 --operators 4 --episodes 24 --lockstep --task stack \\
          --style play --seed 77 --recording Recordings/held-out.sqlite
        mallard evaluate --policy Policies/stack --recording Recordings/held-out.sqlite
        mallard evaluate --policy Policies/stack --recording Recordings/held-out.sqlite --write
      """)

  @Option(help: "The policy's folder.")
  var policy: String

  @Option(help: "A recording that it was not trained on.")
  var recording: String

  @Option(help: "The wished share of familiar stretches that ask, 0 to 1.")
  var requestRate = 0.05

  @Option(help: "The share of these requests that may be for an unfamiliar state, 0 to 1.")
  var policyShare = 0.1

  @Option(
    help: ArgumentHelp(
      "For how long a robot on its way must be above a threshold before it asks, s; 0 is the plain rule. "
        + "Written into the bundle with the thresholds. [default: as the bundle says]",
      valueName: "seconds"))
  var confirm: Double?

  @Option(help: "At most this many episodes.")
  var episodes = 40

  @Option(help: "This many moved states of each kind; 0 for none.")
  var moved = 50

  @Flag(help: "Keep the thresholds that the bundle has, and only measure.")
  var keepThresholds = false

  @Flag(help: "Write the calibrated thresholds into the bundle.")
  var write = false

  @Option(
    help: "Where the pictures of the distributions go. [default: the policy's folder]",
    transform: OutputPath.init)
  var output: OutputPath?

  @Option(help: "A file for every look, a line of JSON each.", transform: OutputPath.init)
  var looks: OutputPath?

  @Option(help: "Threads.")
  var threads = 2

  @Option(help: "Seed of sampled subgoals and moved states.")
  var seed: UInt64 = 1

  @Option(help: "The folder of profiles. [default: Robots]")
  var robotsFolder: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (0...1).contains(requestRate) else {
      throw ValidationError("--request-rate is \(requestRate); 0 to 1 are allowed")
    }
    guard (0...1).contains(policyShare) else {
      throw ValidationError("--policy-share is \(policyShare); 0 to 1 are allowed")
    }
    guard confirm.map({ (0...60).contains($0) }) ?? true else {
      throw ValidationError("--confirm is \(confirm ?? 0); 0 to 60 s are allowed")
    }
    guard episodes > 0, (0...1_000_000).contains(moved), (1...1_024).contains(threads) else {
      throw ValidationError(
        "--episodes is 1 or more, --moved 0 to 1000000, --threads 1 to 1024")
    }
  }

  private struct Report: Encodable {
    var policy: String
    var thresholds: PolicyManifest.Thresholds
    var summary: EvaluationSummary
  }

  func run() throws {
    // Looking takes minutes: what cannot be written is told before.
    for name in ["task", "policy"] { _ = try plotFile(name).checked() }
    let bundle = try PolicyBundle.read(policy)
    let trained = try TrainedPolicy(
      bundle: bundle, method: .patoNamed, seed: seed, threads: threads,
      machines: Places.accelerators)
    let looks = try collect(trained)
    if let file = self.looks {
      let lines = try looks.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
      try file.write(Data(lines.joined(separator: "\n").utf8))
    }
    let (before, rate) = (bundle.manifest.thresholds, bundle.manifest.robot.rate)
    let confirmation = confirm ?? before.confirmation ?? 0
    var thresholds =
      keepThresholds
      ? before
      : before.calibrated(
        on: looks, requestRate: requestRate, policyShare: policyShare,
        confirmation: confirmation, controlRate: rate)
    thresholds.confirmation = confirmation > 0 ? confirmation : nil
    let summary = EvaluationSummary(looks, thresholds, rate: rate)
    let pictures = try draw(looks, thresholds)
    if write { try save(bundle, thresholds, summary) }
    if json {
      return try Terminal.result(
        json: Report(policy: bundle.manifest.name, thresholds: thresholds, summary: summary))
    }
    Terminal.result(text(bundle.manifest.name, thresholds, summary))
    Terminal.result("\npictures   " + pictures.joined(separator: ", "))
    Terminal.result(
      write
        ? "written    \(policy)/\(PolicyBundle.manifestName)"
        : "not written; --write stores these thresholds in the bundle")
  }

  private func collect(_ trained: TrainedPolicy) throws -> [SituationLook] {
    var recorded = RecordedLooks()
    recorded.progress = { Terminal.progress("looking at episode \($0) of \($1)") }
    let (looks, lower, upper) = try recorded.collect(
      trained, RecordingReader(path: recording), limit: episodes)
    guard moved > 0 else { return looks }
    Terminal.progress("looking at \(2 * moved) moved states")
    let robot = trained.manifest.robot
    let profile = try RobotProfile.named(robot.profile, in: robotsFolder ?? Places.robots)
    let simulated = try SimulatedRobot(profile: profile, task: robot.task)
    return looks
      + (try MovedLooks(lower: lower, upper: upper).collect(
        trained, simulated, count: moved, seed: seed))
  }

  private func plotFile(_ name: String) -> OutputPath {
    let file = "\(name)-uncertainty.svg"
    return output?.file(file) ?? .file(file, besidePolicy: policy)
  }

  private func draw(
    _ looks: [SituationLook], _ thresholds: PolicyManifest.Thresholds
  ) throws -> [String] {
    _ = try output?.folder()
    return try [
      ("task", "ω", thresholds.task, { (look: SituationLook) in look.task }),
      ("policy", "γ", thresholds.policy, { (look: SituationLook) in look.policy }),
    ].map { name, symbol, threshold, value in
      var plot = Histogram(
        title: "\(name) uncertainty, by situation", x: "\(name) uncertainty",
        series: Situation.allCases.map { situation in
          Histogram.Series(
            name: situation.rawValue,
            values: looks.filter { $0.situation == situation }.map(value))
        })
      plot.marks = [Mark(name: symbol, value: threshold)]
      let file = plotFile(name)
      try file.write(Data(plot.svg.utf8))
      return file.description
    }
  }

  private func save(
    _ bundle: PolicyBundle, _ thresholds: PolicyManifest.Thresholds, _ summary: EvaluationSummary
  ) throws {
    var manifest = bundle.manifest
    manifest.thresholds = thresholds
    manifest.provenance.calibration =
      "mallard evaluate --request-rate \(requestRate) --policy-share \(policyShare) "
      + "--confirm \(thresholds.confirmation ?? 0) on "
      + "\(summary.familiarStretches) familiar stretches "
      + "and \(summary.branchVisits) visits of branch points of "
      + URL(filePath: recording).lastPathComponent
    manifest.provenance.measures["askedAtBranchPoints"] = summary.askedAtBranchPoints
    manifest.provenance.measures["askedOnFamiliarStretches"] = summary.askedOnFamiliarStretches
    manifest.provenance.measures["unfamiliarAbovePolicy"] = summary.unfamiliarAbovePolicy
    try PolicyBundle(manifest: manifest, tensors: bundle.tensors).write(to: policy)
  }

  private func text(
    _ name: String, _ thresholds: PolicyManifest.Thresholds, _ summary: EvaluationSummary
  ) -> TextBlock {
    func share(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
    func number(_ value: Double) -> String { String(format: "%.4f", value) }
    var rows = [
      ["\(name)", "asks", "of"],
      [
        "at branch points", share(summary.askedAtBranchPoints),
        "\(summary.branchVisits) visits (\(summary.branchLooks) looks)",
      ],
      [
        "on familiar stretches", share(summary.askedOnFamiliarStretches),
        "\(summary.familiarStretches) stretches (\(summary.familiarLooks) looks, of which "
          + "\(share(summary.familiarAboveTask)) for the task, "
          + "\(share(summary.familiarAbovePolicy)) for itself)",
      ],
      [
        "in moved states", share(summary.unfamiliarAbovePolicy),
        "\(summary.unfamiliarLooks) looks, policy uncertainty alone",
      ],
    ]
    if let named = summary.branchAboveTaskNamed {
      rows.insert(
        [
          "  when the subtask is named", share(named),
          "looks, against \(share(summary.branchAboveTask)) of them when it is not",
        ], at: 2)
    }
    for (kind, value) in summary.unfamiliarByKind.sorted(by: { $0.key < $1.key }) {
      rows.append(["  \(kind)", share(value), ""])
    }
    let rule = thresholds.confirmation.map { String(format: "confirmed for %g s   ", $0) } ?? ""
    let line =
      "\(rule)ω \(number(thresholds.task))   γ \(number(thresholds.policy))   flat "
      + "\(number(thresholds.flat))   novelty \(number(thresholds.novelty))   risk "
      + "\(number(thresholds.risk))"
    return TextBlock(lines: [line]) + PlainText.table(rows)
  }
}

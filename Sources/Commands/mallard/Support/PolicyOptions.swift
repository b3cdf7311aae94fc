public import ArgumentParser
public import Fleet
internal import Foundation
internal import Numbers
public import Policy
internal import PolicyFiles
internal import RobotData
internal import TrainedPolicies

extension PolicyMethod: ExpressibleByArgument {}

extension PolicyManifest.Thresholds {
  /// The rule that they were calibrated for.
  var gating: GatingRule { confirmation.map { .confirmed(.saturating(seconds: $0)) } ?? .plain }
}

extension PolicyTeam {
  /// The rule that its first member was calibrated for.
  var gating: GatingRule { calibration.gating }
}

extension GatingRule: ExpressibleByArgument, CustomStringConvertible {
  /// Reads `plain`, `asymmetric:` with a factor from 0 to 1, or `dwell:` or `confirmed:` with seconds.
  public init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    let value = parts.count == 2 ? Double(parts[1]) : nil
    switch (parts.first, value) {
    case ("plain", nil) where parts.count == 1: self = .plain
    case ("asymmetric", let factor?) where (0...1).contains(factor):
      self = .asymmetric(resume: factor)
    case ("dwell", let seconds?) where (0...60).contains(seconds):
      self = .dwell(.saturating(seconds: seconds))
    case ("confirmed", let seconds?) where (0...60).contains(seconds):
      self = .confirmed(.saturating(seconds: seconds))
    default: return nil
    }
  }

  /// As it is read.
  public var description: String {
    switch self {
    case .plain: "plain"
    case .asymmetric(let resume): "asymmetric:\(resume)"
    case .dwell(let duration): "dwell:\(duration.inSeconds)"
    case .confirmed(let duration): "confirmed:\(duration.inSeconds)"
    }
  }
}

/// Which policy drives, and when it asks, as `coordinator` and `fleet` take it.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: .customLong("policy"),
    help: ArgumentHelp(
      "A trained policy's folder; may be given again for other tasks. [default: none, and every "
        + "robot is teleoperated in turn]", valueName: "folder"))
  var folders: [String] = []

  @Option(help: "How the policy is used: PATO, or what it is compared with.")
  var method = PolicyMethod.pato

  @Option(
    help: ArgumentHelp(
      "When it asks and continues: plain, asymmetric:0.7 (continues below 0.7 of the threshold), "
        + "dwell:0.5 (no change within 0.5 s of the last), or confirmed:0.4 (asks when it has been "
        + "unsure for 0.4 s). [default: what the policy was calibrated for]", valueName: "rule"))
  var gating: GatingRule?

  @Option(help: "Task uncertainty above which it asks. [default: as calibrated]")
  var taskThreshold: Double?

  @Option(help: "Policy uncertainty above which it asks. [default: as calibrated]")
  var policyThreshold: Double?

  @Option(
    help: ArgumentHelp(
      "A robot whose hand stays about one place for this long under the policy asks for a person, s; 0 "
        + "is never. Of the robot's own time.", valueName: "seconds"))
  var stuckAfter = StagnationRule.usual.limit.inSeconds

  @Flag(
    inversion: .prefixedNo,
    help: "End an episode when the robot says that its task is done. [default: with a policy]")
  var endsOnSuccess: Bool?

  @Option(help: "Threads of the policy's networks.")
  var policyThreads = 2

  func validate() throws {
    for (name, value) in [
      ("--task-threshold", taskThreshold), ("--policy-threshold", policyThreshold),
    ] {
      guard let value else { continue }
      guard value.isFinite, value >= 0 else {
        throw ValidationError("\(name) is \(value); a finite number of 0 or more")
      }
      guard !folders.isEmpty else { throw ValidationError("\(name) needs a --policy") }
    }
    guard (0...3_600).contains(stuckAfter) else {
      throw ValidationError("--stuck-after is \(stuckAfter); 0 to 3600 s are allowed")
    }
    guard (1...64).contains(policyThreads) else {
      throw ValidationError("--policy-threads is \(policyThreads); 1 to 64 are allowed")
    }
  }

  /// The policies, ready to drive; nil for none.
  func team(seed: UInt64) throws -> PolicyTeam? {
    guard !folders.isEmpty else { return nil }
    return PolicyTeam(
      try folders.map { folder in
        try TrainedPolicy(
          bundle: PolicyBundle.read(folder), method: method, seed: seed, threads: policyThreads,
          machines: Places.accelerators)
      })
  }

  /// The rules of a fleet that such a team drives.
  func apply(to rules: inout FleetConfiguration, team: PolicyTeam?) {
    rules.endsOnSuccess = endsOnSuccess ?? (team != nil)
    guard let team else { return }
    rules.isAssisted = true
    rules.gating = gating ?? team.gating
    rules.thresholds = team.thresholds
    rules.stagnation = StagnationRule.usual(after: stuckAfter, method)
    if let taskThreshold { rules.thresholds.task = taskThreshold }
    if let policyThreshold { rules.thresholds.policy = policyThreshold }
  }

  /// The same options for another process.
  var arguments: [String] {
    var arguments = folders.flatMap { ["--policy", $0] }
    if !folders.isEmpty {
      arguments += [
        "--method", method.rawValue, "--policy-threads", "\(policyThreads)", "--stuck-after",
        "\(stuckAfter)",
      ]
    }
    if let gating { arguments += ["--gating", gating.description] }
    if let taskThreshold { arguments += ["--task-threshold", "\(taskThreshold)"] }
    if let policyThreshold { arguments += ["--policy-threshold", "\(policyThreshold)"] }
    if let endsOnSuccess {
      arguments.append(endsOnSuccess ? "--ends-on-success" : "--no-ends-on-success")
    }
    return arguments
  }

  /// What the recording keeps.
  struct Settings: Encodable {
    var policies: [String]
    var method: String
    var gating: String
    var taskThreshold: Double
    var policyThreshold: Double
    /// s; nil where robots do not ask because they get nowhere.
    var stuckAfter: Double?
  }

  /// What the recording keeps; nil without a policy.
  func settings(_ rules: FleetConfiguration) -> Settings? {
    guard rules.isAssisted else { return nil }
    return Settings(
      policies: folders, method: method.rawValue, gating: rules.gating.description,
      taskThreshold: rules.thresholds.task, policyThreshold: rules.thresholds.policy,
      stuckAfter: rules.stagnation?.limit.inSeconds)
  }

  /// Tells what is wrong with the policies once, before any process starts; some policy must do each
  /// of the robots' tasks.
  func check(_ tasks: [String]) throws {
    guard !folders.isEmpty else { return }
    let bundles = try folders.map { try PolicyBundle.read($0) }
    for bundle in bundles { try bundle.check(method) }
    let known = bundles.map(\.manifest.robot.task)
    for task in tasks where !known.contains(task) {
      throw ValidationError(
        "no --policy does the task \(task); they do \(known.joined(separator: ", "))")
    }
  }

  /// Who drives, for people.
  var driver: String {
    folders.isEmpty
      ? "unassisted" : "driven by \(folders.joined(separator: ", ")) (\(method.rawValue))"
  }
}

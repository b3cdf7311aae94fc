import Clocks
import CommandLineKit
import Fleet
import FleetSimulation
import Foundation
import MuJoCoRobots
import Numbers
import OperatorModel
import Policy
import RobotData
import RobotProfiles

/// One line of a study's results.
struct StudyResult: Codable, Hashable, Sendable {
  var cell: StudyCell
  var settings: StudySettings
  var measures: StudyMeasures
  /// How long the run took, s of real time.
  var wallSeconds: Double
}

/// Carries out one run of a study, in this thread.
struct StudyWorker {
  var job: StudyJob
  /// Is told everything that happens, where someone wants to follow a run.
  var witness: ((StudyEvent, FleetInstant) -> Void)?

  func run(isStopped: () -> Bool) throws -> StudyResult {
    let began = SystemClock.now
    let (settings, cell) = (job.settings, job.cell)
    guard let method = StudyMethod(cell.method) else {
      throw StudyFailure.unknownMethod(cell.method)
    }
    let profile = try RobotProfile.named(settings.profile, in: job.robotsFolder)
    let policy = try StudyPolicy(method, settings, seed: cell.seed)
    let bodies = try (0..<cell.robots).map { _ in
      try SimulatedRobot(
        profile: profile, task: settings.task, rendersCameras: policy.driver != nil)
    }
    if let description = bodies.first?.description,
      let reason = policy.driver?.refusal(of: description)
    {
      throw StudyFailure.refused(reason)
    }
    var simulation = try FleetSimulation(
      try configuration(method, policy), bodies: bodies, policy: policy.driver,
      witness: witness)
    let measures = try simulation.run(
      for: .saturating(seconds: settings.minutes * 60), isStopped: isStopped)
    guard !isStopped() else { throw StudyFailure.stopped }
    let contradictions = simulation.contradictions
    if let failure = simulation.policyFailure { Terminal.say("the policy failed: \(failure)") }
    guard contradictions.isEmpty else { throw StudyFailure.contradictions(contradictions) }
    return StudyResult(
      cell: cell, settings: settings, measures: measures,
      wallSeconds: (SystemClock.now - began).inSeconds)
  }

  private func configuration(
    _ method: StudyMethod, _ policy: StudyPolicy
  ) throws -> FleetSimulationConfiguration {
    let (settings, cell) = (job.settings, job.cell)
    guard let gating = GatingRule(argument: settings.gating) else {
      throw StudyFailure.gating(settings.gating)
    }
    var rules = FleetConfiguration(session: SessionID(cell.seed), seed: cell.seed)
    rules.gating = gating
    if case .policy(let way) = method {
      rules.stagnation = StagnationRule.usual(after: settings.stuckAfter ?? 0, way)
    }
    if let name = settings.strategy {
      guard let strategy = ServiceStrategy(rawValue: name) else {
        throw StudyFailure.strategy(name)
      }
      rules.strategy = strategy
    }
    rules.plan = try settings.plan.map { orders in
      CollectionPlan(orders: try orders.map { try $0.map { try SubtaskName($0) } })
    }
    rules.thresholds = policy.thresholds
    rules.stepLimit = settings.stepLimit
    rules.endsOnSuccess = true
    // A seed of its own: scenes and the person's choices do not depend on each other.
    var person = OperatorModelParameters(
      seed: cell.seed &* 0x9E37_79B9 &+ 17, guidance: settings.guidance ?? method.guidance)
    person.isWatchful = person.isWatchful || settings.isWatchful
    person.handBack = settings.handBack ?? .endOfSubtask
    var configuration = FleetSimulationConfiguration(fleet: rules, person: person)
    configuration.resetTime = .saturating(seconds: settings.resetSeconds)
    configuration.policyLatency = .saturating(seconds: settings.latencyMilliseconds / 1_000)
    return configuration
  }
}

/// Why a study, or one run of it, cannot be carried out.
enum StudyFailure: Error, CustomStringConvertible {
  case unknownMethod(String)
  case gating(String)
  case strategy(String)
  case noPolicy(method: String)
  case refused(String)
  case stopped
  case contradictions([String])
  case runs(failed: Int, of: Int)

  var description: String {
    switch self {
    case .unknownMethod(let name):
      "no method \"\(name)\"; there are \(StudyMethod.names.joined(separator: ", "))"
    case .gating(let text):
      "the gating \"\(text)\" is none of plain, asymmetric:0.8 (0 to 1), dwell:0.5 (s) and "
        + "confirmed:0.4 (s)"
    case .strategy(let text):
      "no strategy \"\(text)\"; there are "
        + ServiceStrategy.allCases.map(\.rawValue).joined(separator: ", ")
    case .noPolicy(let method):
      "the method \(method) needs a policy: give its folder with --policy"
    case .refused(let reason): reason
    case .stopped: "stopped"
    case .contradictions(let all):
      "the fleet's rules contradict themselves, which is a defect: "
        + all.joined(separator: "; ")
    case .runs(let failed, let all):
      "\(failed) of \(all) runs failed, for the reasons above; the same command tries them again"
    }
  }
}

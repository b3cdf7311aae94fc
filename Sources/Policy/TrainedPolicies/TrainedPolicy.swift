internal import Foundation
internal import ImageCodecs
public import Policy
public import PolicyFiles
public import RobotData
internal import Synchronization
internal import TensorKernels

/// A trained bundle that drives robots: PATO, or what it is compared with.
///
/// Robots that begin a new plan are looked at in one batch; those in mid-sequence cost nothing. Each
/// robot has a random stream of its own, so that what it does depends on the seed and on what it saw,
/// and not on which robots share its batches. Copies share networks and accounts.
public struct TrainedPolicy: AssistivePolicy {
  /// Samples of a subgoal that are told to the fleet, for display.
  public static let shownSamples = 32

  /// The bundle's name and the method.
  public let name: String
  /// What the bundle says of itself.
  public let manifest: PolicyManifest
  /// How it is used.
  public let method: PolicyMethod
  private let seed: UInt64
  private let workshop: Workshop
  private var plans = PlanBook()
  private var codes: [RobotID: HeldCodes] = [:]

  /// Unpacks a bundle.
  ///
  /// - Parameters:
  ///   - bundle: The policy.
  ///   - method: How to use it.
  ///   - seed: Of the random subgoals.
  ///   - threads: The caller's own included.
  ///   - machines: The folder with the descriptions of modelled accelerators.
  /// - Throws: `TrainedPolicyError`.
  public init(
    bundle: PolicyBundle, method: PolicyMethod, seed: UInt64, threads: Int, machines: String
  ) throws(TrainedPolicyError) {
    manifest = bundle.manifest
    self.method = method
    self.seed = seed
    name = "\(bundle.manifest.name)/\(method.rawValue)"
    workshop = try Workshop(
      bundle, method, machines: machines, execution: Execution(threads: threads))
  }

  /// Above what it asks for a person.
  public var thresholds: UncertaintyThresholds { manifest.thresholds(for: method) }

  /// What its eye has seen so far, and what that cost on the modelled machine. Any thread may ask.
  public var accounts: PolicyAccounts { workshop.accounts }

  /// How long eye and networks took so far on this computer. Any thread may ask.
  public var time: (eye: Duration, networks: Duration) { workshop.time }

  /// Why it cannot drive a robot, all reasons in words; nil where it can.
  public func refusal(of robot: RobotDescription) -> String? {
    let mismatches = manifest.mismatches(with: robot)
    guard !mismatches.isEmpty else { return nil }
    return "the policy \(manifest.name) does not fit: "
      + mismatches.map(\.description).joined(separator: "; ")
  }

  /// True exactly when this step begins a new plan.
  public func wantsPictures(of robot: RobotID, at step: Int) -> Bool {
    plans.needsPlan(for: robot, at: step)
  }

  /// Forgets the robot's plan, and draws its next subgoals anew.
  public mutating func reset(_ robot: RobotID) {
    plans.forget(robot)
    codes[robot]?.forget()
  }

  /// Continues with the plans that there are, and makes the others, all in one batch.
  public mutating func decide(_ questions: [PolicyQuestion])
    -> [Result<PolicyDecision, PolicyFailure>]
  {
    var answers: [Result<PolicyDecision, PolicyFailure>?] = []
    var glances: [(index: Int, glance: PolicyBrain.Glance)] = []
    for (index, question) in questions.enumerated() {
      let observation = question.observation
      if let decision = plans.next(
        for: question.robot, in: observation.episode, at: observation.step)
      {
        answers.append(.success(decision))
        continue
      }
      do throws(PolicyFailure) {
        if let refusal = refusal(of: question.description) { throw PolicyFailure(refusal) }
        let sight = PolicySight(reading: observation.reading, subtask: question.subtask)
        glances.append((index, try workshop.glance(at: sight)))
        answers.append(nil)
      } catch { answers.append(.failure(error)) }
    }
    let analyses = workshop.analyse(glances.map(\.glance), .init(method)) { index, count, drawn in
      let question = questions[glances[index].index]
      codes[question.robot, default: HeldCodes(seed: seed, robot: question.robot)]
        .append(count, in: question.observation.episode, to: &drawn)
    }
    for ((index, _), analysis) in zip(glances, analyses) {
      answers[index] = begin(analysis, for: questions[index])
    }
    return answers.map { $0 ?? .failure(PolicyFailure("no answer")) }
  }

  private mutating func begin(
    _ analysis: Result<PolicyAnalysis, PolicyFailure>, for question: PolicyQuestion
  ) -> Result<PolicyDecision, PolicyFailure> {
    let found: PolicyAnalysis
    do { found = try analysis.get() } catch { return .failure(error) }
    let plan = Plan(
      episode: question.observation.episode, firstStep: question.observation.step,
      actions: found.actions, uncertainty: found.uncertainty,
      subgoal: found.hierarchy.map { way in
        Subgoal(
          position: way.positions[way.chosen],
          samples: Array(way.positions.prefix(Self.shownSamples)))
      })
    guard let decision = plans.begin(plan, for: question.robot) else {
      return .failure(PolicyFailure("the policy \(name) planned no action"))
    }
    return .success(decision)
  }

  /// What all networks of the bundle make of observations, apart from any robot's plan: for
  /// evaluations and calibration.
  ///
  /// - Parameters:
  ///   - sights: What to look at; the same sight at the same index gives the same result.
  ///   - seed: Of the random subgoals.
  /// - Returns: One analysis a sight, in their order; a failure where one cannot be looked at.
  public func analyse(_ sights: [PolicySight], seed: UInt64)
    -> [Result<PolicyAnalysis, PolicyFailure>]
  {
    var results: [Result<PolicyAnalysis, PolicyFailure>] = []
    var glances: [(index: Int, glance: PolicyBrain.Glance)] = []
    for (index, sight) in sights.enumerated() {
      do throws(PolicyFailure) {
        glances.append((index, try workshop.glance(at: sight)))
        results.append(.failure(PolicyFailure("no answer")))
      } catch { results.append(.failure(error)) }
    }
    let analyses = workshop.analyse(glances.map(\.glance), nil) { index, count, codes in
      var source = CodeSource(seed: seed, robot: "\(glances[index].index)")
      source.append(count, to: &codes)
    }
    for ((index, _), analysis) in zip(glances, analyses) { results[index] = analysis }
    return results
  }
}

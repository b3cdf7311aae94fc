// Aim: thresholds do what they were chosen for. Method: looks whose figures are known.
import Foundation
import Policy
import PolicyEvaluation
import RobotData
import Testing

private let none = PolicyManifest.Thresholds(task: 9, policy: 9, flat: 9, novelty: 9, risk: 9)

/// Looks through the same door as a report on disk: they are made from JSON.
private func look(
  _ situation: Situation, _ visit: String, task: Double, policy: Double = 0, step: Int = 7
) throws -> SituationLook {
  let text =
    #"{"situation":"\#(situation.rawValue)","visit":"\#(visit)","step":\#(step),"task":\#(task),"policy":\#(policy),"flat":\#(policy)}"#
  return try JSONDecoder().decode(SituationLook.self, from: Data(text.utf8))
}

@Suite struct EvaluationTests {
  @Test func `at most the wished share of familiar stretches asks`() throws {
    var looks: [SituationLook] = []
    for index in 0..<1_000 {
      let value = Double(index) / 1_000
      looks.append(try look(.familiar, "\(index)", task: value / 10, policy: value))
      looks.append(try look(.familiar, "\(index)", task: 0, policy: 0))
    }
    for visit in 0..<20 {
      looks.append(try look(.branch, "visit \(visit)", task: 0.05))
      looks.append(try look(.branch, "visit \(visit)", task: 0.5))
    }
    let thresholds = none.calibrated(
      on: looks, requestRate: 0.04, policyShare: 0.5, controlRate: 10)
    let summary = EvaluationSummary(looks, thresholds, rate: 10)
    #expect(summary.askedOnFamiliarStretches <= 0.04)
    #expect(summary.askedOnFamiliarStretches > 0.015)
    #expect(summary.familiarStretches == 1_000 && summary.familiarLooks == 2_000)
    #expect(summary.familiarLooksThatAsk == summary.askedOnFamiliarStretches / 2)
    // ω lies between what familiar looks say and what each visit reaches.
    #expect(thresholds.task > 0.098 && thresholds.task < 0.5)
    #expect(summary.askedAtBranchPoints == 1)
    #expect(summary.branchVisits == 20)
    let standard = none.calibrated(on: looks, requestRate: 0.04, controlRate: 10)
    let asked = EvaluationSummary(looks, standard, rate: 10)
    #expect(asked.askedOnFamiliarStretches <= 0.04 && asked.familiarAbovePolicy <= 0.004)
    #expect(standard.policy > thresholds.policy, "fewer ask for themselves")
    // Risk was not measured, so it stays.
    #expect(thresholds.risk == 9)
  }

  @Test func `what a name settles is counted in looks`() throws {
    var looks = try (0..<4).map { try look(.branch, "a", task: $0 == 3 ? 0.1 : 1) }
    #expect(EvaluationSummary(looks, none, rate: 10).branchAboveTaskNamed == nil)
    for index in looks.indices { looks[index].namedTask = index == 0 ? 1 : 0.1 }
    var thresholds = none
    thresholds.task = 0.5
    let summary = EvaluationSummary(looks, thresholds, rate: 10)
    #expect(summary.branchAboveTask == 0.75 && summary.branchAboveTaskNamed == 0.25)
  }

  @Test func `where a doubt must last, one of a moment asks only as an episode begins`() throws {
    func visit(_ situation: Situation, _ name: String, _ first: Int, _ tasks: [Double]) throws
      -> [SituationLook]
    {
      try tasks.enumerated().map {
        try look(situation, name, task: $0.element, step: first + 2 * $0.offset)
      }
    }
    let looks = try [
      visit(.branch, "begins", 0, [0.6, 0.1, 0.1]),
      visit(.branch, "lasts", 20, [0.1, 0.7, 0.8, 0.9]),
      visit(.branch, "passes", 40, [0.1, 0.8, 0.8, 0.1]), visit(.branch, "short", 60, [0.9]),
      visit(.familiar, "moment", 80, [0.1, 0.9, 0.9, 0.1]),
      visit(.familiar, "sure", 90, [0.1, 0.2, 0.1]),
    ].flatMap { $0 }
    var thresholds = none
    thresholds.task = 0.5
    let plain = EvaluationSummary(looks, thresholds, rate: 10)
    #expect(plain.askedAtBranchPoints == 1 && plain.askedOnFamiliarStretches == 0.5)
    thresholds.confirmation = 0.4
    let confirmed = EvaluationSummary(looks, thresholds, rate: 10)
    #expect(confirmed.askedAtBranchPoints == 0.5 && confirmed.askedOnFamiliarStretches == 0)
    let calibrated = none.calibrated(
      on: looks, requestRate: 0.5, policyShare: 0, confirmation: 0.4, controlRate: 10)
    #expect(calibrated.confirmation == 0.4)
    // Familiar stretches reach 0.1; three quarters of the visits or more would be missed above 0.
    #expect(calibrated.task == 0.1, "\(calibrated.task)")
    #expect(none.calibrated(on: looks, requestRate: 0.5, controlRate: 10).confirmation == nil)
  }

  @Test func `visits count once however often they are looked at`() throws {
    let looks = [
      try look(.branch, "a", task: 1), try look(.branch, "a", task: 1),
      try look(.branch, "b", task: 0), try look(.unfamiliar, "far", task: 0, policy: 1),
      try look(.unfamiliar, "tilted", task: 0, policy: 0),
    ]
    var thresholds = none
    thresholds.task = 0.5
    thresholds.policy = 0.5
    let summary = EvaluationSummary(looks, thresholds, rate: 10)
    #expect(summary.askedAtBranchPoints == 0.5)
    #expect(summary.unfamiliarAbovePolicy == 0.5)
    #expect(summary.unfamiliarByKind == ["far": 1, "tilted": 0])
  }

  @Test(arguments: [0.0, 0.01, 0.05, 0.5, 1.0])
  func `no more than the share lies above a threshold`(share: Double) throws {
    var random = SplitMix64(seed: 3)
    let values = (0..<333).map { _ in Double.random(in: 0...1, using: &random) }
    let threshold = try #require(ThresholdCalibration.threshold(values, exceededBy: share))
    #expect(ThresholdCalibration.share(of: values, above: threshold) <= share + 1e-9)
    #expect(values.contains(threshold))
  }
}

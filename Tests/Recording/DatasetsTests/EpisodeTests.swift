// Aim: episodes are chosen, split and judged as documented. Method: one fact changed at a time.
import Datasets
import RobotData
import Testing

private func facts(_ change: (inout EpisodeFacts) -> Void = { _ in }) -> EpisodeFacts {
  var facts = EpisodeFacts(
    id: "00000000000000ab-1", session: "00000000000000ab", robot: "arm-1", task: "stack",
    outcome: "success", startedAt: 1_000, endedAt: 2_000, seed: nil, tags: ["good"],
    operators: ["ann"], steps: 50, humanSteps: 30, policySteps: 0)
  change(&facts)
  return facts
}

@Suite struct EpisodeTests {
  @Test func `what ended and was not discarded is wanted`() {
    let filter = DatasetFilter()
    #expect(filter.refusal(of: facts()) == nil)
    #expect(filter.refusal(of: facts { $0.outcome = "interrupted" }) == nil)
    #expect(filter.refusal(of: facts { $0.outcome = nil }) == .inProgress)
    #expect(filter.refusal(of: facts { $0.outcome = "discarded" }) == .discarded)
    #expect(filter.refusal(of: facts { $0.steps = 1 }) == .tooShort)
  }

  @Test func `each filter refuses what it names, and nothing else`() {
    let cases: [((inout DatasetFilter) -> Void, (inout EpisodeFacts) -> Void, DatasetRefusal)] = [
      ({ $0.outcomes = ["success"] }, { $0.outcome = "failure" }, .outcome),
      ({ $0.tasks = ["stack"] }, { $0.task = "sort" }, .task),
      ({ $0.robots = ["arm-1", "arm-3"] }, { $0.robot = "arm-2" }, .robot),
      ({ $0.operators = ["ann"] }, { $0.operators = ["bob"] }, .operatorName),
      ({ $0.since = 1_000 }, { $0.startedAt = 999 }, .date),
      ({ $0.until = 1_001 }, { $0.startedAt = 1_001 }, .date),
      ({ $0.tags = ["good"] }, { $0.tags = ["other"] }, .tag),
      ({ $0.unwantedTags = ["bad"] }, { $0.tags = ["bad", "good"] }, .tag),
      ({ $0.driver = .human }, { $0.policySteps = 1 }, .author),
    ]
    for (set, change, refusal) in cases {
      var filter = DatasetFilter()
      set(&filter)
      #expect(filter.refusal(of: facts()) == nil, "\(refusal)")
      #expect(filter.refusal(of: facts(change)) == refusal)
    }
  }

  @Test func `an episode stays in its part, and the parts have the wished size`() {
    let parts = (1...20_000).map {
      DatasetSplit.of("00000000000000ab-\($0)", validShare: 0.1)
    }
    let valid = parts.count { $0 == .valid }
    #expect((1_850...2_150).contains(valid))
    #expect(DatasetSplit.of("0123456789abcdef-7", validShare: 0) == .train)
    #expect(DatasetSplit.of("0123456789abcdef-7", validShare: 1) == .valid)
    // Whoever is held out by a small share is so by a larger one.
    for ordinal in 1...2_000 where DatasetSplit.of("a-\(ordinal)", validShare: 0.1) == .valid {
      #expect(DatasetSplit.of("a-\(ordinal)", validShare: 0.2) == .valid)
    }
  }

  @Test func `quality measures what was done`() {
    var meter = QualityMeter(rate: 10)
    for step in 0..<100 {
      // v = t², so that its second derivative is 2 m/s³ everywhere.
      let time = Double(step) / 10
      meter.add(
        StepOutline(
          captureTime: WallTime(nanosecondsSinceEpoch: Int64(step) * 100_000_000),
          author: .policy,
          executedAction: step < 25
            ? .hold
            : Action(
              twist: Twist(linear: Vector3(0.1, 0, 0), angular: Vector3(0, 0, 0)), gripper: .hold),
          velocity: Vector3(0, time * time, 0),
          uncertainty: step < 50 ? Uncertainty(task: Double(step), policy: 1) : nil,
          isLate: step.isMultiple(of: 10)))
    }
    let quality = meter.quality
    #expect(abs(quality.jerk - 2) < 1e-9)
    #expect(quality.idleShare == 0.25 && quality.deadlineMissShare == 0.1)
    #expect(abs(quality.seconds - 9.9) < 1e-9)
    #expect(quality.meanTaskUncertainty == 24.5 && quality.maxTaskUncertainty == 49)
    #expect(quality.meanPolicyUncertainty == 1)
  }

  @Test func `durations far from the others are outliers`() {
    let scores = EpisodeQuality.durationScores([10, 11, 9, 10.5, 9.5, 60])
    var quality = EpisodeQuality()
    let outliers = scores.map { score in
      quality.durationScore = score
      return quality.isDurationOutlier
    }
    #expect(outliers == [false, false, false, false, false, true])
    #expect(EpisodeQuality.durationScores([5, 5, 5]) == [0, 0, 0])
  }
}

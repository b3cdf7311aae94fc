// Aim: what is asked about and what is followed have the properties that PATO relies on. Method:
// random samples whose modes are known.
import MallardTesting
import Policy
import RobotData
import Testing

extension SeededGenerator {
  fileprivate mutating func position(around centre: SIMD3<Float>, by spread: Float)
    -> SIMD3<Float>
  {
    func part() -> Float { Float.random(in: -spread...spread, using: &self) }
    return centre + SIMD3(part(), part(), part())
  }
}

@Suite struct TaskUncertaintyTests {
  @Test func `alike samples, one sample and none are certain`() {
    let odd = SIMD3<Float>(0.1, -3.7, 1e4)
    for count in [0, 1, 2, 7, 1_000] {
      #expect(UncertaintyMeasures.task([SIMD3<Float>](repeating: odd, count: count)) == 0)
    }
  }

  @Test func `it is the mean of the three deviations`() {
    // Deviations 1, 2 and 0.
    let two = [SIMD3<Float>(0, 1, 5), SIMD3<Float>(2, 5, 5)]
    #expect(abs(UncertaintyMeasures.task(two) - 1) < 1e-7)
  }

  @Test(arguments: 0..<20)
  func `order and place do not matter, scale does`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let samples = (0..<100).map { _ in random.position(around: .zero, by: 1) }
    let value = UncertaintyMeasures.task(samples)
    #expect(value > 0.3)
    let shuffled = UncertaintyMeasures.task(samples.shuffled(using: &random))
    let moved = UncertaintyMeasures.task(samples.map { $0 + SIMD3(3, -2, 1) })
    let doubled = UncertaintyMeasures.task(samples.map { $0 * 2 })
    #expect(abs(shuffled - value) < 1e-9 && abs(moved - value) < 1e-6, "seed \(seed)")
    #expect(abs(doubled - 2 * value) < 1e-6, "seed \(seed)")
  }

  @Test func `two modes are less certain than each alone`() {
    var random = SeededGenerator(seed: 3)
    let left = (0..<50).map { _ in random.position(around: SIMD3(-1, 0, 0), by: 0.1) }
    let right = (0..<50).map { _ in random.position(around: SIMD3(1, 0, 0), by: 0.1) }
    let both = UncertaintyMeasures.task(left + right)
    #expect(both > 5 * UncertaintyMeasures.task(left))
    #expect(both > 5 * UncertaintyMeasures.task(right))
  }
}

@Suite struct SubgoalChoiceTests {
  @Test(arguments: 0..<30)
  func `of two modes the choice lies in the larger one, never between`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let larger = random.chance(0.5) ? SIMD3<Float>(1, 0, 0) : SIMD3<Float>(-1, 0, 0)
    var samples = (0..<140).map { _ in random.position(around: larger, by: 0.3) }
    samples += (0..<60).map { _ in random.position(around: SIMD3<Float>.zero - larger, by: 0.3) }
    samples.shuffle(using: &random)
    let chosen = samples[try #require(SubgoalChoice.medoid(of: samples))]
    let away = chosen - larger
    #expect(abs(away.x) < 0.2 && abs(away.y) < 0.2 && abs(away.z) < 0.2, "\(chosen), seed \(seed)")
  }

  @Test func `of evenly divided modes one is taken whole`() throws {
    var random = SeededGenerator(seed: 1)
    var samples = (0..<100).map { _ in random.position(around: SIMD3(0, 1, 0), by: 0.05) }
    samples += (0..<100).map { _ in random.position(around: SIMD3(0, -1, 0), by: 0.05) }
    let chosen = samples[try #require(SubgoalChoice.medoid(of: samples))]
    #expect(abs(abs(chosen.y) - 1) < 0.06)
  }

  @Test func `a straggler is not chosen, wherever it stands`() throws {
    var random = SeededGenerator(seed: 2)
    let crowd = (0..<30).map { _ in random.position(around: .zero, by: 0.1) }
    for index in 0...crowd.count {
      var samples = crowd
      samples.insert(SIMD3(5, 5, 5), at: index)
      #expect(SubgoalChoice.medoid(of: samples) != index)
    }
  }

  @Test func `no samples, one sample, and samples that are all alike`() {
    #expect(SubgoalChoice.medoid(of: []) == nil)
    #expect(SubgoalChoice.medoid(of: [SIMD3(1, 2, 3)]) == 0)
    #expect(SubgoalChoice.medoid(of: [SIMD3<Float>](repeating: SIMD3(1, 2, 3), count: 500)) == 0)
  }
}

@Suite struct SubtaskSharesTests {
  @Test func `what lies within subtasks is no doubt which one comes`() {
    var random = SplitMix64(seed: 5)
    func cloud(_ x: Float, _ count: Int) -> [SIMD3<Float>] {
      (0..<count).map { _ in
        SIMD3(x + .random(in: -0.2...0.2, using: &random), .random(in: -1...1, using: &random), 0)
      }
    }
    let (left, right) = (cloud(-1, 400), cloud(1, 400))
    #expect(UncertaintyMeasures.task(left, ofSubtasks: [400]) == 0)
    #expect(UncertaintyMeasures.task([], ofSubtasks: []) == 0)
    // Two ways 2 apart along one of three axes; what they have along y is within them.
    let both = UncertaintyMeasures.task(left + right, ofSubtasks: [400, 0, 400])
    #expect(abs(both - 1.0 / 3) < 0.05, "\(both)")
    #expect(UncertaintyMeasures.task(left + right) > both + 0.1)
    let points = [SIMD3<Float>(0, 0, 0), SIMD3(3, 6, -3)]
    #expect(
      UncertaintyMeasures.task(points, ofSubtasks: [1, 1]) == UncertaintyMeasures.task(points))
  }

  static let chances: [[Double]] = [
    [1], [0.5, 0.5], [0, 0.25, 0.75], [0.9, 0.1, 0], [1.0 / 3, 1.0 / 3, 1.0 / 3],
  ]

  @Test(arguments: chances)
  func `samples are split as the chances say, and none is lost`(chances: [Double]) {
    for samples in [0, 1, 7, 128] {
      let counts = SubtaskShares.counts(of: samples, chances)
      #expect(counts.count == chances.count && counts.reduce(0, +) == samples)
      let likely = chances.map { $0 >= 0.25 * (chances.max() ?? 0) ? $0 : 0 }
      let whole = likely.reduce(0, +)
      for (count, chance) in zip(counts, likely) {
        #expect(abs(Double(count) - chance / whole * Double(samples)) <= 1)
        #expect(chance > 0 || count == 0)
      }
    }
  }

  @Test func `chances that fall short of 1 by a rounding leave no sample without a subtask`() {
    #expect(SubtaskShares.counts(of: 10, [0.2999, 0.6]) == [3, 7])
    #expect(SubtaskShares.counts(of: 10, []) == [])
    #expect(SubtaskShares.counts(of: 10, [0, 0]) == [])
  }
}

@Suite struct EnsembleTests {
  private func member(_ velocity: Float, _ gripper: [Float] = [0, 0, 0]) -> [Float] {
    [Float](repeating: velocity, count: 6) + gripper
  }

  @Test func `members that agree are certain, and logits of the gripper do not count`() {
    let steps = [member(0.3, [9, 0, 0]), member(-0.2)]
    let others = [member(0.3, [0, 0, 9]), member(-0.2)]
    #expect(UncertaintyMeasures.policy([steps, others, steps]) == 0)
    #expect(UncertaintyMeasures.policy([steps]) == 0)
    #expect(UncertaintyMeasures.policy([]) == 0)
    #expect(UncertaintyMeasures.policy([[], []]) == 0)
  }

  @Test func `disagreement is the mean over steps of the deviation over members`() {
    // Deviations 1 at the first step, 3 at the second.
    let one = [member(0), member(-3)]
    let two = [member(2), member(3)]
    #expect(abs(UncertaintyMeasures.policy([one, two]) - 2) < 1e-6)
    #expect(
      UncertaintyMeasures.policy([one, two]) == UncertaintyMeasures.policy([two, one]))
  }

  @Test func `an action is the mean of velocities and the likeliest gripper command`() {
    let normalisation = SmallPolicy.manifest().normalisation
    // Two members are a little for closing, one is very much for opening.
    let action = ActionNumbers.action(
      [member(1, [0, 0, 1]), member(2, [0, 0, 1]), member(3, [0, 9, 0])], normalisation)
    #expect(abs(action.twist.linear.y - (0.2 + 0.01)) < 1e-6)
    #expect(abs(action.twist.angular.z - 0.6) < 1e-6)
    // Shares: hold 0.21, open 0.21 twice and nearly 1, close 0.58 twice.
    #expect(action.gripper == .open)
    #expect(ActionNumbers.action([member(0, [1, 1, 1])], normalisation).gripper == .hold)
    #expect(ActionNumbers.action([member(0, [-500, -900, -400])], normalisation).gripper == .close)
  }

  @Test func `numbers of an action lead back to it`() {
    let normalisation = SmallPolicy.manifest().normalisation
    var random = SeededGenerator(seed: 5)
    for _ in 0..<20 {
      let numbers = (0..<6).map { _ in Float.random(in: -2...2, using: &random) } + [0, 0, 1]
      let action = ActionNumbers.action([numbers], normalisation)
      let back = ActionNumbers.values(of: action, normalisation)
      #expect(zip(back, numbers).allSatisfy { abs($0 - $1) < 1e-4 })
      #expect(ActionNumbers.riskInput([numbers]) == numbers)
    }
  }

  @Test func `the thrifty gate asks above either threshold`() {
    let thresholds = SmallPolicy.manifest().thresholds
    func excess(_ novelty: Double, _ risk: Double) -> Double {
      UncertaintyMeasures.thrifty(novelty: novelty, risk: risk, thresholds: thresholds)
    }
    #expect(excess(0.25, 0.5) == 1)
    #expect(excess(0.1, 0.6) > 1 && excess(0.3, 0.1) > 1)
    #expect(excess(0.2, 0.4) < 1 && excess(0, 0) == 0)
    var strict = thresholds
    strict.risk = 0
    let asked = UncertaintyMeasures.thrifty(novelty: 0, risk: 1e-9, thresholds: strict)
    #expect(asked > 1 && asked.isFinite)
  }
}

import Fleet
import RobotData
import Testing

/// Aim: no order of events whatsoever breaks a rule. Method: random traces with faults of every
/// kind, watched by a witness that knows the rules only; then the world is healed, and every robot
/// must be served and finish an episode.
@Suite struct RandomTraceTests {
  static let seeds = 0..<400

  @Test func `no trace breaks a rule, and a healed fleet finishes episodes`() {
    var refusals: Set<String> = []
    var causes: Set<String> = []
    var sights: Set<String> = []
    for seed in Self.seeds {
      var world = World(seed: UInt64(seed))
      for step in 0..<600 {
        world.stir()
        guard world.violations.isEmpty else {
          Issue.record("seed \(seed), event \(step): \(world.violations), \(world.story)")
          return
        }
      }
      let unserved = world.heal()
      guard world.violations.isEmpty, unserved.isEmpty else {
        Issue.record(
          "seed \(seed), healed: \(world.violations), unserved \(unserved), \(world.story)")
        return
      }
      refusals.formUnion(world.refusals.map { "\($0)".word })
      sights.formUnion(world.sights)
      causes.formUnion(world.causes.map { "\($0)".word })
    }
    // The traces must have been rich: every refusal and every cause of the vocabulary was seen.
    #expect(refusals.count == 14, "\(refusals.sorted())")
    #expect(causes.count == 15, "\(causes.sorted())")
    #expect(sights.count == 4, "\(sights.sorted())")
  }

  @Test func `the same seed gives the same story`() {
    for seed in [3, 77, 200] as [UInt64] {
      var one = World(seed: seed)
      var other = World(seed: seed)
      for _ in 0..<300 {
        one.stir()
        other.stir()
      }
      // As text, because what is not a number is not equal to itself.
      #expect("\(one.transcript)" == "\(other.transcript)", "seed \(seed)")
    }
  }
}

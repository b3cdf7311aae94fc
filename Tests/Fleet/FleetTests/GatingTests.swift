import Fleet
import RobotData
import Testing

/// Aim: the policy asks and continues by the named rule, and a nudge suffices. Method: dialogues;
/// thresholds are 0.19 (task) and 0.1 (policy).
@Suite struct GatingTests {
  static func stage(_ change: (inout FleetConfiguration) -> Void = { _ in }) -> Stage {
    var stage = Stage {
      $0.isAssisted = true
      change(&$0)
    }
    stage.begin("r")
    stage.enter("ann")
    return stage
  }

  @Test func `the plain rule asks above the thresholds, not at them`() {
    var stage = Self.stage()
    stage.see("r", 0)
    stage.decide("r", 0, task: 0.19, policy: 0.1)
    #expect(stage.state("r") == .assisted)
    stage.see("r", 1)
    stage.decide("r", 1, policy: 0.11)
    #expect(stage.state("r") == .awaiting(.policyUncertainty(0.11)))
  }

  @Test func `the uncertainty that exceeds its threshold by more is named`() {
    var stage = Self.stage()
    stage.see("r", 0)
    stage.decide("r", 0, task: 0.2, policy: 0.5)
    #expect(stage.state("r") == .awaiting(.policyUncertainty(0.5)))
  }

  @Test func `thresholds of zero ask at every doubt`() {
    var stage = Self.stage()
    let none = UncertaintyThresholds(task: 0, policy: 0)
    #expect(
      stage.ask("ann", .setThresholds(none)) == [.thresholdsChanged(none, by: "ann")])
    stage.see("r", 0)
    stage.decide("r", 0, task: 0, policy: 0)
    #expect(stage.state("r") == .assisted)
    stage.see("r", 1)
    stage.decide("r", 1, task: 0, policy: 1e-9)
    #expect(stage.state("r") == .awaiting(.policyUncertainty(1e-9)))
  }

  @Test func `thresholds that are no thresholds are refused`() {
    var stage = Self.stage()
    for bad in [-0.1, .nan, .infinity] {
      let thresholds = UncertaintyThresholds(task: 0.1, policy: bad)
      #expect(stage.refusal("ann", .setThresholds(thresholds)) == .notFinite)
    }
    #expect(stage.fleet.configuration.thresholds.policy == 0.1)
  }

  @Test func `a waiting robot continues by itself when the uncertainty has fallen`() {
    var stage = Self.stage()
    stage.see("r", 0)
    stage.decide("r", 0, task: 0.3)
    stage.pass(.milliseconds(100))
    stage.see("r", 1)
    #expect(stage.decide("r", 1, task: 0.2) == [])
    stage.see("r", 2)
    let effects = stage.decide("r", 2, task: 0.1)
    #expect(effects.first == .resetPolicy("r"))
    #expect(effects.causes(of: "r") == [.uncertaintyFell])
    #expect(effects.handovers(of: "r").map(\.waited) == [.milliseconds(100)])
    #expect(effects.commands(to: "r") == [], "the decision itself came before the hand-over")
  }

  @Test func `it does not go on while the other uncertainty is too high`() {
    var stage = Self.stage()
    stage.see("r", 0)
    stage.decide("r", 0, task: 0.3)
    stage.see("r", 1)
    #expect(stage.decide("r", 1, task: 0.1, policy: 0.2) == [])
  }

  @Test func `the asymmetric rule continues only well below the threshold`() {
    var stage = Self.stage { $0.gating = .asymmetric(resume: 0.5) }
    stage.see("r", 0)
    stage.decide("r", 0, task: 0.3)
    stage.see("r", 1)
    #expect(stage.decide("r", 1, task: 0.15) == [])
    stage.see("r", 2)
    #expect(stage.decide("r", 2, task: 0.09).causes(of: "r") == [.uncertaintyFell])
  }

  @Test func `the dwell rule lets the policy change nothing soon after a change`() {
    var stage = Self.stage { $0.gating = .dwell(.milliseconds(300)) }
    stage.see("r", 0)
    #expect(stage.decide("r", 0, task: 0.3).commands(to: "r").map(\.action) == [.reach])
    stage.pass(.milliseconds(300))
    stage.see("r", 1)
    stage.decide("r", 1, task: 0.3)
    #expect(stage.state("r") == .awaiting(.taskUncertainty(0.3)))
    stage.see("r", 2)
    #expect(stage.decide("r", 2, task: 0.1) == [])
    stage.see("r", 3)
    stage.tell(.policyFailed("r", stage.episode(of: "r"), step: 3))
    stage.pass(.milliseconds(300))
    stage.see("r", 4)
    #expect(stage.decide("r", 4, task: 0.1).causes(of: "r") == [.uncertaintyFell])
    stage.see("r", 5)
    stage.tell(.policyFailed("r", stage.episode(of: "r"), step: 5))
    #expect(stage.state("r") == .awaiting(.policyFailed), "failures do not dwell")
  }

  /// A robot that asked because of its task uncertainty, taken by ann, one observation seen.
  static func served(_ change: (inout FleetConfiguration) -> Void = { _ in }) -> Stage {
    var stage = stage(change)
    stage.see("r", 0)
    stage.decide("r", 0, task: 0.3)
    stage.ask("ann", .takeNext)
    stage.see("r", 1)
    return stage
  }

  @Test func `after a nudge and a rest the policy finishes the subtask by itself`() {
    var stage = Self.served()
    #expect(stage.decide("r", 1, task: 0.1) == [], "nothing was nudged yet")
    stage.ask("ann", .drive("r", .reach, respondsTo: nil))
    stage.pass(.milliseconds(200))
    stage.see("r", 2)
    #expect(stage.decide("r", 2, task: 0.1) == [], "still at it")
    stage.ask("ann", .drive("r", .hold, respondsTo: nil))
    stage.pass(.milliseconds(100))
    stage.see("r", 3)
    let effects = stage.decide("r", 3, task: 0.1)
    #expect(effects.causes(of: "r") == [.uncertaintyFell])
    #expect(effects.contains(.unassigned("r", from: "ann", .uncertaintyFell)))
    #expect(effects.first == .resetPolicy("r"))
    #expect(stage.state("r") == .assisted)
  }

  @Test func `a new movement takes a robot back that has just gone on by itself`() {
    var stage = Self.served()
    stage.ask("ann", .drive("r", .reach, respondsTo: nil))
    stage.pass(.milliseconds(300))
    stage.see("r", 2)
    stage.decide("r", 2, task: 0.1)
    #expect(stage.refusal("ann", .drive("r", .hold, respondsTo: nil)) == .notHeld)
    let effects = stage.ask("ann", .drive("r", .reach, respondsTo: nil))
    #expect(effects.causes(of: "r") == [.operatorTookOver])
    #expect(effects.commands(to: "r").map(\.action) == [.hold])
    #expect(stage.state("r") == .teleoperated(by: "ann"))
  }

  @Test func `later, or from someone else, a movement is refused`() {
    var stage = Self.served()
    stage.enter("bob")
    stage.ask("ann", .drive("r", .reach, respondsTo: nil))
    stage.pass(.milliseconds(300))
    stage.see("r", 2)
    stage.decide("r", 2, task: 0.1)
    #expect(stage.refusal("bob", .drive("r", .reach, respondsTo: nil)) == .notHeld)
    stage.pass(.milliseconds(1_050))
    #expect(stage.refusal("ann", .drive("r", .reach, respondsTo: nil)) == .notHeld)
  }

  @Test func `a robot that was taken unasked, or by that configuration, is never taken away`() {
    for isAsked in [true, false] {
      var stage = Self.stage { $0.returnsAutomatically = !isAsked }
      stage.see("r", 0)
      if isAsked { stage.decide("r", 0, task: 0.3) }
      stage.ask("ann", .takeOver("r"))
      stage.see("r", 1)
      stage.ask("ann", .drive("r", .reach, respondsTo: nil))
      stage.pass(.milliseconds(400))
      stage.see("r", 2)
      #expect(stage.decide("r", 2, task: 0.01) == [])
    }
  }

  @Test func `the confirmed rule asks when a doubt lasts, or at the first decision`() {
    var stage = Self.stage { $0.gating = .confirmed(.milliseconds(300)) }
    func doubt(_ step: Int, _ task: Double) -> RobotSnapshot.State? {
      stage.see("r", step)
      stage.decide("r", step, task: task)
      return stage.state("r")
    }
    #expect(doubt(0, 0) == .assisted)
    // Three in a row, and sure again; then four: the last is 0.3 s after the first.
    for (step, task) in [0.3, 0.3, 0.3, 0.1, 0.3, 0.3, 0.3].enumerated() {
      #expect(doubt(step + 1, task) == .assisted, "\(step)")
    }
    #expect(doubt(8, 0.4) == .awaiting(.taskUncertainty(0.4)))
    stage.ask("ann", .takeNext)
    stage.see("r", 9)
    stage.ask("ann", .handBack("r"))
    #expect(doubt(10, 0.3) == .awaiting(.taskUncertainty(0.3)))
  }

  // MARK: - Getting nowhere

  private static let stuck = StagnationRule(radius: 0.04, limit: .seconds(2))

  /// Sees `steps` and has each decided by a sure policy; stops when the robot asks.
  private func follow(
    _ stage: inout Stage, _ steps: Range<Int>, hand: (Int) -> Vector3
  ) -> (step: Int, state: RobotSnapshot.State)? {
    for step in steps {
      stage.see("r", step, hand: hand(step))
      stage.decide("r", step)
      if let state = stage.state("r"), state != .assisted { return (step, state) }
    }
    return nil
  }

  @Test func `a hand that gets nowhere asks, however sure the policy is`() throws {
    var stage = Self.stage { $0.stagnation = Self.stuck }
    // To and fro within 3 cm; at 10 Hz more than 2 s are 21 steps.
    let asked = try #require(
      follow(&stage, 0..<40) { Vector3($0.isMultiple(of: 2) ? 0.03 : 0, 0, 0) })
    #expect(asked.step == 21, "\(asked.step)")
    guard case .awaiting(.noProgress(let time)) = asked.state else {
      Issue.record("\(asked.state)")
      return
    }
    #expect(abs(time - 2.1) < 1e-9)
    // It does not go on by itself; a person moves it on, and the count begins anew.
    stage.see("r", asked.step + 1)
    #expect(stage.decide("r", asked.step + 1) == [])
    stage.ask("ann", .takeNext)
    stage.see("r", asked.step + 2)
    stage.ask("ann", .handBack("r"))
    let next = asked.step + 3
    let again = follow(&stage, next..<next + 40) { _ in .zero }
    #expect(again?.step == next + 21)
  }

  @Test func `a hand that gets on does not ask, nor one without the rule`() {
    var stage = Self.stage { $0.stagnation = Self.stuck }
    #expect(follow(&stage, 0..<100) { Vector3(0.005 * Double($0), 0, 0) } == nil)
    stage = Self.stage()
    #expect(follow(&stage, 0..<100) { _ in .zero } == nil)
  }

  @Test func `the same step again, of a robot that stands, does not count`() {
    var stage = Self.stage { $0.stagnation = Self.stuck }
    for _ in 0..<60 {
      stage.see("r", 0)
      stage.decide("r", 0)
    }
    #expect(stage.state("r") == .assisted)
  }
}

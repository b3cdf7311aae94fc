import Fleet
import RobotData
import Testing

/// Aim: several operators share a fleet without getting into each other's way, and every request
/// is granted or refused in words. Method: dialogues.
@Suite struct OperatorTests {
  static func twoRobots() -> Stage {
    var stage = Stage()
    stage.begin("r1")
    stage.pass(.milliseconds(50))
    stage.begin("r2")
    stage.enter("ann")
    stage.enter("bob")
    return stage
  }

  @Test func `each operator gets a robot of their own, in the order of the requests`() {
    var stage = Self.twoRobots()
    #expect(stage.fleet.status(at: stage.now).queue == ["r1", "r2"])
    stage.ask("ann", .takeNext)
    stage.ask("bob", .takeNext)
    #expect(stage.state("r1") == .teleoperated(by: "ann"))
    #expect(stage.state("r2") == .teleoperated(by: "bob"))
    #expect(stage.fleet.status(at: stage.now).queue == [])
  }

  @Test func `who holds a robot must let go of it before taking another`() {
    var stage = Self.twoRobots()
    stage.ask("ann", .takeNext)
    #expect(stage.refusal("ann", .takeNext) == .busyWith("r1"))
    #expect(stage.refusal("ann", .takeOver("r2")) == .busyWith("r1"))
    #expect(stage.refusal("bob", .takeOver("r1")) == .heldByOther("ann"))
    #expect(stage.refusal("bob", .mark("r1", .success)) == .heldByOther("ann"))
    #expect(stage.refusal("bob", .handBack("r1")) == .notHeld)
    #expect(
      stage.ask("ann", .takeOver("r1")) == [.assigned("r1", to: "ann", .requestServed)],
      "taking what one holds says so again and changes nothing")
  }

  @Test func `requests for nothing are refused`() {
    var stage = Stage()
    stage.enter("ann")
    #expect(stage.refusal("ann", .takeNext) == .noRobotWaits)
    #expect(stage.refusal("ann", .takeOver("ghost")) == .unknownRobot)
    #expect(stage.refusal("ann", .emergencyStop(.one("ghost"))) == .unknownRobot)
    #expect(stage.refusal("ann", .releaseStop(.one("ghost"))) == .unknownRobot)
    #expect(stage.refusal("ann", .changeMark("ghost", .success)) == .unknownRobot)
    stage.join("r")
    #expect(stage.refusal("ann", .takeOver("r")) == .noEpisode)
    #expect(stage.refusal("ann", .mark("r", .success)) == .noEpisode)
    #expect(stage.refusal("ann", .changeMark("r", .success)) == .noEpisode)
    #expect(stage.refusal("bob", .takeNext) == .notJoined)
  }

  @Test func `an action that is not finite never reaches a robot`() {
    var stage = Self.twoRobots()
    stage.ask("ann", .takeNext)
    stage.see("r1", 0)
    for bad in [Double.nan, .infinity] {
      #expect(stage.refusal("ann", .drive("r1", .moving(bad), respondsTo: nil)) == .notFinite)
    }
    #expect(stage.state("r1") == .teleoperated(by: "ann"))
  }

  @Test func `a second console with the same name is refused while the first is alive`() {
    var stage = Self.twoRobots()
    stage.ask("ann", .takeNext)
    #expect(
      stage.enter("ann", instance: 2) == [.refuseOperator("ann", instance: 2, .nameTaken)])
    let again = stage.enter("ann", instance: 1)
    #expect(again == [.welcomeOperator("ann"), .assigned("r1", to: "ann", .requestServed)])
    #expect(stage.state("r1") == .teleoperated(by: "ann"), "the same console keeps its robot")
    stage.present["ann"] = nil
    stage.pass(.milliseconds(2_100))
    #expect(stage.enter("ann", instance: 2) == [.welcomeOperator("ann")])
    #expect(stage.state("r1") == .awaiting(.interrupted), "it had been silent for too long")
    #expect(
      stage.tell(.operatorHeartbeat("ann", instance: 1))
        == [.refuseOperator("ann", instance: 1, .notJoined)])
  }

  @Test func `every word of an operator counts as a sign of life`() {
    var stage = Self.twoRobots()
    stage.present["ann"] = nil
    for _ in 0..<5 {
      stage.pass(.milliseconds(1_500))
      let refusals = stage.tell(.operatorRequested("ann", instance: 1, .resumeFleet))
      #expect(refusals == [])
    }
  }

  @Test func `a mark by anybody serves a robot that waits`() {
    var stage = Self.twoRobots()
    let episode = stage.episode(of: "r2")
    stage.see("r2", 0)
    stage.pass(.milliseconds(100))
    let effects = stage.ask("ann", .mark("r2", .discarded))
    #expect(effects.causes(of: "r2") == [.episodeEnded])
    #expect(effects.last == .endEpisode("r2", episode, .discarded))
    #expect(stage.state("r2") == .idle(isReady: false))
    #expect(stage.fleet.status(at: stage.now).queue == ["r1"])
  }

  @Test func `the last mark can be changed, and the counts follow`() {
    var stage = Self.twoRobots()
    let episode = stage.episode(of: "r1")
    stage.ask("ann", .takeNext)
    stage.ask("ann", .mark("r1", .success))
    #expect(stage.fleet.status(at: stage.now).successes == 1)
    stage.ready("r1")
    #expect(
      stage.ask("bob", .changeMark("r1", .discarded)) == [.changeOutcome(episode, .discarded)])
    let status = stage.fleet.status(at: stage.now)
    #expect(status.successes == 0 && status.discards == 1 && status.failures == 0)
    #expect(stage.refusal("bob", .changeMark("r1", .interrupted)) == .outcomeNotAllowed)
    #expect(stage.refusal("bob", .mark("r1", .interrupted)) == .outcomeNotAllowed)
  }

  @Test func `an operator who leaves frees the name at once`() {
    var stage = Self.twoRobots()
    stage.tell(.operatorLeft("ann", instance: 1))
    stage.present["ann"] = nil
    #expect(stage.enter("ann", instance: 9) == [.welcomeOperator("ann")])
    let names = stage.fleet.status(at: stage.now).operators.map(\.name)
    #expect(names == ["ann", "bob"])
  }
}

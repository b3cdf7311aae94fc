import Fleet
import RobotData
import Testing

/// Aim: during a pause everything holds and nothing is lost. Method: dialogues.
@Suite struct PauseTests {
  @Test func `robots hold, are answered, and go on as before`() {
    var stage = Stage { $0.isAssisted = true }
    for id in ["r1", "r2", "r3"] as [RobotID] {
      stage.begin(id)
      stage.see(id, 0)
    }
    stage.decide("r2", 0, task: 0.5)
    stage.enter("ann")
    stage.ask("ann", .takeOver("r3"))
    let paused = stage.ask("ann", .pauseFleet)
    #expect(paused.causes(of: "r1") == [.fleetPaused])
    #expect(paused.causes(of: "r2") == [], "it waits already, and keeps waiting")
    #expect(paused.causes(of: "r3") == [.fleetPaused])
    #expect(paused.commands(to: "r1").map(\.respondsTo) == [0])
    for id in ["r1", "r2", "r3"] as [RobotID] {
      #expect(stage.see(id, 1).commands(to: id).map(\.action) == [.hold])
      #expect(stage.status(id)?.author == .hold)
    }
    #expect(stage.decide("r2", 1, task: 0.01) == [], "the policy does not go on in a pause")
    #expect(stage.refusal("ann", .drive("r3", .reach, respondsTo: nil)) == .paused)
    #expect(stage.refusal("ann", .takeNext) == .paused)
    let resumed = stage.ask("ann", .resumeFleet)
    #expect(resumed.causes(of: "r1") == [.fleetResumed])
    #expect(resumed.contains(.resetPolicy("r1")))
    #expect(stage.state("r1") == .assisted)
    #expect(stage.state("r2") == .awaiting(.taskUncertainty(0.5)))
    #expect(stage.state("r3") == .teleoperated(by: "ann"))
    #expect(stage.ask("ann", .drive("r3", .reach, respondsTo: nil)) == [], "nothing seen since")
    stage.see("r3", 2)
    #expect(
      stage.ask("ann", .drive("r3", .reach, respondsTo: nil)).commands(to: "r3").count == 1)
  }

  @Test func `no episode begins during a pause, and all ready ones begin after it`() {
    var stage = Stage()
    stage.enter("ann")
    stage.ask("ann", .pauseFleet)
    stage.begin("r1")
    stage.begin("r2")
    #expect(stage.state("r1") == .idle(isReady: true))
    #expect(stage.pass(.seconds(1)) == [])
    let effects = stage.ask("ann", .resumeFleet)
    #expect(effects.causes(of: "r1") == [.helpRequested(.unassisted)])
    #expect(effects.causes(of: "r2") == [.helpRequested(.unassisted)])
  }

  @Test func `an operator who is lost during a pause does not get the robot back`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.enter("ann")
    stage.enter("bob")
    stage.ask("ann", .takeOver("r"))
    stage.ask("bob", .pauseFleet)
    stage.tell(.operatorLeft("ann", instance: 1))
    stage.present["ann"] = nil
    stage.ask("bob", .resumeFleet)
    #expect(stage.state("r") == .awaiting(.interrupted))
  }

  @Test func `marking and handing back work during a pause`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r1")
    stage.begin("r2")
    stage.enter("ann")
    stage.enter("bob")
    stage.ask("ann", .takeOver("r1"))
    stage.ask("bob", .takeOver("r2"))
    stage.ask("ann", .pauseFleet)
    #expect(stage.ask("ann", .mark("r1", .success)).causes(of: "r1") == [.episodeEnded])
    #expect(stage.ask("bob", .handBack("r2")).causes(of: "r2") == [.handedBack])
    #expect(stage.status("r2")?.author == .hold)
    #expect(stage.ask("bob", .resumeFleet).causes(of: "r2") == [.fleetResumed])
    #expect(stage.state("r2") == .assisted)
  }
}

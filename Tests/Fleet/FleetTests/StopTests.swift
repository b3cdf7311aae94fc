import Fleet
import RobotData
import Testing

/// Aim: a stopped robot never moves, and is released by people only. Method: dialogues.
@Suite struct StopTests {
  @Test func `anybody stops a robot at any time, and it waits after the release`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.see("r", 0)
    let stopped = stage.tell(
      .operatorRequested("stranger", instance: 5, .emergencyStop(.one("r"))))
    #expect(stopped.first == .stopRobot("r", .emergencyStop), "before anything else")
    #expect(stopped.causes(of: "r") == [.emergencyStop])
    #expect(stopped.commands(to: "r") == [])
    #expect(stage.status("r")?.note == "emergency stop by stranger")
    #expect(stage.see("r", 1) == [] && stage.decide("r", 1) == [])
    stage.enter("ann")
    #expect(stage.refusal("ann", .takeOver("r")) == .stopped)
    #expect(stage.refusal("ann", .mark("r", .discarded)) == .stopped)
    let released = stage.ask("ann", .releaseStop(.one("r")))
    #expect(released.first == .releaseRobot("r"))
    #expect(released.causes(of: "r") == [.stopReleased])
    #expect(released.commands(to: "r").map(\.respondsTo) == [1], "the newest is answered")
    #expect(stage.state("r") == .awaiting(.interrupted))
  }

  @Test func `a person who drives loses the robot to the stop`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.see("r", 0)
    let stopped = stage.ask("ann", .emergencyStop(.one("r")))
    #expect(stopped.contains(.unassigned("r", from: "ann", .emergencyStop)))
    #expect(stage.refusal("ann", .drive("r", .reach, respondsTo: nil)) == .stopped)
  }

  @Test func `stopping all reaches those who are away and those who come later`() {
    var stage = Stage()
    stage.begin("away")
    let episode = stage.episode(of: "away")
    stage.alive = [:]
    stage.pass(.seconds(3))
    stage.enter("ann")
    #expect(stage.ask("ann", .emergencyStop(.all)) == [.stopRobot("away", .emergencyStop)])
    let late = stage.join("late")
    #expect(late.contains(.stopRobot("late", .emergencyStop)))
    #expect(stage.ready("late") == [])
    let back = stage.join("away", in: EpisodeInProgress(episode: episode, nextStep: 0))
    #expect(back.contains(.stopRobot("away", .emergencyStop)))
    #expect(stage.see("away", 0) == [])
    let released = stage.ask("ann", .releaseStop(.all))
    #expect(released.contains(.releaseRobot("away")) && released.contains(.releaseRobot("late")))
    #expect(stage.state("away") == .awaiting(.interrupted))
    #expect(stage.state("late") == .awaiting(.unassisted), "it was ready, and begins")
  }

  @Test func `a robot that is released while it is away is told when it returns`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .emergencyStop(.one("r")))
    stage.alive = [:]
    stage.pass(.seconds(3))
    #expect(stage.state("r") == .offline)
    stage.ask("ann", .releaseStop(.one("r")))
    #expect(stage.join("r").contains(.releaseRobot("r")))
    #expect(stage.state("r") == .idle(isReady: false))
  }

  @Test func `a stop outlasts the process of the robot`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .emergencyStop(.one("r")))
    stage.tell(.robotLeft("r", instance: 1))
    stage.join("r", instance: 2)
    #expect(stage.state("r") == .stopped(.emergencyStop(by: "ann")))
  }

  @Test func `who presses twice is heard twice`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .emergencyStop(.one("r")))
    #expect(
      stage.ask("ann", .emergencyStop(.one("r"))) == [.stopRobot("r", .emergencyStop)])
    stage.ask("ann", .releaseStop(.one("r")))
    #expect(
      stage.ask("ann", .releaseStop(.one("r"))) == [.releaseRobot("r")],
      "a robot may be stopped by an earlier coordinator")
  }

  @Test func `a fault stops one robot's episode and the session continues`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r1")
    stage.begin("r2")
    let effects = stage.tell(.robotFaulted("r1", instance: 1, message: "bus error"))
    #expect(effects.contains(.fault("r1", message: "bus error")))
    #expect(effects.causes(of: "r1") == [.robotFault])
    #expect(stage.state("r1") == .stopped(.fault(message: "bus error")))
    #expect(stage.state("r2") == .assisted)
  }

  @Test func `numbers that are none stop the robot, once, and the release answers`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    let effects = stage.see("r", 4, isFinite: false)
    #expect(effects.contains(.stopRobot("r", .robotFault)))
    #expect(stage.status("r")?.note.contains("step 4") == true)
    #expect(stage.see("r", 5, isFinite: false) == [])
    stage.enter("ann")
    let released = stage.ask("ann", .releaseStop(.one("r"))).commands(to: "r")
    #expect(released.map(\.respondsTo) == [5] && released.map(\.action) == [.hold])
  }
}

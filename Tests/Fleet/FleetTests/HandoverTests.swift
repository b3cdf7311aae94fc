import Fleet
import RobotData
import Testing

/// Aim: control passes with its cause, without a bump, and to no one silently. Method: dialogues.
@Suite struct HandoverTests {
  @Test func `a request is served: asked, taken, driven, handed back`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.enter("ann")
    let episode = stage.episode(of: "r")
    stage.see("r", 0)
    let asked = stage.decide("r", 0, task: 0.34)
    #expect(asked.causes(of: "r") == [.helpRequested(.taskUncertainty(0.34))])
    #expect(asked.commands(to: "r").map(\.action) == [.hold])
    #expect(asked.last == .helpWanted("r", .taskUncertainty(0.34)))
    stage.pass(.milliseconds(400))
    let taken = stage.ask("ann", .takeNext)
    #expect(
      taken.handovers(of: "r") == [
        Handover(
          robot: "r", episode: episode, step: 0, from: .hold, to: .human("ann"),
          cause: .requestServed, waited: .milliseconds(400))
      ])
    #expect(taken.contains(.assigned("r", to: "ann", .requestServed)))
    #expect(taken.last == .forwardObservation("r", episode, step: 0, to: "ann"))
    stage.see("r", 1)
    stage.ask("ann", .drive("r", .reach, respondsTo: nil))
    let back = stage.ask("ann", .handBack("r"))
    #expect(back.first == .resetPolicy("r"), "a fresh subgoal")
    #expect(back.causes(of: "r") == [.handedBack])
    #expect(back.contains(.unassigned("r", from: "ann", .handedBack)))
    #expect(back.commands(to: "r").map(\.action) == [.hold])
    #expect(stage.state("r") == .assisted)
  }

  @Test func `an operator takes over unasked, and what the policy decided before is void`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.enter("ann")
    stage.see("r", 0)
    let taken = stage.ask("ann", .takeOver("r"))
    #expect(taken.causes(of: "r") == [.operatorTookOver])
    #expect(taken.handovers(of: "r").map(\.waited) == [nil])
    #expect(taken.commands(to: "r").map(\.respondsTo) == [0], "what was open is answered")
    #expect(taken.commands(to: "r").map(\.action) == [.hold])
    #expect(stage.decide("r", 0) == [])
  }

  @Test func `a request is not withdrawn by what was seen before it`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.see("r", 0)
    stage.see("r", 1)
    stage.decide("r", 0, task: 0.5)
    #expect(stage.decide("r", 1, task: 0.01) == [])
    #expect(stage.state("r") == .awaiting(.taskUncertainty(0.5)))
  }

  @Test func `human input beats the policy in the same tick, whichever comes first`() {
    for humanFirst in [true, false] {
      var stage = Stage { $0.isAssisted = true }
      stage.begin("r")
      stage.enter("ann")
      stage.see("r", 0)
      var commands: [Command] = []
      if humanFirst { commands += stage.ask("ann", .takeOver("r")).commands(to: "r") }
      commands += stage.decide("r", 0).commands(to: "r")
      if !humanFirst { commands += stage.ask("ann", .takeOver("r")).commands(to: "r") }
      #expect(commands.last?.annotation.author == .human("ann"), "human first: \(humanFirst)")
      #expect(commands.last?.action == .hold)
    }
  }

  @Test func `inputs from before the first observation of a tenure do not move the robot`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.see("r", 0)
    stage.pass(.milliseconds(100))
    stage.ask("ann", .takeNext)
    #expect(stage.ask("ann", .drive("r", .reach, respondsTo: nil)) == [])
    #expect(stage.ask("ann", .drive("r", .reach, respondsTo: 0)) == [])
    // Still under way when control passed: shown, but not to be answered.
    let early = stage.see("r", 1, age: .milliseconds(20))
    #expect(early.commands(to: "r").map(\.action) == [.hold])
    #expect(stage.ask("ann", .drive("r", .reach, respondsTo: nil)) == [])
    stage.pass(.milliseconds(50))
    #expect(stage.see("r", 2).commands(to: "r").map(\.action) == [.hold])
    let moved = stage.ask("ann", .drive("r", .reach, respondsTo: nil))
    #expect(moved.commands(to: "r").map(\.action) == [.reach])
  }

  @Test func `the policy, too, begins with what is seen after it got control`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeOver("r"))
    stage.see("r", 0)
    stage.pass(.milliseconds(50))
    stage.ask("ann", .handBack("r"))
    #expect(stage.decide("r", 0) == [], "asked for while the person drove")
    let early = stage.see("r", 1, age: .milliseconds(30))
    #expect(early.commands(to: "r").map(\.action) == [.hold])
    #expect(!early.contains(.askPolicy("r", stage.episode(of: "r"), step: 1)))
    #expect(
      stage.see("r", 2).contains(.askPolicy("r", stage.episode(of: "r"), step: 2)))
  }

  @Test func `no hand-over opens the hand: every hold keeps the gripper as it is`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.enter("ann")
    stage.see("r", 0)
    let grip = Action(twist: .zero, gripper: .close)
    #expect(stage.decide("r", 0, grip).commands(to: "r").map(\.action) == [grip])
    var commands = stage.ask("ann", .takeOver("r")).commands(to: "r")
    commands += stage.see("r", 1).commands(to: "r")
    commands += stage.ask("ann", .drive("r", .reach, respondsTo: nil)).commands(to: "r")
    #expect(commands.map(\.action.gripper) == [.hold, .hold, .hold])
  }

  @Test func `a lost operator leaves the robot holding, never to the policy`() {
    for isSilent in [true, false] {
      var stage = Stage { $0.isAssisted = true }
      stage.begin("r")
      stage.enter("ann")
      stage.ask("ann", .takeOver("r"))
      stage.see("r", 0)
      stage.present["ann"] = nil
      let effects =
        isSilent
        ? stage.pass(.milliseconds(2_100)) : stage.tell(.operatorLeft("ann", instance: 1))
      #expect(effects.causes(of: "r") == [.operatorLost])
      #expect(effects.contains(.unassigned("r", from: "ann", .operatorLost)))
      #expect(effects.contains(.helpWanted("r", .interrupted)))
      #expect(stage.state("r") == .awaiting(.interrupted))
      stage.see("r", 1)
      #expect(stage.decide("r", 1) == [], "a sure policy does not go on by itself")
    }
  }

  @Test func `a chosen subtask goes with the commands until it is done`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.ask("ann", .chooseSubtasks("r", ["red"]))
    #expect(stage.see("r", 0).commands(to: "r").map(\.annotation.subtask) == ["red"])
    #expect(
      stage.see("r", 1, completed: ["red"]).commands(to: "r").map(\.annotation.subtask) == [nil])
    stage.ask("ann", .chooseSubtasks("r", ["red"]))
    #expect(
      stage.see("r", 2, completed: ["red"]).commands(to: "r").map(\.annotation.subtask)
        == ["red"], "chosen although it is done: it is to be done again")
  }

  @Test func `an order of subtasks continues with the next that can be done`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.ask("ann", .chooseSubtasks("r", ["red", "green", "blue", "white"]))
    func subtask(_ step: Int, _ completed: [SubtaskName], _ available: [SubtaskName])
      -> [SubtaskName?]
    {
      stage.see("r", step, completed: completed, available: available).commands(to: "r")
        .map(\.annotation.subtask)
    }
    #expect(subtask(0, [], ["red", "green", "blue", "white"]) == ["red"])
    let line = stage.fleet.status(of: "r", at: stage.now)
    #expect(line?.subtask == "red" && line?.laterSubtasks == ["green", "blue", "white"])
    // Green has become impossible: it is passed over.
    #expect(subtask(1, ["red"], ["blue", "white"]) == ["blue"])
    #expect(stage.fleet.status(of: "r", at: stage.now)?.laterSubtasks == ["white"])
    // White was done meanwhile, and nothing is left.
    #expect(subtask(2, ["red", "white", "blue"], []) == [nil])
  }

  @Test func `a robot that cannot tell what is open continues as was chosen`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.ask("ann", .chooseSubtasks("r", ["red", "green"]))
    stage.see("r", 0)
    stage.see("r", 1, completed: ["red"])
    #expect(stage.fleet.status(of: "r", at: stage.now)?.subtask == "green")
  }
}

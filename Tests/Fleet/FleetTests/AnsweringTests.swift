import Fleet
import RobotData
import Testing

/// Aim: each fresh observation leads to exactly one command that names its step, at the moment
/// that the design says. Method: dialogues, one for each kind of control.
@Suite struct AnsweringTests {
  @Test func `the policy's decision answers the observation that it was made for`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    #expect(stage.see("r", 0) == [.askPolicy("r", stage.episode(of: "r"), step: 0)])
    let command = stage.decide("r", 0).commands(to: "r").first
    #expect(command?.respondsTo == 0 && command?.action == .reach)
    #expect(
      command?.annotation
        == StepAnnotation(
          author: .policy, cause: .episodeStarted,
          uncertainty: Uncertainty(task: 0.05, policy: 0.02), subtask: nil))
    #expect(command?.validity == .milliseconds(300))
    #expect(stage.decide("r", 0) == [], "a second decision on one step is dropped")
  }

  @Test func `a decision on an older observation counts until a newer one is answered`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    for step in 0...2 { stage.see("r", step) }
    #expect(stage.decide("r", 1).commands(to: "r").map(\.respondsTo) == [1])
    #expect(stage.decide("r", 0) == [])
    #expect(stage.decide("r", 2).commands(to: "r").map(\.respondsTo) == [2])
  }

  @Test func `a policy that owes its answer is replaced by a hold, then by a person`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    for step in 0..<3 {
      stage.see("r", step)
      #expect(stage.pass(.milliseconds(500)).commands(to: "r") == [])
      let effects = stage.pass(.milliseconds(50))
      #expect(effects.commands(to: "r").map(\.respondsTo) == [step])
      #expect(effects.commands(to: "r").map(\.action) == [.hold])
      #expect(effects.commands(to: "r").map(\.annotation.author) == [.hold])
      #expect(effects.contains(.helpWanted("r", .policyFailed)) == (step == 2))
      #expect(stage.decide("r", step) == [], "too late")
    }
    #expect(stage.state("r") == .awaiting(.policyFailed))
  }

  @Test func `one answer in time forgives the answers that were owed before`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    for step in 0..<8 {
      stage.see("r", step)
      if step % 2 == 0 { stage.pass(.milliseconds(550)) } else { stage.decide("r", step) }
    }
    #expect(stage.state("r") == .assisted)
  }

  @Test func `a robot that waits is told to hold at once`() {
    var stage = Stage()
    stage.begin("r")
    let command = stage.see("r", 0).commands(to: "r").first
    #expect(command?.respondsTo == 0 && command?.action == .hold)
    #expect(command?.annotation.author == .hold)
    #expect(command?.annotation.cause == .helpRequested(.unassisted))
  }

  @Test func `a person's last input answers at once, and holds when it is old`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    #expect(stage.see("r", 0).commands(to: "r").map(\.action) == [.hold], "no input yet")
    let driven = stage.ask("ann", .drive("r", .moving(0.2), respondsTo: nil)).commands(to: "r")
    #expect(driven.map(\.action) == [.moving(0.2)] && driven.map(\.respondsTo) == [nil])
    stage.pass(.milliseconds(200))
    let answer = stage.see("r", 1).commands(to: "r")
    #expect(answer.map(\.action) == [.moving(0.2)] && answer.map(\.respondsTo) == [1])
    stage.pass(.milliseconds(100))
    #expect(stage.see("r", 2).commands(to: "r").map(\.action) == [.hold])
    #expect(stage.see("r", 3).commands(to: "r").map(\.annotation.author) == [.human("ann")])
  }

  @Test func `a closed-loop operator answers each observation, or the robot holds`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("model", closedLoop: true)
    stage.ask("model", .takeNext)
    let episode = stage.episode(of: "r")
    #expect(stage.see("r", 0) == [.forwardObservation("r", episode, step: 0, to: "model")])
    let answer = stage.ask("model", .drive("r", .reach, respondsTo: 0)).commands(to: "r")
    #expect(answer.map(\.respondsTo) == [0] && answer.map(\.action) == [.reach])
    #expect(stage.ask("model", .drive("r", .reach, respondsTo: 0)) == [], "answered already")
    stage.see("r", 1)
    #expect(stage.pass(.milliseconds(250)).commands(to: "r") == [])
    let late = stage.pass(.milliseconds(50)).commands(to: "r")
    #expect(late.map(\.respondsTo) == [1] && late.map(\.action) == [.hold])
    #expect(stage.refusal("model", .drive("r", .reach, respondsTo: 1)) == .tooLate)
    #expect(stage.refusal("model", .drive("r", .reach, respondsTo: 99)) == .tooLate)
  }

  @Test func `a stale observation is reported and nothing else`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    let episode = stage.episode(of: "r")
    let age = Duration.milliseconds(501)
    #expect(
      stage.see("r", 0, age: age) == [.staleObservation("r", episode, step: 0, age: age)])
    #expect(stage.decide("r", 0) == [], "a decision that no one asked for")
    #expect(stage.see("r", 0) != [], "the robot looked again, and this is fresh")
    #expect(stage.see("r", 1, age: .milliseconds(500)) != [])
  }

  @Test func `a robot that stands still refreshes its observation, and each is answered`() {
    var stage = Stage()
    stage.begin("r")
    #expect(stage.see("r", 0).commands(to: "r").map(\.respondsTo) == [0])
    #expect(stage.see("r", 0).commands(to: "r").map(\.respondsTo) == [0])
    stage.enter("model", closedLoop: true)
    stage.ask("model", .takeNext)
    stage.pass(.milliseconds(50))
    stage.see("r", 0)
    let first = stage.ask("model", .drive("r", .reach, respondsTo: 0)).commands(to: "r")
    #expect(first.map(\.respondsTo) == [0])
    // The answer came too late for the robot, which held and looked again.
    stage.see("r", 0)
    let second = stage.ask("model", .drive("r", .reach, respondsTo: 0)).commands(to: "r")
    #expect(second.map(\.respondsTo) == [0] && second.map(\.action) == [.reach])
  }

  @Test func `old, strange and foreign observations change nothing`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.see("r", 3)
    let before = stage.status("r")
    #expect(stage.see("r", 2) == [])
    #expect(stage.see("r", -1) == [])
    let elsewhere = ObservationSummary(
      episode: EpisodeID(session: SessionID(9), ordinal: 9), step: 4, endEffectorPose: .rest,
      progress: nil, isFinite: true)
    #expect(stage.tell(.observed("r", instance: 1, elsewhere, age: .zero)) == [])
    #expect(stage.tell(.observed("r", instance: 2, elsewhere, age: .zero)) == [])
    #expect(stage.tell(.observed("ghost", instance: 1, elsewhere, age: .zero)) == [])
    #expect(stage.status("r") == before)
  }

  @Test func `numbers of commands rise through episodes, stops and reconnects`() {
    var stage = Stage { $0.sequenceOrigin = 1_000 }
    stage.begin("r")
    var numbers = stage.see("r", 0).commands(to: "r").map(\.sequence)
    stage.enter("ann")
    stage.ask("ann", .mark("r", .discarded))
    stage.ready("r")
    numbers += stage.see("r", 0).commands(to: "r").map(\.sequence)
    let episode = stage.episode(of: "r")
    stage.alive["r"] = nil
    stage.pass(.seconds(3))
    stage.join("r", instance: 2, in: EpisodeInProgress(episode: episode, nextStep: 1))
    numbers += stage.see("r", 1).commands(to: "r").map(\.sequence)
    #expect(numbers == [1_001, 1_002, 1_003])
  }
}

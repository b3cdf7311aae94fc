import Fleet
import RobotData
import Testing

/// Aim: episodes begin, end and are counted as told. Method: dialogues.
@Suite struct EpisodeTests {
  @Test func `an episode begins when the robot is ready, with its own number and scene`() {
    var stage = Stage()
    stage.join("r")
    let first = EpisodeID(session: SessionID(7), ordinal: 1)
    #expect(
      stage.ready("r") == [
        .startEpisode("r", first, seed: episodeSeed(fleet: 42, ordinal: 1)),
        .handover(
          Handover(
            robot: "r", episode: first, step: nil, from: .hold, to: .hold,
            cause: .helpRequested(.unassisted), waited: nil)),
        .helpWanted("r", .unassisted),
      ])
    stage.enter("ann")
    stage.ask("ann", .mark("r", .success))
    stage.ready("r")
    #expect(stage.episode(of: "r").ordinal == 2)
  }

  @Test func `under a policy the episode begins with a fresh policy`() {
    var stage = Stage { $0.isAssisted = true }
    let effects = stage.begin("r")
    #expect(effects.contains(.resetPolicy("r")))
    #expect(effects.causes(of: "r") == [.episodeStarted])
  }

  @Test func `seeds are those of SplitMix64`() {
    #expect(episodeSeed(fleet: 0, ordinal: 1) == 0xE220_A839_7B1D_CDAF)
    #expect(episodeSeed(fleet: 0, ordinal: 2) == 0x6E78_9E6A_A1B9_65F4)
    #expect(episodeSeed(fleet: 0, ordinal: 3) == 0x06C4_5D18_8009_454F)
  }

  @Test func `a robot that did not hear of its episode is told again`() {
    var stage = Stage()
    let begun = stage.begin("r")
    #expect(stage.ready("r") == [begun[0]])
    stage.see("r", 0)
    #expect(stage.ready("r") == [], "it is in the midst of it")
  }

  @Test func `no more episodes begin than the limit allows, until it is raised`() {
    var stage = Stage { $0.episodeLimit = 1 }
    stage.begin("r1")
    stage.begin("r2")
    #expect(stage.state("r2") == .idle(isReady: true))
    stage.fleet.configuration.episodeLimit = 2
    stage.pass(.milliseconds(50))
    #expect(stage.state("r2") == .awaiting(.unassisted))
  }

  @Test func `the step limit ends an episode as a failure; waiting does not count`() {
    var stage = Stage { $0.stepLimit = 3 }
    stage.begin("r")
    for step in 0..<10 { stage.see("r", step) }
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    let episode = stage.episode(of: "r")
    for step in 10..<13 { #expect(stage.see("r", step).causes(of: "r") == []) }
    let effects = stage.see("r", 13)
    #expect(effects.contains(.endEpisode("r", episode, .failure)))
    #expect(effects.contains(.unassigned("r", from: "ann", .episodeEnded)))
    #expect(effects.commands(to: "r") == [])
  }

  @Test func `success ends the episode only where that is wanted`() {
    for isWanted in [true, false] {
      var stage = Stage { $0.endsOnSuccess = isWanted }
      stage.begin("r")
      let ended = FleetEffect.endEpisode("r", stage.episode(of: "r"), .success)
      #expect(stage.see("r", 0, success: true).contains(ended) == isWanted)
    }
  }

  @Test func `what arrives after the end belongs to no episode`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.see("r", 0)
    let old = stage.episode(of: "r")
    stage.enter("ann")
    stage.ask("ann", .takeOver("r"))
    stage.ask("ann", .mark("r", .discarded))
    let late = ObservationSummary(
      episode: old, step: 1, endEffectorPose: .rest, progress: nil, isFinite: true)
    #expect(stage.tell(.observed("r", instance: 1, late, age: .zero)) == [])
    stage.ready("r")
    #expect(stage.tell(.observed("r", instance: 1, late, age: .zero)) == [])
    let decision = PolicyDecision(
      action: .reach, uncertainty: Uncertainty(task: 0, policy: 0), subgoal: nil)
    #expect(stage.tell(.policyDecided("r", old, step: 0, decision)) == [])
  }
}

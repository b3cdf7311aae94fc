import Fleet
import RobotData
import Testing

/// Aim: robots and coordinators come and go without an episode being lost, doubled or mixed up.
/// Method: dialogues.
@Suite struct ConnectionTests {
  @Test func `a second robot with the same name is refused while the first is alive`() {
    var stage = Stage()
    stage.begin("r")
    #expect(stage.join("r", instance: 2) == [.refuseRobot("r", instance: 2, .nameTaken)])
    #expect(stage.state("r") == .awaiting(.unassisted))
    stage.alive = [:]
    stage.pass(.milliseconds(2_100))
    let episode = stage.episode(of: "r")
    let effects = stage.join("r", instance: 2)
    #expect(effects.first == .welcomeRobot("r"))
    #expect(effects.contains(.endEpisode("r", episode, .interrupted)))
    #expect(stage.state("r") == .idle(isReady: false))
    #expect(
      stage.tell(.robotHeartbeat("r", instance: 1))
        == [.refuseRobot("r", instance: 1, .notJoined)])
  }

  @Test func `a silent robot is lost; it returns to its episode and waits for a person`() {
    var stage = Stage { $0.isAssisted = true }
    stage.begin("r")
    stage.see("r", 0)
    let episode = stage.episode(of: "r")
    stage.alive = [:]
    #expect(stage.pass(.seconds(2)).causes(of: "r") == [])
    #expect(stage.pass(.milliseconds(50)).causes(of: "r") == [.robotLost])
    #expect(stage.status("r")?.episode == episode, "kept for its return")
    stage.pass(.seconds(20))
    let back = stage.join("r", in: EpisodeInProgress(episode: episode, nextStep: 1))
    #expect(back.causes(of: "r") == [.robotReturned])
    #expect(back.contains(.helpWanted("r", .interrupted)))
    #expect(stage.see("r", 1).commands(to: "r").map(\.respondsTo) == [1])
  }

  @Test func `the operator of a lost robot is freed`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.alive = [:]
    let effects = stage.pass(.milliseconds(2_100))
    #expect(effects.contains(.unassigned("r", from: "ann", .robotLost)))
    #expect(stage.refusal("ann", .takeNext) == .noRobotWaits)
  }

  @Test func `a robot that stays away for too long gives its episode up`() {
    var stage = Stage()
    stage.begin("r")
    let episode = stage.episode(of: "r")
    stage.alive = [:]
    #expect(!stage.pass(.seconds(60)).contains(.endEpisode("r", episode, .interrupted)))
    #expect(stage.pass(.milliseconds(50)).contains(.endEpisode("r", episode, .interrupted)))
    let back = stage.join("r", in: EpisodeInProgress(episode: episode, nextStep: 3))
    #expect(back.last == .endEpisode("r", episode, .interrupted), "it is told so")
    #expect(stage.state("r") == .idle(isReady: false))
    #expect(stage.fleet.status(at: stage.now).interruptions == 1)
  }

  @Test func `a short break of the link interrupts no one`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("model", closedLoop: true)
    stage.ask("model", .takeNext)
    stage.see("r", 0)
    let episode = stage.episode(of: "r")
    stage.pass(.milliseconds(100))
    let progress = EpisodeInProgress(episode: episode, nextStep: 0)
    #expect(stage.join("r", in: progress) == [.welcomeRobot("r")])
    #expect(stage.state("r") == .teleoperated(by: "model"))
    stage.see("r", 0)
    let answer = stage.ask("model", .drive("r", .reach, respondsTo: 0)).commands(to: "r")
    #expect(answer.map(\.respondsTo) == [0], "the robot sends it again, and is answered")
  }

  @Test func `a robot that comes back without its episode has ended it`() {
    var stage = Stage()
    stage.begin("r")
    let episode = stage.episode(of: "r")
    #expect(stage.join("r").contains(.endEpisode("r", episode, .interrupted)))
    stage.ready("r")
    #expect(stage.episode(of: "r").ordinal == 2)
  }

  @Test func `a restarted coordinator continues the episodes of its predecessor`() {
    var stage = Stage { $0.isAssisted = true }
    let episode = EpisodeID(session: SessionID(1), ordinal: 1)
    let effects = stage.join("r", in: EpisodeInProgress(episode: episode, nextStep: 40))
    #expect(
      effects == [
        .welcomeRobot("r"),
        .handover(
          Handover(
            robot: "r", episode: episode, step: 39, from: .hold, to: .hold,
            cause: .robotReturned, waited: nil)),
        .helpWanted("r", .interrupted),
      ])
    stage.begin("r2")
    #expect(
      stage.episode(of: "r2") == EpisodeID(session: SessionID(7), ordinal: 1), "no collision")
    #expect(stage.see("r", 39) == [], "seen by the predecessor")
    #expect(stage.see("r", 40).commands(to: "r").map(\.respondsTo) == [40])
  }

  @Test func `a robot cannot be in another robot's episode`() {
    var stage = Stage()
    stage.begin("r1")
    let theirs = EpisodeInProgress(episode: stage.episode(of: "r1"), nextStep: 0)
    #expect(
      stage.join("r2", in: theirs) == [.refuseRobot("r2", instance: 1, .foreignEpisode)])
    let invented = EpisodeID(session: SessionID(7), ordinal: 99)
    let claim = EpisodeInProgress(episode: invented, nextStep: 0)
    #expect(
      stage.join("r2", in: claim) == [.refuseRobot("r2", instance: 1, .foreignEpisode)])
  }

  @Test func `a coordinator that was suspended does not take everybody for lost`() {
    var stage = Stage()
    stage.begin("r")
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.see("r", 0)
    stage.now = stage.now + .seconds(30)
    #expect(stage.tell(.tick).causes(of: "r") == [])
    #expect(stage.state("r") == .teleoperated(by: "ann"))
  }

  @Test func `time that goes back stands still`() {
    var stage = Stage()
    stage.begin("r")
    let now = stage.now
    stage.pass(.seconds(1))
    stage.now = now
    stage.enter("ann")
    let waited = stage.ask("ann", .takeNext).handovers(of: "r").map(\.waited)
    #expect(waited == [.seconds(1)])
  }

  @Test func `a robot that leaves ends its episode and frees its name`() {
    var stage = Stage()
    stage.begin("r")
    let episode = stage.episode(of: "r")
    let effects = stage.tell(.robotLeft("r", instance: 1))
    #expect(effects.causes(of: "r") == [.robotLost, .episodeEnded])
    #expect(effects.last == .endEpisode("r", episode, .interrupted))
    #expect(stage.join("r", instance: 2) == [.welcomeRobot("r")])
  }
}

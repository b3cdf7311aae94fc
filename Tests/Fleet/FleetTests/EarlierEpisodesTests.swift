import Fleet
import RobotData
import Testing

/// Aim: a coordinator that is started again continues to count where its predecessor's recording stands.
/// Method: dialogues, after runs that are made up.
@Suite struct EarlierEpisodesTests {
  private let before = SessionID(3)

  private func episode(_ ordinal: UInt32) -> EpisodeID {
    EpisodeID(session: before, ordinal: ordinal)
  }

  /// Two episodes have ended, one is open with steps, one was never heard of.
  private func stage(limit: Int) -> Stage {
    Stage { configuration in
      configuration.episodeLimit = limit
      configuration.earlier.sessions = [before]
      configuration.earlier.ended = [episode(1): .success, episode(2): .failure]
      configuration.earlier.open = [episode(3), episode(4)]
      configuration.earlier.unstarted = ["b": .init(episode: episode(4), seed: 99)]
    }
  }

  @Test func `what was begun and how it ended counts`() {
    let status = stage(limit: 8).fleet.status(at: .origin)
    #expect(status.begun == 4 && status.successes == 1 && status.failures == 1)
  }

  @Test func `new episodes are numbered on, with new scenes, up to the limit of all runs`() {
    var stage = stage(limit: 5)
    let effects = stage.begin("a")
    let fifth = EpisodeID(session: SessionID(7), ordinal: 5)
    #expect(effects.first == .startEpisode("a", fifth, seed: episodeSeed(fleet: 42, ordinal: 5)))
    stage.begin("c")
    #expect(stage.state("c") == .idle(isReady: true), "the limit is reached")
  }

  @Test func `an episode of which its robot never heard is begun again, also at the limit`() {
    var stage = stage(limit: 4)
    #expect(stage.begin("b").first == .startEpisode("b", episode(4), seed: 99))
    #expect(stage.fleet.status(at: stage.now).begun == 4)
  }

  @Test func `a robot in an open episode continues with it; one that is not recorded counts too`() {
    var stage = stage(limit: 8)
    stage.join("a", in: EpisodeInProgress(episode: episode(3), nextStep: 5))
    #expect(stage.episode(of: "a") == episode(3))
    #expect(stage.fleet.status(at: stage.now).begun == 4)
    stage.join("c", in: EpisodeInProgress(episode: episode(9), nextStep: 0))
    #expect(stage.fleet.status(at: stage.now).begun == 5)
  }

  @Test func `a robot that did not hear of its episode's end is told`() {
    var stage = stage(limit: 8)
    let effects = stage.join("a", in: EpisodeInProgress(episode: episode(1), nextStep: 5))
    #expect(effects.contains(.endEpisode("a", episode(1), .success)))
    #expect(stage.fleet.status(at: stage.now).successes == 1)
  }

  @Test func `an open episode that no robot knows any more is counted as it ended, once`() {
    var stage = stage(limit: 8)
    for _ in 0..<2 { stage.fleet.noteEarlier(episode(3), endedAs: .interrupted) }
    let status = stage.fleet.status(at: stage.now)
    #expect(status.interruptions == 1 && status.begun == 4)
    #expect(stage.fleet.contradictions == [])
  }
}

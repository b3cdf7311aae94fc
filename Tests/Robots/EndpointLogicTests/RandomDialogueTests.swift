// Aim: the endpoint's rules against anything that a coordinator, lost messages and time may do.
// Method: random messages and pauses from a seed; a witness that knows only what went in and out.
import EndpointLogic
import MallardTesting
import RobotData
import Testing
import Wire

@Suite struct RandomDialogueTests {
  @Test(arguments: 0..<200)
  func `steps are numbered without gaps, kept until acknowledged, and no one moves a stopped robot`(
    seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    var stage = EndpointStage(simulated: Bool.random(using: &random))
    var recorded: [EpisodeID: Int] = [:]
    var acknowledged: [EpisodeID: Int] = [:]
    var isStopped = false
    var begun: UInt32 = 1
    _ = stage.begin(lockstep: Bool.random(using: &random))
    for turn in 0..<300 {
      let before = stage.carriedOut.count
      let episode = EpisodeID(
        session: SessionID(3), ordinal: UInt32.random(in: 1...begun, using: &random))
      var sent: [RobotToCoordinator] = []
      switch Int.random(in: 0..<12, using: &random) {
      case 0:
        sent = stage.hear(.welcome(session: SessionID(3), lockstep: Bool.random(using: &random)))
      case 1:
        // A coordinator repeats a start only while it has seen nothing of the episode.
        if stage.machine.episode == nil || Bool.random(using: &random) { begun += 1 }
        let next = EpisodeID(session: SessionID(3), ordinal: begun)
        sent = stage.hear(.startEpisode(next, seed: random.next()))
      case 2: sent = stage.hear(.endEpisode(episode, .success))
      case 3:
        isStopped = true
        sent = stage.hear(.stop(reason: "test"))
      case 4:
        isStopped = false
        sent = stage.hear(.release)
      case 5:
        let count = Int.random(in: 0...(recorded[episode] ?? 0), using: &random)
        acknowledged[episode] = max(acknowledged[episode] ?? 0, count)
        sent = stage.hear(.acknowledge(episode, steps: count))
      case 6: sent = stage.hear(.goodbye)
      case 7: sent = stage.pass(.milliseconds(Int.random(in: 10...2_000, using: &random)))
      default:
        let step = stage.machine.nextStep + Int.random(in: -1...1, using: &random)
        sent = stage.command(.move, step: step, in: stage.machine.episode ?? episode)
      }
      for outcome in sent.outcomes {
        #expect(outcome.step == recorded[outcome.episode] ?? 0, "seed \(seed), turn \(turn)")
        recorded[outcome.episode] = outcome.step + 1
      }
      // Steps made while no one listened are known only to the spool.
      for case .step(let record) in sent {
        let step = record.observation.step, id = record.observation.episode
        recorded[id] = max(recorded[id] ?? 0, step + 1)
      }
      if isStopped {
        #expect(
          stage.carriedOut.count == before || !stage.carriedOut[before...].contains(.move),
          "seed \(seed), turn \(turn)")
      }
    }
    // What was made while the coordinator did not listen is told by the next link.
    let told =
      stage.hear(.welcome(session: SessionID(3), lockstep: false))
      + stage.pass(.milliseconds(100))
    for case .step(let record) in told {
      let step = record.observation.step, id = record.observation.episode
      recorded[id] = max(recorded[id] ?? 0, step + 1)
    }
    for outcome in told.outcomes { recorded[outcome.episode] = outcome.step + 1 }
    // All that was recorded and not acknowledged is still there.
    let owed = recorded.map { max($0.value - (acknowledged[$0.key] ?? 0), 0) }.reduce(0, +)
    let kept = stage.machine.unacknowledgedSteps
    #expect(kept == owed, "seed \(seed)")
  }
}

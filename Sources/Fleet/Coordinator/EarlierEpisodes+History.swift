internal import CoordinatorSession
internal import Fleet
internal import RecordingStore
internal import RobotData

extension EarlierEpisodes {
  /// What the coordinators of a fleet have recorded so far.
  init(_ history: FleetHistory) {
    self.init()
    sessions = history.sessions
    for episode in history.episodes {
      if let outcome = episode.outcome {
        ended[episode.id] = outcome
      } else {
        open.insert(episode.id)
        guard episode.steps == 0, let seed = episode.seed else { continue }
        unstarted[episode.robot] = Unstarted(episode: episode.id, seed: seed)
      }
    }
  }
}

extension FleetHistory {
  /// Steps of each robot.
  var stepCounts: [RobotID: StepCounts] {
    episodes.reduce(into: [:]) { counts, episode in
      counts[episode.robot, default: StepCounts()].all += episode.steps
      counts[episode.robot, default: StepCounts()].late += episode.lateSteps
    }
  }
}

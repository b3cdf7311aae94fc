internal import RobotData

extension RecordingEntry {
  /// What the entry takes in memory, roughly.
  var bytes: Int {
    guard case .step(let record, _, _, _) = self else { return 512 }
    return record.observation.reading.frames.reduce(2_048) { $0 + $1.bytes.count }
  }

  /// The episode that the entry is about.
  var episode: EpisodeID? {
    switch self {
    case .robotJoined, .event: nil
    case .episodeStarted(let episode, _, _, _, _), .episodeClosed(let episode, _),
      .episodeEnded(let episode, _, _, _), .outcomeChanged(let episode, _, _, _):
      episode
    case .step(let record, _, _, _): record.observation.episode
    case .handover(let handover): handover.episode
    }
  }

  /// The episode whose count of committed steps may change with this entry.
  var countedEpisode: EpisodeID? {
    switch self {
    case .step(let record, _, _, _): record.observation.episode
    // Its beginning too: a robot is told of an episode when that is on disk.
    case .episodeStarted(let episode, _, _, _, _), .episodeClosed(let episode, _): episode
    default: nil
    }
  }
}

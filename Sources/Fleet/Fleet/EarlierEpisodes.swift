public import RobotData

/// What earlier runs of the same fleet's coordinator left behind: a coordinator that was killed and
/// started again continues the counts of the recording.
public struct EarlierEpisodes: Hashable, Sendable {
  /// An episode that was recorded as begun, and of which no robot heard.
  public struct Unstarted: Hashable, Sendable {
    /// The episode.
    public var episode: EpisodeID
    /// Of its scene.
    public var seed: UInt64

    /// An episode of these parts.
    public init(episode: EpisodeID, seed: UInt64) {
      self.episode = episode
      self.seed = seed
    }
  }

  /// The runs.
  public var sessions: Set<SessionID> = []
  /// Their episodes that have ended, and how.
  public var ended: [EpisodeID: EpisodeOutcome] = [:]
  /// Their episodes that have not ended.
  public var open: Set<EpisodeID> = []
  /// Open episodes without a step, by robot: each is begun again before a new one is.
  public var unstarted: [RobotID: Unstarted] = [:]

  /// Episodes that were begun.
  public var begun: Int { ended.count + open.count }

  /// No earlier run.
  public init() {}
}

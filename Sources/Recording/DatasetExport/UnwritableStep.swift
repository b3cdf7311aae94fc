/// A step that a format cannot hold beside the others of its episode.
public struct UnwritableStep: Error, Hashable, Sendable, CustomStringConvertible {
  /// The episode's identifier.
  public var episode: String
  /// The step as it was recorded.
  public var step: Int
  /// What does not fit.
  public var reason: String

  /// Which step of which episode, and what to do.
  public var description: String {
    "step \(step) of episode \(episode) cannot be exported: \(reason); "
      + "`mallard recording check` looks closer, a tag and --without-tag leave the episode out"
  }
}

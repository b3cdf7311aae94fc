public import RobotData

/// An episode of a dataset, as it is to be recorded.
public struct ImportedEpisode: Sendable {
  /// The identifier: the recorded one, or one that follows from all of the dataset's content, so that
  /// the same dataset is not imported twice, and two datasets are never taken for one.
  public var id: EpisodeID
  /// The run that it belongs to.
  public var session: SessionRecord
  /// The robot's name.
  public var robot: RobotID
  /// What the robot was.
  public var description: RobotDescription
  /// The task.
  public var task: TaskName
  /// Decides how a simulated scene was laid out; nil where it is not known.
  public var seed: UInt64?
  /// When it began.
  public var startedAt: WallTime
  /// When it ended.
  public var endedAt: WallTime
  /// How it ended.
  public var outcome: EpisodeOutcome
  /// Steps in the dataset.
  public var steps: Int
  /// Changes of control, in order.
  public var handovers: [HandoverRecord]
  /// What people call it.
  public var tags: [String] = []
}

/// Reads one format. Belongs to one thread; keeps a part of an episode in memory, never a whole
/// dataset.
public protocol DatasetReader: AnyObject {
  /// The format, for people.
  var format: String { get }
  /// The dataset's file or folder.
  var path: String { get }
  /// How many episodes there are.
  var episodeCount: Int { get }
  /// How many steps all of them have.
  var stepCount: Int { get }
  /// What the dataset has and a recording cannot hold: names of columns, sorted.
  var leftOut: [String] { get }

  /// What is known of an episode before its steps are read; `index` is from 0.
  ///
  /// - Throws: an error that names the file, the object in it, and what was expected.
  func episode(_ index: Int) throws -> ImportedEpisode

  /// Reads the steps of an episode, in order.
  ///
  /// - Throws: as `episode`, and whatever `take` throws.
  func readSteps(of episode: ImportedEpisode, _ index: Int, _ take: (RecordedStep) throws -> Void)
    throws
}

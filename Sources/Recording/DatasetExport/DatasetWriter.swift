public import Datasets

/// What is to be exported, known before the first step is read.
public struct DatasetPlan: Sendable {
  /// What every step has.
  public var schema: DatasetSchema
  /// The episodes in their order in the dataset; `steps` counts what will be written.
  public var episodes: [EpisodeFacts]
  /// The tasks in the order of their first episode.
  public var tasks: [DatasetTask]
  /// The subtasks that steps name, sorted.
  public var subtasks: [String]
  /// Steps of each segment.
  public var segments: [Segment: Int]
  /// How much each segment counts in training.
  public var weights: SegmentWeights
  /// What wrote the dataset, for example "mallard 0.1".
  public var software: String

  /// Steps of all episodes.
  public var steps: Int { episodes.reduce(0) { $0 + $1.steps } }

  /// A plan of these parts.
  public init(
    schema: DatasetSchema, episodes: [EpisodeFacts], tasks: [DatasetTask], subtasks: [String],
    segments: [Segment: Int], weights: SegmentWeights, software: String
  ) {
    self.schema = schema
    self.episodes = episodes
    self.tasks = tasks
    self.subtasks = subtasks
    self.segments = segments
    self.weights = weights
    self.software = software
  }
}

/// A task of a dataset.
public struct DatasetTask: Hashable, Sendable, Codable {
  /// Its name, for example `stack`.
  public var name: String
  /// One sentence for people and for language-conditioned policies.
  public var instruction: String

  /// A task of this name.
  public init(name: String, instruction: String) {
    self.name = name
    self.instruction = instruction
  }
}

/// Writes one format. Belongs to one thread.
///
/// The exporter calls `begin(_:in:scratch:after:)`, then for each episode `begin(_:)`, `write(_:)` for each
/// of its steps and `endEpisode()`, and at last `finish()`. The folder is a temporary one beside the
/// final path; the exporter syncs it and gives it its name when `finish()` has returned.
///
/// An export that was interrupted continues from the latest checkpoint: `endEpisode()` returns one
/// when everything up to that episode lies in closed files, as bytes from which `begin` can go on in
/// a new process such that the files become the same as without the interruption. A writer that
/// never gives one begins anew. `begin` removes whatever the folders hold beyond the checkpoint.
public protocol DatasetWriter: AnyObject {
  /// Begins in `folder`, or continues after what `checkpoint` says.
  ///
  /// - Parameters:
  ///   - plan: What is written.
  ///   - folder: What becomes the dataset.
  ///   - scratch: A folder for what is no part of the dataset. It outlives interruptions as `folder` does
  ///     and is gone once the dataset has its name, so that nothing in it need be removed before.
  ///   - checkpoint: The latest one; nil to begin anew.
  /// - Throws: an error that names the file and what was wrong with it.
  func begin(
    _ plan: DatasetPlan, in folder: String, scratch: String, after checkpoint: [UInt8]?
  ) throws

  /// Begins an episode.
  func begin(_ episode: DatasetEpisode) throws

  /// Adds a step of that episode.
  func write(_ step: DatasetStep) throws

  /// Ends the episode.
  ///
  /// - Returns: A checkpoint when all that was written is in closed files; nil otherwise.
  func endEpisode() throws -> [UInt8]?

  /// Writes what is known at the end only, and closes all files.
  func finish() throws
}

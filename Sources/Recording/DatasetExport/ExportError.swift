/// Why a dataset could not be written.
public enum ExportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is something at the final path.
  case outputExists(path: String)
  /// The folder in which the dataset is to lie does not exist, or cannot be written.
  case notWritable(path: String, reason: String)
  /// Another export writes there.
  case inUse(path: String)
  /// What an interrupted export has left was made from something else.
  case otherExport(path: String)
  /// No episode passes the filters.
  case nothingToExport(refusals: String)
  /// Robots that differ cannot share a dataset.
  case mismatch(episode: String, other: String, difference: String)
  /// A picture is not of the size that its camera announced.
  case pictureSize(episode: String, step: Int, camera: String, expected: String, found: String)
  /// The recording has changed since the plan was made.
  case changed(episode: String, planned: Int, found: Int)
  /// Someone wants the export to end; it can go on later.
  case interrupted(path: String)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .outputExists(let path):
      "there is something at \(path) already; choose another --output, or move that away"
    case .notWritable(let path, let reason): "\(path) cannot be written: \(reason)"
    case .inUse(let path): "another export is writing to \(path)"
    case .otherExport(let path):
      "\(path) was left by an interrupted export of something else (other episodes, filters or "
        + "options); finish that one with its own options, or remove the folder"
    case .nothingToExport(let refusals):
      "no episode passes the filters (\(refusals)); `mallard episodes list` shows what there is"
    case .mismatch(let episode, let other, let difference):
      "episode \(episode) does not fit episode \(other): \(difference); export them apart, for "
        + "example with --robot"
    case .pictureSize(let episode, let step, let camera, let expected, let found):
      "step \(step) of episode \(episode): camera \(camera) announced \(expected) and gave \(found);"
        + " leave the episode out, for example with a tag and --without-tag"
    case .changed(let episode, let planned, let found):
      "episode \(episode) had \(planned) steps and now has \(found); run the export again"
    case .interrupted(let path):
      "interrupted; the same command continues with what is in \(path)"
    }
  }
}

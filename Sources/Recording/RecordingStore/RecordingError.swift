/// Why a recording could not be opened, read or written.
public enum RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such file.
  case notFound(path: String)
  /// The folder of the file does not exist.
  case folderMissing(path: String)
  /// The file is no SQLite database, or its pages are damaged.
  case notARecording(path: String, reason: String)
  /// The file was written by a newer version of Mallard.
  case newerSchema(path: String, found: String)
  /// Another coordinator writes to the file.
  case inUse(path: String)
  /// The disk is full.
  case diskFull(path: String)
  /// The file or its folder may not be written.
  case notWritable(path: String, reason: String)
  /// The file may not be read.
  case notReadable(path: String, reason: String)
  /// A coordinator began to write to the file while it was read as one that no one writes to.
  case changed(path: String)
  /// The device could not write or read; it may be able to later.
  case device(path: String, reason: String)
  /// A row is refused for what it is; writing it again does not help.
  case refused(path: String, reason: String)
  /// SQLite refused; `reason` is its text.
  case database(path: String, reason: String)
  /// No episode has this identifier.
  case unknownEpisode(String)
  /// The text that is to name an episode is empty.
  case emptyEpisodeName
  /// Several episodes fit.
  case ambiguousEpisode(String, [String])
  /// An episode is still recorded.
  case inProgress(String)
  /// Recordings cannot be put into one; each text is a difference.
  case mismatch(path: String, other: String, [String])
  /// A file is damaged; `reason` says how.
  case damaged(path: String, reason: String)
  /// There is a file already.
  case exists(path: String)
  /// A step's row does not say what it should; `reason` names the column. Nil is a step whose own number
  /// cannot be read.
  case damagedStep(path: String, episode: String, step: Int?, reason: String)

  /// What is wrong with which file, and what to do.
  public var description: String {
    switch self {
    case .notFound(let path): "there is no recording at \(path)"
    case .folderMissing(let path):
      "the folder of \(path) does not exist; make it, or choose another path with --recording"
    case .notARecording(let path, let reason):
      "\(path) is no recording of Mallard (\(reason)); choose another path with --recording"
    case .newerSchema(let path, let found):
      "\(path) was written by a newer Mallard (it has \(found)); update this one"
    case .inUse(let path):
      "another coordinator is writing to \(path); stop it, or choose another path with "
        + "--recording"
    case .diskFull(let path):
      "the disk of \(path) is full; free some space: recording continues by itself"
    case .notWritable(let path, let reason): "\(path) cannot be written: \(reason)"
    case .device(let path, let reason):
      "the device of \(path) could not do it (\(reason)); it is tried again"
    case .refused(let path, let reason): "\(path) refuses a row: \(reason)"
    case .notReadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .changed(let path):
      "a coordinator began to write to \(path) while it was read; run the command again"
    case .database(let path, let reason): "\(path): \(reason)"
    case .emptyEpisodeName:
      "an episode's name is empty; `mallard episodes list` shows the episodes"
    case .ambiguousEpisode(let text, let all):
      "\"\(text)\" may be any of \(all.joined(separator: ", ")); write more of it"
    case .damagedStep(let path, let episode, let step, let reason):
      "\(step.map { "step \($0)" } ?? "a step") of episode \(episode) in \(path) is damaged (\(reason)); leave that recording out, "
        + "or hide the episode with `mallard episodes delete`"
    case .inProgress(let episode): "episode \(episode) is still recorded; end it first"
    case .mismatch(let path, let other, let differences):
      "\(path) and \(other) do not fit together: \(differences.joined(separator: "; "))"
    case .damaged(let path, let reason):
      "\(path) is damaged (\(reason)); `mallard recording salvage` reads what can be read"
    case .exists(let path): "\(path) is there already; choose another path"
    case .unknownEpisode(let text):
      "no episode \"\(text)\" in this recording; `mallard episodes list` shows those there are"
    }
  }
}

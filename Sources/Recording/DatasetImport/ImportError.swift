public import RecordingStore

/// Why a dataset could not be imported.
public enum ImportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is nothing at the path.
  case notFound(path: String)
  /// What lies there is of no format that can be read.
  case unknownFormat(path: String)
  /// The dataset has no episodes.
  case empty(path: String)
  /// The library of its format does not survive to read the file.
  case damaged(path: String, signal: Int32)
  /// Something in the dataset cannot be a recording's; `object` is where it is.
  case unfit(path: String, object: String, reason: String)
  /// A robot differs from those that the recording holds already, or from others of the dataset.
  case mismatch(path: String, episode: String, reason: String)
  /// The recording could not be written.
  case notRecorded(RecordingError)
  /// Some entries were not written.
  case lost(path: String, entries: Int)
  /// The recording has a shorter episode of the same identifier.
  case longer(episode: String, steps: Int, known: Int)
  /// The import was ended before it was done.
  case interrupted(path: String)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .notFound(let path): "there is nothing at \(path)"
    case .unknownFormat(let path):
      "\(path) is neither a robomimic HDF5 file nor a LeRobotDataset v3.0"
    case .empty(let path): "\(path) has no episodes"
    case .damaged(let path, let signal):
      "\(path) is damaged: reading it ended the process that tried (signal \(signal)); get another "
        + "copy of it"
    case .unfit(let path, let object, let reason): "\(object) in \(path): \(reason)"
    case .mismatch(let path, let episode, let reason): "episode \(episode) of \(path): \(reason)"
    case .notRecorded(let error): error.description
    case .lost(let path, let entries):
      "\(entries) entries could not be written to \(path); nothing was imported"
    case .longer(let episode, let steps, let known):
      "episode \(episode) has \(steps) steps, and the recording has \(known) of them; import into "
        + "another recording, or delete that episode and purge it"
    case .interrupted(let path): "interrupted; nothing was imported into \(path)"
    }
  }
}

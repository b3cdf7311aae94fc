public import StrictFiles

/// Why a robot's profile cannot be used.
public enum ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no profile of this name.
  case unknown(String, known: [String], folder: String)
  /// The folder of profiles is not there.
  case noFolder(path: String)
  /// The file cannot be read, is not of the form of a profile, or a value in it makes no sense.
  case file(StrictFileError)
  /// The profile has no such task.
  case unknownTask(String, known: [String], profile: String)
  /// A file that the profile names is not there.
  case missingFile(path: String, profile: String, remedy: String)
  /// The profile is of a robot that has its own endpoint.
  case external(profile: String)

  /// What is wrong in which file, and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known, let folder):
      "no profile \"\(name)\" in \(folder); there are: \(known.joined(separator: ", "))"
    case .noFolder(let path):
      "the folder of robot profiles \(path) does not exist; name it with --robots-folder"
    case .file(let error): error.description
    case .unknownTask(let task, let known, let profile):
      "the profile \(profile) has no task \"\(task)\"; it has: \(known.joined(separator: ", "))"
    case .missingFile(let path, let profile, let remedy):
      "the profile \(profile) needs \(path), which is not there; \(remedy)"
    case .external(let profile):
      "the profile \(profile) is of a robot with its own endpoint (driver: external); start that "
        + "endpoint, for example one made with Robots/python"
    }
  }
}

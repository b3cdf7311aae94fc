/// Something that is wrong with a recording.
public struct RecordingFinding: Hashable, Sendable, Encodable {
  /// What is wrong.
  public enum Kind: String, Hashable, Sendable, Encodable, CaseIterable {
    /// Pages of the file, or a table's rows, cannot be read.
    case structure
    /// A file of the recording is not there.
    case part
    /// An index does not fit its table.
    case index
    /// A row refers to one that is not there.
    case orphan
    /// A row is not what was written.
    case checksum
    /// Steps are not there.
    case gap
    /// What a session had to write is not there.
    case hole
    /// A clock was set in mid-episode: a step was captured no later than the one before it, or much
    /// earlier or later than its receipt tells.
    case time
    /// A step has neither a camera's picture nor a row that says that it was dropped.
    case picture
    /// A picture cannot be decoded.
    case undecodable
    /// An episode has not ended, and no coordinator records it.
    case open
    /// An episode's outcome is one that no mark gives it.
    case outcome
  }

  /// What is wrong.
  public var kind: Kind
  /// The episode, where it is about one.
  public var episode: String?
  /// The step, or the first of several.
  public var step: Int?
  /// One sentence.
  public var text: String

  /// Whether `--repair` sets it right without touching what was recorded.
  public var isRepairable: Bool {
    switch kind {
    case .index, .orphan, .open: true
    default: false
    }
  }
}

/// What a check saw.
public struct RecordingCheckReport: Hashable, Sendable, Encodable {
  /// The file, or the first of the files.
  public var path: String
  /// The other files of the recording.
  public var parts: [String] = []
  /// Episodes, deleted ones among them.
  public var episodes = 0
  /// Steps.
  public var steps = 0
  /// Pictures.
  public var pictures = 0
  /// Pictures that are told to be dropped.
  public var droppedPictures = 0
  /// Pictures that were decoded.
  public var decodedPictures = 0
  /// Rows whose checksum is right.
  public var verifiedRows = 0
  /// Rows from before there were checksums.
  public var unverifiedRows = 0
  /// Whether a coordinator writes to the file.
  public var isBeingWritten = false
  /// What is wrong.
  public var findings: [RecordingFinding] = []
  /// Findings beyond those told, of each kind.
  public var untold: [String: Int] = [:]
  /// What `--repair` did.
  public var repairs: [String] = []

  /// Whether nothing is wrong.
  public var isClean: Bool { findings.isEmpty }

  /// The most findings of a kind that are told one by one.
  static let limit = 20

  mutating func add(
    _ kind: RecordingFinding.Kind, episode: String? = nil, step: Int? = nil, _ text: String
  ) {
    if findings.count(where: { $0.kind == kind }) >= Self.limit {
      untold[kind.rawValue, default: 0] += 1
    } else {
      findings.append(RecordingFinding(kind: kind, episode: episode, step: step, text: text))
    }
  }
}

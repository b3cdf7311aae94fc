public import RobotData

/// What a recorder says of itself, on its own thread.
public enum RecorderNews: Sendable {
  /// A commit failed; it is tried until it succeeds.
  case trouble(RecordingError)
  /// Commits succeed again.
  case goesOn
  /// An entry is refused for what it is; it is tried a few times more. Said once for each kind.
  case refused(RecordingEntry.Kind, RecordingError)
  /// Entries were given up: all so far, by kind, and the file that has them; nil where that could not
  /// be written either.
  case unwritten([RecordingEntry.Kind: Int], keptIn: String?)
  /// The journal has grown to this many bytes and cannot be cut; `reason` is nil where a reader keeps it.
  case journalHeld(bytes: Int, reason: RecordingError?)
  /// The journal was cut.
  case journalCut
}

/// What became of a recorder's entries.
public struct UnwrittenEntries: Hashable, Sendable {
  /// Entries that are not in the recording, by kind.
  public var counts: [RecordingEntry.Kind: Int] = [:]
  /// The file that has them; nil where none has.
  public var keptIn: String?

  /// How many there are.
  public var count: Int { counts.values.reduce(0, +) }

  /// Such as "2 hand-overs, 1 event"; empty for none.
  public var text: String {
    RecordingEntry.Kind.allCases.compactMap { kind in
      counts[kind].flatMap { $0 > 0 ? kind.words($0) : nil }
    }.joined(separator: ", ")
  }

  /// Nothing is missing.
  public init() {}
}

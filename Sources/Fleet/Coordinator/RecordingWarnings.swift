internal import RecordingStore
internal import RobotData

extension RecorderNews {
  /// Whether the recording shall tell it too.
  var isRecorded: Bool {
    switch self {
    case .refused, .unwritten: true
    case .trouble, .goesOn, .journalHeld, .journalCut: false
    }
  }

  /// One sentence.
  func text(_ path: String) -> String {
    switch self {
    case .trouble(let error): error.description
    case .goesOn: "continues"
    case .refused(let kind, let error): "\(kind.words(1)) is tried again: \(error)"
    case .unwritten(let counts, let kept):
      UnwrittenEntries(counts, keptIn: kept).account
    case .journalHeld(let bytes, let reason):
      "the journal \(path)-wal has grown to \(bytes >> 20) MB and cannot be cut: "
        + (reason?.description
          ?? "a reader holds it (sqlite3, a notebook, another program); close that")
    case .journalCut: "the journal was cut"
    }
  }
}

extension UnwrittenEntries {
  init(_ counts: [RecordingEntry.Kind: Int], keptIn: String?) {
    self.init()
    self.counts = counts
    self.keptIn = keptIn
  }

  /// What is not in the recording, and where it is; empty where all is written.
  var account: String {
    guard count > 0 else { return "" }
    return "\(text) could not be written; "
      + (keptIn.map { "what could be kept is in \($0)" } ?? "nothing has them")
  }
}

extension Recorder {
  /// What operators should see as long as it is so; empty where all is well.
  var warning: String {
    let journal = journal
    var warnings = [givenUp.account].filter { !$0.isEmpty }
    if journal.isHeld {
      warnings.append("journal \(journal.bytes >> 20) MB, held by a reader")
    }
    return warnings.joined(separator: "; ")
  }
}

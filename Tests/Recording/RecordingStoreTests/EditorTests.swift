// Aim: what people say of episodes is kept beside what was said before, and a deletion is undone
// until it is made final. Method: whole recordings, read back by SQLite's shell.
import Foundation
import RecordingStore
import RobotData
import Testing

@Suite struct EditorTests {
  let folder: TemporaryFolder
  let path: String
  let first = "0000000000000007-1"
  let second = "0000000000000007-2"

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
    try SmallRecording().write(path)
  }

  private func editor() throws -> RecordingEditor { try RecordingEditor(path: path, person: "bea") }

  @Test func `tags are found and taken off again`() throws {
    let editor = try editor()
    try editor.add("pilot", to: first)
    try editor.add("pilot", to: first)
    try editor.add("a-2", to: first)
    var filter = EpisodeFilter()
    filter.tag = "pilot"
    let found = try RecordingReader(path: path).episodes(filter)
    #expect(found.map(\.id) == [first] && found[0].tags == ["a-2", "pilot"])
    #expect(try check(path).isClean)
    try editor.remove("pilot", from: first)
    #expect(try RecordingReader(path: path).episodes(filter).isEmpty)
  }

  @Test func `a mark changes the outcome and keeps who said what before`() throws {
    try editor().mark(first, .failure)
    #expect(try RecordingReader(path: path).episode(first).outcome == "failure")
    let marks = "SELECT outcome, source, person FROM mark WHERE episode = '\(first)' ORDER BY time"
    #expect(try shell(path, marks) == ["success|operator|ann", "failure|editor|bea"])
    #expect(try check(path).isClean)
  }

  @Test func `a deleted episode is hidden and comes back whole`() throws {
    let before = try RecordingReader(path: path).steps(of: first).map(\.frames)
    try editor().delete([first])
    #expect(try RecordingReader(path: path).episodes().map(\.id) == [second])
    #expect(throws: RecordingError.unknownEpisode(first)) {
      try RecordingReader(path: path).episode(first)
    }
    let hidden = try RecordingReader(path: path).episode(first, kept: .not)
    #expect(hidden.deletedAt != nil)
    #expect(try shell(path, "SELECT deletedBy FROM episode WHERE id = '\(first)'") == ["bea"])
    try editor().restore([first])
    #expect(try RecordingReader(path: path).steps(of: first).map(\.frames) == before)
    #expect(try check(path).isClean)
  }

  @Test func `a purged episode leaves nothing behind`() throws {
    let secret = try shell(path, "SELECT hex(bytes) FROM frame WHERE episode = '\(first)' LIMIT 1")[
      0]
    try editor().delete([first])
    try RecordingEditor.purge(path, [first], by: "bea")
    for table in ["step", "frame", "handover", "mark", "tag"] {
      let count = "SELECT count(*) FROM \(table) WHERE episode = '\(first)'"
      #expect(try shell(path, count) == ["0"], "\(table)")
    }
    let text = try Data(contentsOf: URL(filePath: path)).map { String(format: "%02X", $0) }.joined()
    #expect(!text.contains(secret), "not even in free pages")
    #expect(try check(path).isClean)
    #expect(try RecordingReader(path: path).episode(second).steps == 12)
  }

  @Test func `an episode in progress is neither marked nor deleted, its neighbours are`() throws {
    let recorder = try Ledger().recorder(path, session: 8)
    for entry in try SmallRecording(session: 8, isLastOpen: true).entries() {
      _ = recorder.offer(entry)
    }
    wait { recorder.waitingBytes == 0 }
    let open = "0000000000000008-2"
    #expect(throws: RecordingError.inProgress(open)) { try editor().mark(open, .failure) }
    #expect(throws: RecordingError.inProgress(open)) { try editor().delete([open]) }
    try editor().delete([first])
    #expect(throws: RecordingError.inUse(path: path)) {
      try RecordingEditor.purge(path, [first], by: nil)
    }
    #expect(recorder.close() == 0)
  }
}

// Aim: a recording that was split by size is one recording to everything that reads or edits one.
// Method: a limit that every file exceeds at once; what the whole says is held against the same
// session in one file.
import Foundation
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite struct PartsTests {
  let folder: TemporaryFolder
  let path: String
  let whole: String
  let recording = SmallRecording(robots: 2, episodes: 5)

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/lab.sqlite"
    whole = folder.path + "/whole.sqlite"
    try recording.write(path, rotateSize: 1)
    try recording.write(whole)
  }

  private func part(_ number: Int) -> String { "\(folder.path)/lab-000\(number).sqlite" }

  /// What a reader says of a recording, without its path and size.
  private func account(_ path: String) throws -> [String] {
    let reader = try RecordingReader(path: path)
    let counts = try reader.counts()
    var lines = ["\(counts.sessions) \(counts.episodes) \(counts.steps) \(counts.pictures)"]
    lines += try reader.episodeRows().map { "\($0)" }
    lines += try reader.sessions()
    lines += try reader.latestPictures().map { "\($0.robot) \($0.step) \($0.frame.bytes)" }
    lines += try reader.pictures(spread: 7).map { "\($0.robot) \($0.step) \($0.frame.bytes)" }
    for episode in try reader.episodes() {
      lines.append("\(episode)")
      lines += try reader.handovers(of: episode.id).map { "\($0)" }
      lines += try reader.handoverRows(of: episode.id).map { "\($0)" }
      lines += try reader.marks(of: episode.id).map { "\($0)" }
      lines += try reader.cameras(of: episode.id).map { "\($0)" }
      lines.append("\(String(describing: try reader.timing(of: episode.id)))")
      lines.append("\(String(describing: try reader.description(ofRobotIn: episode.id)))")
      lines += try reader.steps(of: episode.id).map { "\($0.index) \($0.frames.map(\.bytes))" }
      try reader.scan(episode.id) { lines.append("\($0.index) \($0.author)") }
      try reader.glance(at: episode.id) { lines.append("\($0)") }
    }
    return lines
  }

  @Test func `whoever names one file reads all, and the same as from one file`() throws {
    let expected = try account(whole)
    for file in [path, part(2), part(5)] { #expect(try account(file) == expected, "\(file)") }
    #expect(try RecordingReader(path: part(3)).paths.count == 5)
  }

  @Test func `a part that is not there is told, whichever is named`() throws {
    for missing in [path, part(3)] {
      let kept = try Data(contentsOf: URL(filePath: missing))
      try FileManager.default.removeItem(atPath: missing)
      var told: [String] = []
      let reader = try RecordingReader(path: part(5)) { told.append($0) }
      #expect(told.count == 1 && told[0].contains(missing), "\(told)")
      #expect(try reader.episodes().count == 4)
      #expect(
        try check(part(2)).findings.contains { $0.kind == .part && $0.text.contains(missing) })
      try kept.write(to: URL(filePath: missing))
    }
    #expect(try check(path).isClean && check(path).parts.count == 4)
  }

  @Test func `a part that cannot be read is told, and the others are read`() throws {
    try Data(count: 8_192).write(to: URL(filePath: part(3)))
    var told: [String] = []
    let reader = try RecordingReader(path: path) { told.append($0) }
    #expect(told.count == 1 && told[0].contains(part(3)), "\(told)")
    #expect(try reader.episodes().count == 4)
    #expect(try check(path).findings.contains { $0.kind == .structure })
  }

  @Test func `another recording whose name ends with a number is no part`() throws {
    let other = folder.path + "/whole-0002.sqlite"
    try SmallRecording(robots: 1, episodes: 3, session: 9).write(other)
    #expect(try RecordingReader(path: whole).episodes().count == 5)
    #expect(try RecordingReader(path: other).episodes().count == 3)
    let lone = folder.path + "/run-2024.sqlite"
    try SmallRecording(robots: 1, episodes: 3, session: 9).write(lone)
    #expect(try RecordingReader(path: lone).episodes().count == 3)
  }

  @Test func `changes are made in the file that the episode lies in`() throws {
    let ids = (1...5).map { "0000000000000007-\($0)" }
    let editor = try RecordingEditor(path: part(2), person: "bea")
    for id in ids { try editor.add("pilot", to: id) }
    try editor.mark(ids[4], .failure)
    try editor.delete([ids[0], ids[3]])
    let reader = try RecordingReader(path: path)
    #expect(try reader.episodes().map(\.id) == [ids[1], ids[2], ids[4]])
    #expect(try reader.episodes().allSatisfy { $0.tags == ["pilot"] })
    #expect(try reader.episode(ids[4]).outcome == "failure")
    #expect(throws: RecordingError.unknownEpisode("none")) { try editor.restore(["none"]) }
    try editor.restore([ids[0]])
    try RecordingEditor.purge(path, [ids[3]], by: "bea")
    #expect(try RecordingReader(path: path).episodes().count == 4)
    #expect(try shell(part(4), "SELECT count(*) FROM step") == ["0"])
    #expect(try check(path).isClean)
  }

  @Test func `a merge takes all parts`() throws {
    let merged = folder.path + "/merged.sqlite"
    _ = try RecordingMerge.run([part(2)], into: merged)
    #expect(try account(merged) == account(whole))
  }

  @Test func `no part is repaired or purged while a coordinator writes to the newest`() throws {
    let recorder = try Ledger().recorder(path, session: 8, rotateSize: 1)
    #expect(throws: RecordingError.inUse(path: path)) { try RecordingRepair.run(part(2)) }
    #expect(throws: RecordingError.inUse(path: path)) {
      try RecordingEditor.purge(part(2), ["0000000000000007-2"], by: nil)
    }
    #expect(try check(part(2)).isBeingWritten)
    #expect(recorder.close() == 0)
  }
}

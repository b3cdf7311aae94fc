// Aim: recordings of several machines become one, once. Method: files with and without common
// episodes, merged in different orders; SQLite's shell counts.
import Foundation
import RecordingStore
import RobotData
import Testing

@Suite struct MergeTests {
  let folder: TemporaryFolder
  let into: String

  init() throws {
    folder = try TemporaryFolder()
    into = folder.path + "/all.sqlite"
  }

  private func make(_ name: String, _ recording: SmallRecording) throws -> String {
    let path = folder.path + "/\(name).sqlite"
    try recording.write(path)
    return path
  }

  private static let sums = """
    SELECT count(*), sum(checksum) FROM step; SELECT count(*), sum(checksum) FROM frame;
    SELECT count(*), sum(checksum) FROM handover; SELECT count(*), sum(checksum) FROM event;
    SELECT count(*), sum(checksum) FROM mark; SELECT group_concat(id) FROM (SELECT id FROM episode ORDER BY id)
    """

  @Test func `two machines' episodes lie in one file, and twice the same is nothing new`() throws {
    let a = try make("a", SmallRecording(session: 7, seed: 1))
    let b = try make("b", SmallRecording(episodes: 3, session: 9, seed: 2))
    let reports = try RecordingMerge.run([a, b], into: into)
    #expect(reports.map { $0.newRows["episode"] } == [2, 3])
    #expect(reports.map { $0.newRows["step"] } == [24, 36])
    #expect(try check(into).isClean)
    let sums = try shell(into, Self.sums)
    let again = try RecordingMerge.run([b, a, into], into: into)
    #expect(again.allSatisfy { $0.newRows.isEmpty && $0.knownRows > 0 }, "\(again)")
    #expect(try shell(into, Self.sums) == sums)
    let other = folder.path + "/other.sqlite"
    _ = try RecordingMerge.run([b, a], into: other)
    #expect(try shell(other, Self.sums) == sums, "the order does not matter")
  }

  @Test func `a copy taken in the midst of an episode gets the rest of it`() throws {
    let early = try make("early", SmallRecording(steps: 6, isLastOpen: true))
    let late = try make("late", SmallRecording(steps: 12))
    _ = try shell(
      late,
      "PRAGMA foreign_keys = 1; DELETE FROM episode WHERE id LIKE '%-1'"
    )
    _ = try shell(
      early,
      "PRAGMA foreign_keys = 1; DELETE FROM episode WHERE id LIKE '%-1'; DELETE FROM step"
    )
    _ = try RecordingMerge.run([early, late], into: into)
    let episodes = try RecordingReader(path: into).episodes()
    #expect(episodes.map(\.outcome) == ["success"] && episodes[0].steps == 12)
    #expect(episodes[0].missingSteps == 0)
  }

  @Test func `another rate, camera or task is refused with the difference, and nothing changes`()
    throws
  {
    let a = try make("a", SmallRecording())
    let b = try make("b", SmallRecording(session: 9, rate: 20))
    let error = #expect(throws: RecordingError.self) { try RecordingMerge.run([a, b], into: into) }
    #expect(error?.description.contains("rate of bench-arm is 20.0 Hz, not 10.0 Hz") == true)
    #expect(!FileManager.default.fileExists(atPath: into))
    _ = try RecordingMerge.run([a], into: into)
    let sums = try shell(into, Self.sums)
    #expect(throws: RecordingError.self) { try RecordingMerge.run([b], into: into) }
    #expect(try shell(into, Self.sums) == sums)
  }

  @Test func `a row that is another in each file is refused`() throws {
    let a = try make("a", SmallRecording(seed: 1))
    let b = try make("b", SmallRecording(seed: 2))
    let error = #expect(throws: RecordingError.self) { try RecordingMerge.run([a, b], into: into) }
    #expect(error?.description.contains("a row of step") == true, "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: into))
  }

  @Test func `a damaged row is not merged`() throws {
    let a = try make("a", SmallRecording())
    _ = try shell(a, "UPDATE frame SET bytes = zeroblob(48) WHERE step = 3")
    let error = #expect(throws: RecordingError.self) { try RecordingMerge.run([a], into: into) }
    #expect(error?.description.contains("recording salvage") == true)
  }

  @Test func `what was purged does not come back, what was deleted stays deleted`() throws {
    let a = try make("a", SmallRecording())
    let copy = folder.path + "/copy.sqlite"
    try FileManager.default.copyItem(atPath: a, toPath: copy)
    let first = "0000000000000007-1"
    try RecordingEditor(path: a, person: nil).delete(["0000000000000007-2"])
    try RecordingEditor(path: a, person: nil).delete([first])
    try RecordingEditor.purge(a, [first], by: nil)
    let report = try RecordingMerge.run([a, copy], into: into)
    #expect(report[1].purgedEpisodes == 1)
    #expect(
      try shell(into, "SELECT id, deletedAt IS NOT NULL FROM episode") == ["0000000000000007-2|1"])
    #expect(try check(into).isClean)
  }

  @Test func `files of the first version are merged too`() throws {
    let old = folder.path + "/old.sqlite"
    try makeFirstVersion(old)
    let a = try make("a", SmallRecording())
    let error = #expect(throws: RecordingError.self) {
      try RecordingMerge.run([old, a], into: into)
    }
    #expect(error?.description.contains("cameras of bench-arm is") == true)
    _ = try RecordingMerge.run([old], into: into)
    let again = try RecordingMerge.run([old], into: into)
    #expect(again[0].newRows.isEmpty)
    #expect(try check(into).unverifiedRows > 0)
  }
}

// Aim: files of the first version are read and gone on with; what a row's checksum is, is as the
// README says. Method: the first version's own statements, run by SQLite's shell; Python's zlib as
// a second opinion on every sum.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite struct VersionTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
  }

  /// Of each table: rows with a sum, those of them whose sum is right, rows without.
  private func sums() throws -> [String: [Int]] {
    let result = try run("/usr/bin/python3", [fixture("checksums.py"), path])
    #expect(result.code == 0, "\(result.output)")
    let lines = result.output.split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(
      uniqueKeysWithValues: lines.map { (String($0[0]), $0.dropFirst().compactMap { Int($0) }) })
  }

  @Test func `a file of the first version is read as it was`() throws {
    try makeFirstVersion(path)
    let before = try shell(
      path, "SELECT * FROM step ORDER BY episode, step; SELECT hex(bytes) FROM frame")
    let reader = try RecordingReader(path: path)
    let episodes = try reader.episodes()
    #expect(episodes.map(\.steps) == [3, 0] && episodes.map(\.outcome) == ["success", nil])
    let steps = try reader.steps(of: episodes[0].id)
    #expect(steps.map(\.frames.count) == [1, 1, 1] && steps[2].author == .human("ann"))
    #expect(steps[1].receivedAt - steps[1].captureTime == .milliseconds(5))
    #expect(
      try reader.handovers(of: episodes[0].id).map(\.cause) == ["request-served", "episode-ended"])
    #expect(
      try reader.marks(of: episodes[0].id).isEmpty && reader.timing(of: episodes[0].id) != nil)
    #expect(try check(path).findings.map(\.kind) == [.open])
    let columns = "SELECT sql FROM sqlite_master WHERE name = 'mark'"
    #expect(try shell(path, columns).isEmpty, "nothing was written to it")
    try RecordingEditor(path: path, person: "bea").add("pilot", to: episodes[0].id)
    #expect(try !shell(path, columns).isEmpty, "it was brought up to date to be changed")
    let after = try shell(
      path, "SELECT * FROM step ORDER BY episode, step; SELECT hex(bytes) FROM frame")
    #expect(zip(before, after).allSatisfy { $1.hasPrefix($0) } && before.count == after.count)
    #expect(
      try shell(path, "SELECT ordinal FROM handover ORDER BY id; PRAGMA integrity_check") == [
        "1", "2", "ok",
      ])
  }

  @Test func `recording continues in a file of the first version`() throws {
    try makeFirstVersion(path)
    let ledger = Ledger()
    let recorder = try ledger.recorder(path)
    let open = try #require(EpisodeID("00000000000000aa-2"))
    #expect(recorder.openEpisodes == [open: "arm-1"])
    var random = SeededGenerator(seed: 4)
    var record = random.record()
    record.observation.episode = open
    record.observation.step = 0
    _ = recorder.offer(
      .step(record, of: "arm-1", task: "stack", receivedAt: WallTime(nanosecondsSinceEpoch: 4)))
    _ = recorder.offer(.episodeEnded(open, .failure, at: WallTime(nanosecondsSinceEpoch: 5)))
    #expect(recorder.close() == 0)
    #expect(ledger.committed.withLock { $0[open] } == 1)
    let sums = try sums()
    #expect(sums["step"] == [1, 1, 3] && sums["mark"] == [1, 1, 0], "\(sums)")
  }

  @Test(arguments: 0..<5)
  func `every row carries the sum of its values`(seed: UInt64) throws {
    let recording = SmallRecording(seed: seed)
    try recording.write(path)
    let sums = try sums()
    #expect(sums["step"] == [24, 24, 0] && sums["frame"] == [24, 24, 0], "\(sums)")
    #expect(sums["episode"] == [2, 2, 0] && sums["mark"] == [2, 2, 0], "\(sums)")
    #expect(sums["robot"] == [2, 2, 0] && sums["session"] == [1, 1, 0], "\(sums)")
    #expect(sums["handover"] == [2, 2, 0] && sums["event"] == [1, 1, 0], "\(sums)")
    _ = try shell(path, "UPDATE step SET isLate = 1 - isLate WHERE step = 5")
    #expect(try self.sums()["step"] == [24, 22, 0])
  }

  @Test func `who ended an episode is kept`() throws {
    try SmallRecording().write(path)
    #expect(
      try shell(path, "SELECT outcome, source, person FROM mark")
        == Array(repeating: "success|operator|ann", count: 2))
  }

  @Test func `a picture that a step should have had is a row that says so`() throws {
    let recording = SmallRecording(robots: 1, episodes: 1, steps: 4)
    let recorder = try Ledger().recorder(path)
    for entry in try recording.entries() {
      guard case .step(var record, let robot, let task, let time) = entry else {
        _ = recorder.offer(entry)
        continue
      }
      if record.observation.step == 2 { record.observation.reading.frames = [] }
      _ = recorder.offer(.step(record, of: robot, task: task, receivedAt: time))
    }
    #expect(recorder.close() == 0)
    #expect(try shell(path, "SELECT step, camera FROM dropped_frame") == ["2|scene"])
    #expect(try shell(path, "SELECT group_concat(step) FROM frame") == ["0,1,3"])
    #expect(try sums()["dropped_frame"] == [1, 1, 0])
  }

  @Test func `a robot of another rate does not go on in the same recording`() throws {
    try SmallRecording().write(path)
    let recorder = try Ledger().recorder(path, session: 8)
    #expect(recorder.refusal(of: "arm-1", SmallRecording().description()) == nil)
    let faster = SmallRecording(rate: 20).description()
    let refusal = try #require(recorder.refusal(of: "arm-9", faster))
    #expect(refusal.contains("rate of bench-arm is 20.0 Hz, not 10.0 Hz"))
    var other = SmallRecording().description()
    other.task.instruction = "Unstack them."
    #expect(recorder.refusal(of: "arm-1", other)?.contains("instruction") == true)
    other.task.name = "unstack"
    #expect(recorder.refusal(of: "arm-1", other) == nil, "another task may join")
    other.cameras = []
    #expect(recorder.refusal(of: "arm-1", other)?.contains("cameras") == true)
    _ = recorder.close()
  }
}

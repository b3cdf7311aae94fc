// Aim: whatever is wrong with a recording is found, and only what is safe is repaired. Method:
// whole recordings that SQLite's shell, or a flipped bit, makes wrong in one way each.
import Foundation
import RecordingStore
import RobotData
import Testing

/// A check that takes every picture for good.
func check(_ path: String) throws -> RecordingCheckReport {
  try RecordingCheck.run(path) { _ in nil }
}

@Suite struct CheckTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
  }

  @Test func `a whole recording is clean`() throws {
    try SmallRecording().write(path)
    let report = try check(path)
    #expect(report.isClean, "\(report.findings)")
    #expect(report.episodes == 2 && report.steps == 24 && report.pictures == 24)
    #expect(report.decodedPictures == 24 && report.unverifiedRows == 0)
    #expect(report.verifiedRows == 1 + 2 + 2 + 24 + 24 + 2 + 1 + 2)
  }

  @Test(arguments: [
    ("UPDATE step SET executedAction = zeroblob(56) WHERE step = 3", "checksum", 2),
    ("UPDATE frame SET bytes = zeroblob(48) WHERE step = 7", "checksum", 2),
    ("UPDATE handover SET cause = 'handed-back'", "checksum", 2),
    ("UPDATE episode SET robot = 'arm-1'", "checksum", 1),
    ("DELETE FROM step WHERE step = 5", "gap", 2),
    ("UPDATE episode SET stepCount = 13 WHERE id LIKE '%-1'", "gap", 1),
    ("UPDATE episode SET stepCount = 11 WHERE id LIKE '%-1'", "gap", 1),
    ("DELETE FROM frame WHERE step BETWEEN 5 AND 6 AND episode LIKE '%-2'", "picture", 1),
    ("PRAGMA foreign_keys = 0; DELETE FROM episode WHERE id LIKE '%-1'", "orphan", 13),
    ("UPDATE episode SET outcome = NULL", "open", 2),
    ("UPDATE episode SET outcome = 'failure' WHERE id LIKE '%-1'", "outcome", 1),
    (
      "UPDATE step SET captureTime = captureTime - 200000000, checksum = NULL WHERE step = 4",
      "time", 2
    ),
    (
      "PRAGMA ignore_check_constraints = 1; UPDATE frame SET encoding = 'gif', checksum = NULL "
        + "WHERE step = 4", "undecodable", 2
    ),
  ])
  func `what is wrong is found`(change: String, kind: String, count: Int) throws {
    try SmallRecording().write(path)
    _ = try shell(path, change)
    let report = try check(path)
    let found = report.findings.filter { $0.kind.rawValue == kind }.count
    #expect(found == count, "\(report.findings)")
    #expect(!report.isClean)
  }

  @Test func `pictures that cannot be decoded are found`() throws {
    try SmallRecording().write(path)
    let report = try RecordingCheck.run(path) { $0.bytes[0] % 2 == 0 ? "it is odd" : nil }
    #expect(!report.findings.isEmpty && report.findings.allSatisfy { $0.kind == .undecodable })
  }

  @Test func `an episode that is recorded now is not wrong`() throws {
    let recorder = try Ledger().recorder(path)
    for entry in try SmallRecording(isLastOpen: true).entries() { _ = recorder.offer(entry) }
    wait { recorder.waitingBytes == 0 }
    let during = try check(path)
    #expect(during.isClean && during.isBeingWritten, "\(during.findings)")
    _ = recorder.close()
    let after = try check(path)
    #expect(after.findings.map(\.kind) == [.open] && !after.isBeingWritten)
  }

  @Test func `repair ends episodes and removes what belongs to nothing, and no more`() throws {
    try SmallRecording(isLastOpen: true).write(path)
    _ = try shell(
      path, "PRAGMA foreign_keys = 0; DELETE FROM step WHERE episode LIKE '%-1' AND step > 9")
    let rows = "SELECT count(*), sum(checksum) FROM step; SELECT count(*) FROM frame"
    let before = try shell(path, rows)
    let done = try RecordingRepair.run(path)
    #expect(done.count == 2, "\(done)")
    #expect(try shell(path, rows)[0] == before[0], "steps stay as they are")
    #expect(try shell(path, rows)[1] == "22")
    let report = try check(path)
    #expect(report.findings.map(\.kind) == [.gap], "lost steps stay lost: \(report.findings)")
    let open =
      "SELECT outcome, endedAt = (SELECT max(receiveTime) FROM step WHERE episode = e.id) FROM episode e WHERE id LIKE '%-2'"
    #expect(try shell(path, open) == ["interrupted|1"])
  }

  @Test func `an index that does not fit its table is built anew`() throws {
    try SmallRecording().write(path)
    // The shell is made to take the index of episodes for one of robots' names.
    _ = try shell(
      path,
      """
      PRAGMA writable_schema = 1;
      UPDATE sqlite_master SET sql = 'CREATE INDEX episode_session ON episode(robot)'
      WHERE name = 'episode_session';
      """)
    #expect(try check(path).findings.contains { $0.kind == .index })
    #expect(try RecordingRepair.run(path) == ["built the indexes anew"])
    #expect(try check(path).isClean)
  }

  @Test(arguments: 0..<20)
  func `no flipped bit among the rows goes unseen`(seed: UInt64) throws {
    try SmallRecording(seed: seed).write(path)
    var random = SeededBits(seed: seed)
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    // A byte of a step's picture, found by its pattern, so that the flip is never in free space.
    let hex = try shell(path, "SELECT hex(bytes) FROM frame WHERE step = \(seed % 12) LIMIT 1")[0]
    let pattern = stride(from: 0, to: hex.utf8.count, by: 2).compactMap {
      UInt8(hex.dropFirst($0).prefix(2), radix: 16)
    }
    let place = try #require(
      (0..<(bytes.count - pattern.count)).first {
        Array(bytes[$0..<($0 + pattern.count)]) == pattern
      })
    bytes[place + random.below(pattern.count)] ^= 1 << UInt8(random.below(8))
    try Data(bytes).write(to: URL(filePath: path))
    let report = try check(path)
    #expect(report.findings.map(\.kind) == [.checksum], "seed \(seed): \(report.findings)")
  }

  @Test(arguments: 0..<40)
  func `a file with any bit flipped is checked to the end`(seed: UInt64) throws {
    try SmallRecording(seed: seed).write(path)
    var random = SeededBits(seed: seed)
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    for _ in 0..<8 { bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8)) }
    try Data(bytes).write(to: URL(filePath: path))
    // Either the report says something, or only bytes were hit that no one reads.
    let report = try? check(path)
    guard let report, report.isClean else { return }
    #expect(report.steps == 24 && report.pictures == 24, "seed \(seed)")
    #expect(try sumOfSums() == sumOfSums(SmallRecording(seed: seed)), "seed \(seed)")
  }

  private func sumOfSums() throws -> [String] {
    try shell(path, "SELECT sum(checksum) FROM step; SELECT sum(checksum) FROM frame")
  }

  private func sumOfSums(_ recording: SmallRecording) throws -> [String] {
    let other = folder.path + "/again.sqlite"
    try recording.write(other)
    return try shell(other, "SELECT sum(checksum) FROM step; SELECT sum(checksum) FROM frame")
  }
}

/// Random places in a file.
struct SeededBits {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// A number from 0, below `limit`.
  mutating func below(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 1) % limit
  }
}

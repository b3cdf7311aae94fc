// Aim: of a damaged file everything is saved that is still what was written, and nothing else.
// Method: recordings with flipped bits, zeroed pages, a torn end; each saved row is compared with
// the undamaged file's by SQLite's shell.
import Foundation
import RecordingStore
import RobotData
import Testing

@Suite struct SalvageTests {
  let folder: TemporaryFolder
  let path: String
  let whole: String
  let saved: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
    whole = folder.path + "/whole.sqlite"
    saved = folder.path + "/saved.sqlite"
    try SmallRecording(robots: 2, episodes: 6, steps: 40).write(whole)
    try FileManager.default.copyItem(atPath: whole, toPath: path)
  }

  private func damage(_ change: (inout [UInt8]) throws -> Void) throws -> [UInt8] {
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    try change(&bytes)
    try Data(bytes).write(to: URL(filePath: path))
    return bytes
  }

  /// How many steps and pictures are the same as in the undamaged file, and how many are not.
  private func comparison() throws -> (same: Int, other: Int) {
    let columns = "episode, step, checksum"
    let counts = try shell(
      saved,
      """
      ATTACH '\(whole)' AS whole;
      SELECT (SELECT count(*) FROM (SELECT * FROM main.step INTERSECT SELECT * FROM whole.step))
        + (SELECT count(*) FROM (SELECT \(columns), bytes FROM main.frame INTERSECT
          SELECT \(columns), bytes FROM whole.frame));
      SELECT (SELECT count(*) FROM (SELECT * FROM main.step EXCEPT SELECT * FROM whole.step))
        + (SELECT count(*) FROM (SELECT \(columns), bytes FROM main.frame EXCEPT
          SELECT \(columns), bytes FROM whole.frame));
      """
    ).compactMap { Int($0) }
    return (counts[0], counts[1])
  }

  private func expectSound() throws {
    let report = try check(saved)
    // Lost steps are gaps; everything else is in order.
    #expect(report.findings.allSatisfy { $0.kind == .gap }, "\(report.findings)")
    #expect(try shell(saved, "PRAGMA integrity_check; PRAGMA foreign_key_check") == ["ok"])
  }

  @Test func `of an undamaged file everything is saved`() throws {
    let report = try RecordingSalvage.run(path, to: saved)
    #expect(report.tables.allSatisfy { $0.damaged == 0 && $0.foundOnLostPages == 0 })
    #expect(report.notes.isEmpty)
    #expect(try comparison() == (480, 0))
    #expect(try check(saved).isClean)
  }

  @Test(arguments: 0..<20)
  func `rows with flipped bits are left out, all others are saved`(seed: UInt64) throws {
    var random = SeededBits(seed: seed)
    let before = try [UInt8](Data(contentsOf: URL(filePath: path)))
    let after = try damage { bytes in
      // Not in the first page, which holds the tables' definitions.
      for _ in 0..<10 {
        bytes[4096 + random.below(bytes.count - 4096)] ^= 1 << UInt8(random.below(8))
      }
    }
    let report = try RecordingSalvage.run(path, to: saved)
    let (same, other) = try comparison()
    #expect(other == 0, "seed \(seed): \(report)")
    // Ten bits spoil at most ten pages, of which each holds at most some 30 rows.
    #expect(same >= 480 - 300, "seed \(seed): \(report)")
    #expect(try [UInt8](Data(contentsOf: URL(filePath: path))) == after && before != after)
    try expectSound()
  }

  @Test(arguments: 0..<10)
  func `a zeroed page costs its rows and no others`(seed: UInt64) throws {
    var random = SeededBits(seed: seed)
    _ = try damage { bytes in
      let page = 1 + random.below(bytes.count / 4096 - 1)
      for index in 0..<4096 { bytes[page * 4096 + index] = 0 }
    }
    let report = try RecordingSalvage.run(path, to: saved)
    let (same, other) = try comparison()
    #expect(other == 0 && same >= 480 - 100, "seed \(seed): \(same) \(report)")
    try expectSound()
  }

  @Test(arguments: [0.5, 0.7, 0.9])
  func `of a torn file the part that is there is saved`(share: Double) throws {
    _ = try damage { $0.removeLast($0.count - Int(Double($0.count) * share)) }
    let report = try RecordingSalvage.run(path, to: saved)
    let (same, other) = try comparison()
    #expect(other == 0 && Double(same) >= 480 * share * 0.5, "\(share): \(same) \(report)")
    try expectSound()
  }

  @Test func `lost pictures are told where the robot's own row is lost too`() throws {
    // The robots were there in another session, whose rows have no checksums yet; those of this session
    // and two pictures are damaged.
    _ = try shell(
      path,
      """
      CREATE TEMP TABLE other AS SELECT * FROM robot;
      UPDATE other SET session = 'aaaaaaaaaaaaaaaa', checksum = NULL;
      UPDATE robot SET checksum = checksum + 1;
      INSERT INTO robot SELECT * FROM other;
      UPDATE frame SET checksum = checksum + 1 WHERE step = 7 AND episode IN (
        SELECT id FROM episode LIMIT 2);
      """)
    let report = try RecordingSalvage.run(path, to: saved)
    let lost = try shell(saved, "SELECT count(*) FROM dropped_frame")
    #expect(Int(lost[0]) ?? 0 >= 2, "\(report)")
    try expectSound()
  }

  @Test func `what is committed but still in the journal is saved too`() throws {
    let recorder = try Ledger().recorder(folder.path + "/live.sqlite")
    for entry in try SmallRecording().entries() { _ = recorder.offer(entry) }
    wait { recorder.waitingBytes == 0 }
    try FileManager.default.removeItem(atPath: path)
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: folder.path + "/live.sqlite" + suffix, toPath: path + suffix)
    }
    _ = recorder.close()
    let report = try RecordingSalvage.run(path, to: saved)
    #expect(report.tables.first { $0.name == "step" }?.saved == 24, "\(report)")
    #expect(try check(saved).isClean)
  }

  @Test func `a file of the first version is salvaged, unverified`() throws {
    try FileManager.default.removeItem(atPath: path)
    try makeFirstVersion(path)
    let report = try RecordingSalvage.run(path, to: saved)
    #expect(report.tables.first { $0.name == "step" }?.unverified == 3)
    #expect(try RecordingReader(path: saved).episodes().map(\.steps) == [3, 0])
  }

  @Test func `nothing that is there is overwritten`() throws {
    #expect(throws: RecordingError.exists(path: whole)) {
      try RecordingSalvage.run(path, to: whole)
    }
    #expect(throws: RecordingError.notFound(path: "nowhere")) {
      try RecordingSalvage.run("nowhere", to: saved)
    }
  }
}

// Aim: what was acknowledged is there, once, and can be read while it is written. Method: random
// steps in random order with repeats and gaps; real files; a real full disk where the system
// lets tests make one.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite struct RecorderTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/test.sqlite"
  }

  private func step(
    _ index: Int, of episode: EpisodeID, _ random: inout SeededGenerator
  ) -> RecordingEntry {
    var record = random.record()
    record.observation.episode = episode
    record.observation.step = index
    return .step(
      record, of: "r", task: "stack", receivedAt: WallTime(nanosecondsSinceEpoch: Int64(index)))
  }

  @Test(arguments: 0..<10)
  func `in any order, with repeats and gaps, only what has no gap is acknowledged`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let ledger = Ledger()
    let recorder = try ledger.recorder(path)
    let episode = EpisodeID(session: SessionID(7), ordinal: 1)
    let missing = random.integer(5...25)
    var order = (0..<30).filter { $0 != missing } + [3, 4, 4]
    order.shuffle(using: &random)
    for index in order { #expect(recorder.offer(step(index, of: episode, &random))) }
    #expect(recorder.close() == 0)
    #expect(ledger.committed.withLock { $0[episode] } == missing, "seed \(seed)")
    #expect(recorder.committedSteps == 29, "seed \(seed)")

    // The next run fills the gap, and knows what the file holds.
    let next = try ledger.recorder(path, session: 8)
    _ = next.offer(step(missing, of: episode, &random))
    #expect(next.close() == 0)
    #expect(ledger.committed.withLock { $0[episode] } == 30, "seed \(seed)")
    let summary = try RecordingReader(path: path).episode(episode.description)
    #expect(summary.steps == 30 && summary.robot == "r")
  }

  @Test func `the first of two different steps of one index stays`() throws {
    var random = SeededGenerator(seed: 1)
    let episode = EpisodeID(session: SessionID(7), ordinal: 1)
    let ledger = Ledger()
    let recorder = try ledger.recorder(path)
    var first = random.record()
    first.observation.episode = episode
    first.observation.step = 0
    first.isLate = true
    var second = first
    second.isLate = false
    for record in [first, second] {
      _ = recorder.offer(
        .step(record, of: "r", task: "stack", receivedAt: WallTime(nanosecondsSinceEpoch: 0)))
    }
    #expect(recorder.close() == 0)
    let summary = try RecordingReader(path: path).episode("1")
    #expect(summary.steps == 1 && summary.lateSteps == 1)
  }

  @Test func `a recording is read while it is written`() throws {
    var random = SeededGenerator(seed: 2)
    let episode = EpisodeID(session: SessionID(7), ordinal: 1)
    let ledger = Ledger()
    let recorder = try ledger.recorder(path)
    _ = recorder.offer(
      .episodeStarted(
        episode, "r", task: "stack", seed: .max, at: WallTime(nanosecondsSinceEpoch: 0)))
    for index in 0..<5 { _ = recorder.offer(step(index, of: episode, &random)) }
    let deadline = Date(timeIntervalSinceNow: 10)
    while ledger.committed.withLock({ $0[episode] }) != 5, Date() < deadline { usleep(1_000) }
    let summary = try RecordingReader(path: path).episodes()
    #expect(summary.map(\.steps) == [5] && summary[0].outcome == nil)
    _ = recorder.offer(
      .episodeEnded(episode, .success, at: WallTime(nanosecondsSinceEpoch: 9)))
    _ = recorder.offer(.episodeClosed(episode, stepCount: 6))
    #expect(recorder.close() == 0)
    let ended = try RecordingReader(path: path).episodes()
    #expect(ended.map(\.outcome) == ["success"] && ended[0].missingSteps == 1)
  }

  @Test func `two coordinators never write to one file`() throws {
    let ledger = Ledger()
    let first = try ledger.recorder(path)
    #expect(throws: RecordingError.inUse(path: path)) { try ledger.recorder(path) }
    _ = first.close()
  }

  @Test func `another program's file is not touched`() throws {
    let text = Data("no database at all, but long enough to be read as one".utf8)
    try text.write(to: URL(filePath: path))
    let error = #expect(throws: RecordingError.self) { try Ledger().recorder(path) }
    #expect(error?.description.contains("no recording") == true)
    #expect(try Data(contentsOf: URL(filePath: path)) == text)
    #expect(throws: RecordingError.self) { try RecordingReader(path: path) }
  }

  @Test func `a missing file and a missing folder are named`() throws {
    #expect(throws: RecordingError.notFound(path: path)) { try RecordingReader(path: path) }
    let nowhere = folder.path + "/none/x.sqlite"
    #expect(throws: RecordingError.folderMissing(path: nowhere)) {
      try Ledger().recorder(nowhere)
    }
  }

  @Test(.enabled(if: getuid() == 0, "only root can mount a small disk"))
  func `a full disk loses nothing that was acknowledged, and recording continues when it has room`()
    throws
  {
    var random = SeededGenerator(seed: 3)
    let small = folder.path + "/small"
    try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
    let isMounted =
      try run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]).code == 0
    guard isMounted else { return }
    defer { _ = try? run("/bin/umount", [small]) }
    let ledger = Ledger()
    let recorder = try ledger.recorder(small + "/full.sqlite")
    let episode = EpisodeID(session: SessionID(7), ordinal: 1)
    let picture = try CameraFrame(
      camera: "scene", size: ImageSize(width: 64, height: 64), encoding: .jpeg,
      bytes: [UInt8](repeating: 1, count: 20_000))
    for index in 0..<80 {
      var record = random.record()
      record.observation.episode = episode
      record.observation.step = index
      record.observation.reading.frames = [picture]
      _ = recorder.offer(
        .step(record, of: "r", task: "t", receivedAt: WallTime(nanosecondsSinceEpoch: 0)))
      usleep(2_000)
    }
    wait { ledger.troubles.withLock { !$0.isEmpty } }
    #expect(ledger.troubles.withLock { $0.first } == .diskFull(path: recorder.path))
    let safe = ledger.committed.withLock { $0[episode] ?? 0 }
    #expect(safe < 80)
    #expect(try run("/bin/mount", ["-o", "remount,size=64m", small]).code == 0)
    wait { ledger.committed.withLock { $0[episode] } == 80 }
    #expect(ledger.troubles.withLock { $0.last } == .some(nil), "it says that it continues")
    #expect(recorder.close() == 0)
    #expect(try RecordingReader(path: recorder.path).episodes().map(\.steps) == [80])
  }

  @Test(.enabled(if: getuid() == 0, "only root can mount a small disk"))
  func `a step that finds no room is refused, not dropped, and taken when there is room`() throws {
    let small = folder.path + "/tight"
    try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
    let isMounted =
      try run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]).code == 0
    guard isMounted else { return }
    defer { _ = try? run("/bin/umount", [small]) }
    var random = SeededGenerator(seed: 6)
    let ledger = Ledger()
    let recorder = try ledger.recorder(small + "/tight.sqlite")
    let episode = EpisodeID(session: SessionID(7), ordinal: 1)
    // All steps share the bytes of one picture: only the recorder's count of them grows.
    let picture = try CameraFrame(
      camera: "scene", size: ImageSize(width: 64, height: 64), encoding: .jpeg,
      bytes: [UInt8](repeating: 1, count: 8 << 20))
    func step(_ index: Int) -> RecordingEntry {
      var record = random.record()
      record.observation.episode = episode
      record.observation.step = index
      record.observation.reading.frames = [picture]
      return .step(
        record, of: "r", task: "t", receivedAt: WallTime(nanosecondsSinceEpoch: 0))
    }
    let taken = (0..<100).prefix { recorder.offer(step($0)) }.count
    #expect(taken * (8 << 20) >= Recorder.queueBytesLimit - (8 << 20) && taken < 40)
    #expect(recorder.waitingBytes < Recorder.queueBytesLimit + (9 << 20))
    let event = RecordingEntry.event(
      kind: "fault", robot: "r", text: "", at: WallTime(nanosecondsSinceEpoch: 0))
    #expect(recorder.offer(event), "what is small is always taken")
    #expect(!recorder.offer(step(taken)))
    #expect(try run("/bin/mount", ["-o", "remount,size=900m", small]).code == 0)
    wait { recorder.offer(step(taken)) }
    #expect(recorder.close(patience: 180) == 0)
    #expect(ledger.committed.withLock { $0[episode] } == taken + 1)
  }

  @Test func `the ten-thousandth episode costs what the first did`() throws {
    // Pages that a commit of the same steps writes: time would depend on who else uses the machine.
    func pages(_ file: String, episodes: Range<Int>) throws -> Int {
      let before = try size(file + "-wal")
      let recorder = try Ledger().recorder(file, session: UInt64(episodes.lowerBound + 100))
      var random = SeededGenerator(seed: 5)
      for number in episodes {
        let episode = EpisodeID(
          session: SessionID(UInt64(episodes.lowerBound + 100)), ordinal: UInt32(number + 1))
        for index in 0..<3 { _ = recorder.offer(step(index, of: episode, &random)) }
        _ = recorder.offer(
          .episodeEnded(episode, .success, at: WallTime(nanosecondsSinceEpoch: 9)))
      }
      wait { recorder.waitingBytes == 0 }
      defer { _ = recorder.close() }
      return try size(file + "-wal") - before
    }
    let first = try pages(path, episodes: 0..<50)
    _ = try pages(path, episodes: 50..<10_000)
    let last = try pages(path, episodes: 10_000..<10_050)
    #expect(try RecordingReader(path: path).counts().episodes == 10_050)
    #expect(first > 0 && last < 2 * first, "\(first) and \(last) bytes of journal")
  }

  private func size(_ file: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: file) else { return 0 }
    return try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
  }
}

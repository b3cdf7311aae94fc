// Aim: what the recorder says is written is there, what is not there is counted, and `recording check`
// tells of it. Method: SQLite's own (https://www.sqlite.org/testing.html, 3.2): a whole run is made once
// for each of its writes, truncations and syncs, of which that one fails, or that one and all that
// follow; then what was promised is held against what is there.
import CFaultyVFS
import Foundation
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite(.serialized) struct WriteFaultTests {
  let folder: TemporaryFolder
  private let recording = SmallRecording(robots: 1, episodes: 2, steps: 3)

  init() throws {
    folder = try TemporaryFolder()
    try #require(faulty_vfs_register() == 0)
  }

  /// What a run was told.
  private struct Promise {
    var isOpened = false
    var committed: [EpisodeID: Int] = [:]
    var lost = UnwrittenEntries()
    var isSessionLost: Bool { (lost.counts[.sessionEnd] ?? 0) > 0 }
  }

  /// Records all entries in several commits.
  private func record(_ path: String, rotateSize: Int?, patience: Double) throws -> Promise {
    var promise = Promise()
    let ledger = Ledger()
    let recorder: Recorder
    do {
      recorder = try ledger.recorder(path, rotateSize: rotateSize)
    } catch { return promise }
    promise.isOpened = true
    let entries = try recording.entries()
    for (index, entry) in entries.enumerated() {
      #expect(recorder.offer(entry))
      guard index % 7 == 6 else { continue }
      let deadline = Date(timeIntervalSinceNow: 0.2)
      while recorder.waitingBytes > 0, Date() < deadline { usleep(500) }
    }
    let count = recorder.close(patience: patience)
    promise.lost = recorder.unwritten
    #expect(promise.lost.count == count)
    promise.committed = ledger.committed.withLock { $0 }
    return promise
  }

  /// Rows of the whole recording, by what the recorder calls them.
  private func rows(_ path: String) throws -> [RecordingEntry.Kind: Int] {
    var counts: [RecordingEntry.Kind: Int] = [:]
    let reader = try RecordingReader(path: path) { _ in }
    for file in reader.paths {
      let numbers = try shell(
        file,
        """
        SELECT count(*) FROM step; SELECT count(*) FROM handover; SELECT count(*) FROM event;
        SELECT count(*) FROM mark; SELECT count(*) FROM episode;
        SELECT count(*) FROM episode WHERE stepCount IS NOT NULL;
        """
      ).compactMap { Int($0) }
      for (kind, number) in zip(
        [RecordingEntry.Kind.step, .handover, .event, .end, .episode, .closed], numbers)
      {
        counts[kind, default: 0] += number
      }
    }
    return counts
  }

  private func compare(
    _ promise: Promise, _ path: String, _ write: Comment
  ) throws {
    guard promise.isOpened else { return }
    let offered = Dictionary(grouping: try recording.entries(), by: \.kind).mapValues(\.count)
    let there = try rows(path)
    for (kind, count) in offered where kind != .robot {
      let missing = count - (there[kind] ?? 0)
      let told = promise.lost.counts[kind] ?? 0
      // An episode's first step makes its row where its beginning is missing.
      if kind == .episode {
        #expect(missing <= told, write)
      } else {
        #expect(missing == told, "\(write): \(kind)")
      }
    }
    let steps = Dictionary(
      uniqueKeysWithValues: try RecordingReader(path: path) { _ in }.episodes()
        .map { ($0.id, $0.steps) })
    for (episode, count) in promise.committed {
      #expect(steps[episode.description] ?? 0 >= count, write)
    }
    let report = try check(path)
    // The end of the session may be written, and its writing told as failed.
    if promise.lost.count == 0 { #expect(report.isClean, "\(write): \(report.findings)") }
    if promise.lost.count > (promise.isSessionLost ? 1 : 0) { #expect(!report.isClean, write) }
  }

  @Test func `a write that fails once costs nothing`() throws {
    let rotateSize = 1
    let marker = URL(filePath: folder.path).lastPathComponent
    faulty_vfs_arm(marker, 0, 0, FAULTY_VFS_IO_ERROR)
    _ = try record(folder.path + "/0.sqlite", rotateSize: rotateSize, patience: 5)
    let writes = faulty_vfs_count()
    #expect(writes > 100)
    var opened = 0
    for write in 1...writes {
      let path = folder.path + "/\(write).sqlite"
      faulty_vfs_arm(
        marker, write, 0, write.isMultiple(of: 2) ? FAULTY_VFS_FULL : FAULTY_VFS_IO_ERROR)
      let promise = try record(path, rotateSize: rotateSize, patience: 5)
      faulty_vfs_disarm()
      if promise.isOpened { opened += 1 }
      #expect(promise.lost.count == 0, "write \(write)")
      try compare(promise, path, "write \(write)")
    }
    print("failed once: \(writes) writes, \(opened) of them in a recording that was open")
    #expect(opened > writes / 2)
  }

  @Test func `what cannot be written from some write on is counted, and missed by the check`()
    throws
  {
    let marker = URL(filePath: folder.path).lastPathComponent
    faulty_vfs_arm(marker, 0, 0, FAULTY_VFS_IO_ERROR)
    _ = try record(folder.path + "/0.sqlite", rotateSize: nil, patience: 5)
    let writes = faulty_vfs_count()
    var losing = 0
    for write in 1...writes {
      let path = folder.path + "/\(write).sqlite"
      faulty_vfs_arm(
        marker, write, 1, write.isMultiple(of: 2) ? FAULTY_VFS_FULL : FAULTY_VFS_IO_ERROR)
      let promise = try record(path, rotateSize: nil, patience: 0.05)
      faulty_vfs_disarm()
      if promise.lost.count > 0 { losing += 1 }
      try compare(promise, path, "from write \(write) on")
    }
    print("failed for good: \(writes) writes, \(losing) runs left something unwritten")
    #expect(losing > writes / 4)
  }
}

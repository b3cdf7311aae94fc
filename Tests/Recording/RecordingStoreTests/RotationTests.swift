// Aim: a recording may be many files, and each episode lies whole in one. Method: a limit that
// every file exceeds at once.
import Foundation
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite struct RotationTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/lab.sqlite"
  }

  private func steps(_ file: String) throws -> [String: Int] {
    let rows = try shell(file, "SELECT episode, count(*) FROM step GROUP BY episode")
      .map { $0.split(separator: "|") }
    return Dictionary(uniqueKeysWithValues: rows.map { (String($0[0]), Int($0[1]) ?? 0) })
  }

  @Test func `a new file begins with an episode, when the newest is large`() throws {
    let recording = SmallRecording(robots: 2, episodes: 5)
    try recording.write(path, rotateSize: 1)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      files == [
        "lab-0002.sqlite", "lab-0003.sqlite", "lab-0004.sqlite", "lab-0005.sqlite",
        "lab.sqlite",
      ])
    var all: [String: Int] = [:]
    for file in files {
      let path = folder.path + "/" + file
      all.merge(try steps(path)) { _, _ in
        Issue.record("an episode lies in two files")
        return 0
      }
      #expect(try shell(path, "SELECT count(*) FROM robot") == ["2"], "\(file)")
      #expect(try shell(path, "PRAGMA integrity_check; PRAGMA foreign_key_check") == ["ok"])
    }
    #expect(all.count == 5 && all.values.allSatisfy { $0 == 12 })
  }

  @Test func `episodes that overlap stay where they began, also after a restart`() throws {
    let first = EpisodeID(session: SessionID(7), ordinal: 1)
    let second = EpisodeID(session: SessionID(7), ordinal: 2)
    let entries = try SmallRecording(robots: 2, episodes: 2).entries()
    let early = entries.filter { entry in
      switch entry {
      case .robotJoined, .episodeStarted: true
      case .step(let record, _, _, _): record.observation.step < 6
      default: false
      }
    }
    let ledger = Ledger()
    let recorder = try ledger.recorder(path, rotateSize: 1)
    for entry in early {
      _ = recorder.offer(entry)
      wait { recorder.waitingBytes == 0 }
    }
    #expect(recorder.paths.count == 2)
    #expect(recorder.close() == 0)
    let again = try ledger.recorder(path, session: 8, rotateSize: 1)
    #expect(again.openEpisodes == [first: "arm-1", second: "arm-2"])
    for entry in entries {
      if case .step = entry { _ = again.offer(entry) }
    }
    #expect(again.close() == 0)
    #expect(ledger.committed.withLock { $0 } == [first: 12, second: 12])
    #expect(try steps(path) == [first.description: 12])
    #expect(try steps(folder.path + "/lab-0002.sqlite") == [second.description: 12])
  }

  @Test func `no one else writes to a recording whose first file is whole`() throws {
    let recorder = try Ledger().recorder(path, rotateSize: 1)
    for entry in try SmallRecording(episodes: 3).entries() {
      _ = recorder.offer(entry)
      wait { recorder.waitingBytes == 0 }
    }
    #expect(throws: RecordingError.inUse(path: path)) { try Ledger().recorder(path) }
    #expect(recorder.close() == 0)
    _ = try Ledger().recorder(path).close()
  }
}

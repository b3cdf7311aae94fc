// Aim: whoever only reads leaves nothing beside a recording, and needs no right to write. Method: every
// way to read, in every state that a recording may be in; the folder's listing with sizes, times and
// bytes is the same afterwards, and what was read is what is there.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Synchronization
import Testing

@Suite struct ReadOnlyTests {
  let folder: TemporaryFolder
  let path: String

  /// What a recording may be when it is read.
  enum State: String, CaseIterable {
    case closed, live, killed, killedWithoutIndex, firstVersion, rotated
  }

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/a name with %41?#.sqlite"
  }

  /// Brings a recording into a state; a recorder that is still at work.
  private func make(_ state: State) throws -> Recorder? {
    switch state {
    case .closed: try SmallRecording().write(path)
    case .rotated: try SmallRecording().write(path, rotateSize: 1)
    case .firstVersion:
      let plain = folder.path + "/plain.sqlite"
      try makeFirstVersion(plain)
      try FileManager.default.moveItem(atPath: plain, toPath: path)
    case .live:
      try SmallRecording().write(path)
      return try begin(path)
    case .killed, .killedWithoutIndex:
      // What a killed coordinator leaves is what its files are at some moment.
      let other = folder.path + "/other"
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
      try SmallRecording().write(other + "/r.sqlite")
      let recorder = try begin(other + "/r.sqlite")
      for suffix in state == .killed ? ["", "-wal", "-shm"] : ["", "-wal"] {
        try FileManager.default.copyItem(
          atPath: other + "/r.sqlite" + suffix, toPath: path + suffix)
      }
      #expect(recorder.close() == 0)
      try FileManager.default.removeItem(atPath: other)
    }
    return nil
  }

  /// A second session with an episode that is on disk, in the journal.
  private func begin(_ path: String) throws -> Recorder {
    let recorder = try Ledger().recorder(path, session: 8)
    for entry in try SmallRecording(robots: 1, episodes: 1, session: 8).entries() {
      #expect(recorder.offer(entry))
    }
    wait { recorder.waitingBytes == 0 }
    return recorder
  }

  /// Each file with its size, the time of its last change and its bytes.
  private func listing() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      var status = stat()
      let path = folder.path + "/" + name
      #expect(stat(path, &status) == 0)
      let bytes = try Data(contentsOf: URL(filePath: path))
      return "\(name) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
        + "\(status.st_mode) \(bytes.hashValue)"
    }
  }

  /// Reads all that can be read, and counts it.
  private func readAll() throws -> (episodes: Int, steps: Int) {
    let reader = try RecordingReader(path: path)
    let counts = try reader.counts()
    _ = try (reader.episodeRows(), reader.sessions(), reader.latestPictures())
    _ = try reader.pictures(spread: 5)
    for episode in try reader.episodes() {
      _ = try (reader.handovers(of: episode.id), reader.handoverRows(of: episode.id))
      _ = try (reader.marks(of: episode.id), reader.cameras(of: episode.id))
      _ = try (reader.timing(of: episode.id), reader.droppedPictures(of: episode.id))
      _ = try reader.description(ofRobotIn: episode.id)
      _ = try reader.thresholds(ofSessionOf: episode.id)
      #expect(try reader.steps(of: episode.id).count == episode.steps)
      var scanned = 0
      try reader.scan(episode.id) { _ in scanned += 1 }
      try reader.glance(at: episode.id) { _ in scanned += 1 }
      #expect(scanned == 2 * episode.steps)
    }
    return (counts.episodes, counts.steps)
  }

  private func expected(_ state: State) -> (episodes: Int, steps: Int) {
    switch state {
    case .closed, .rotated: (2, 24)
    case .firstVersion: (2, 3)
    case .live, .killed, .killedWithoutIndex: (3, 36)
    }
  }

  @Test(arguments: State.allCases)
  func `whoever only reads changes nothing, and sees all`(state: State) throws {
    let recorder = try make(state)
    let before = try listing()
    #expect(try readAll() == expected(state))
    #expect(try listing() == before, "reading")
    let report = try check(path)
    #expect(report.steps == expected(state).steps && report.isBeingWritten == (state == .live))
    #expect(try listing() == before, "check")
    let elsewhere = try TemporaryFolder()
    _ = try RecordingMerge.run([path], into: elsewhere.path + "/merged.sqlite")
    #expect(try listing() == before, "merge from it")
    _ = try RecordingSalvage.run(path, to: elsewhere.path + "/saved.sqlite")
    #expect(try listing() == before, "salvage")
    if let recorder { #expect(recorder.close() == 0) }
  }

  // Where an index of the journal is left over, a process that has it to read does not get it to write:
  // whoever changes a recording closes it first (see `EpisodePlaces`).
  @Test(arguments: State.allCases.filter { $0 != .killed })
  func `a reader that stays sees what is written meanwhile`(state: State) throws {
    var recorder = try make(state)
    let reader = try RecordingReader(path: path)
    let before = try reader.episodes().count
    let session: UInt64 = 9
    if recorder == nil { recorder = try Ledger().recorder(path, session: session) }
    for entry in try SmallRecording(robots: 1, episodes: 1, session: session).entries() {
      _ = recorder?.offer(entry)
    }
    wait { recorder?.waitingBytes == 0 }
    let added = state == .live ? 0 : 1
    #expect(try reader.episodes().count >= before + added)
    #expect(recorder?.close() == 0)
    #expect(try reader.episodes().count >= before + added)
  }

  @Test(arguments: State.allCases)
  func `a recording that was read is changed and repaired in any state`(state: State) throws {
    let recorder = try make(state)
    let episode = try #require(try RecordingReader(path: path).episodes().first?.id)
    try RecordingEditor(path: path, person: "bea").add("pilot", to: episode)
    #expect(try RecordingReader(path: path).episode(episode).tags == ["pilot"])
    if let recorder {
      #expect(throws: RecordingError.inUse(path: path)) { try RecordingRepair.run(path) }
      #expect(recorder.close() == 0)
    }
    _ = try RecordingRepair.run(path)
    #expect(try check(path).isClean)
  }

  @Test(
    .enabled(if: anotherUserCanStart, "another user cannot start the built program"),
    arguments: State.allCases)
  func `another user reads what he may not write`(state: State) throws {
    let recorder = try make(state)
    #expect(chmod(folder.path, 0o755) == 0)
    let before = try listing()
    try #require(FileManager.default.isExecutableFile(atPath: program), "build mallard first")
    let elsewhere = try TemporaryFolder()
    #expect(chmod(elsewhere.path, 0o777) == 0)
    let episode = try #require(try RecordingReader(path: path).episodes().first?.id)
    let commands = [
      ["episodes", "list", "--recording", path],
      ["episodes", "show", episode, "--recording", path], ["recording", "check", path],
      ["export", path, "--dry-run"],
      ["snapshot", "--recording", path, "--output", elsewhere.path + "/fleet.png"],
    ]
    for command in commands {
      let result = try run(
        "/usr/bin/setpriv", asAnother + command)
      let isRefused = ["cannot be written", "readonly", "cannot be read", "database"].contains {
        result.output.contains($0)
      }
      #expect(!isRefused, "\(command): \(result.output)")
      // A check may find that a killed session has not ended.
      if command[0] != "recording" { #expect(result.code == 0, "\(command): \(result.output)") }
      if command.contains("list") {
        let (episodes, steps) = expected(state)
        #expect(result.output.contains("\(episodes) episodes, \(steps) steps"))
      }
      #expect(try listing() == before, "\(command) of another user")
    }
    if let recorder { #expect(recorder.close() == 0) }
  }
}

/// The built program of this configuration.
private let program: String = {
  #if DEBUG
    let built = "../../../.build/debug/mallard"
  #else
    let built = "../../../.build/release/mallard"
  #endif
  return URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: built).standardizedFileURL.path
}()

/// Starts the program as a user who owns nothing.
private let asAnother = ["--reuid=65534", "--regid=65534", "--clear-groups", program]

/// Whether that works: only root can, and a checkout may lie where others cannot go.
private let anotherUserCanStart =
  getuid() == 0 && (try? run("/usr/bin/setpriv", asAnother + ["--version"]).code) == 0

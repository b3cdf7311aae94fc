import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Synchronization
import Testing

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "mallard-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// What a recorder says of its commits.
final class Ledger: Sendable {
  let committed = Mutex<[EpisodeID: Int]>([:])
  let troubles = Mutex<[RecordingError?]>([])
  let news = Mutex<[RecorderNews]>([])

  func recorder(
    _ path: String, session: UInt64 = 7, rotateSize: Int? = nil
  ) throws(RecordingError) -> Recorder {
    try Recorder(
      path: path,
      session: SessionRecord(
        id: SessionID(session), startedAt: WallTime(nanosecondsSinceEpoch: 1), software: "test",
        policy: nil, isLockstep: false, settings: "{}"), rotateSize: rotateSize,
      onCommit: { counts in
        self.committed.withLock { $0.merge(counts) { $1 } }
      }, onTrouble: { error in self.troubles.withLock { $0.append(error) } },
      onNews: { news in self.news.withLock { $0.append(news) } })
  }
}

/// A file beside the tests.
func fixture(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
}

/// Runs a program, with `input` as its standard input.
///
/// - Returns: its exit code and what it printed.
@discardableResult
func run(
  _ command: String, _ arguments: [String], input: String? = nil
) throws -> (code: Int32, output: String) {
  let process = SpawnedProcess(URL(filePath: command), arguments)
  let files = [DatasetPeers.temporaryFile("output"), DatasetPeers.temporaryFile("input")]
  defer { for file in files { try? FileManager.default.removeItem(at: file) } }
  (process.output, process.errors) = (files[0].path, files[0].path)
  if let input {
    try Data(input.utf8).write(to: files[1])
    process.input = files[1].path
  }
  try process.run()
  process.waitUntilExit()
  let said = String(decoding: try Data(contentsOf: files[0]), as: UTF8.self)
  return (process.terminationStatus, said)
}

/// The shell that people use, on a file.
func shell(_ path: String, _ sql: String) throws -> [String] {
  let result = try run("/usr/bin/sqlite3", [path], input: sql)
  #expect(result.code == 0, "\(sql): \(result.output)")
  return result.output.split(separator: "\n").map(String.init)
}

/// A recording of the first version.
func makeFirstVersion(_ path: String) throws {
  _ = try shell(path, try String(contentsOfFile: fixture("v1.sql"), encoding: .utf8))
}

/// Waits until `condition` holds; a test fails that waits three minutes, as on a machine that does much
/// else.
func wait(until condition: () -> Bool) {
  let deadline = Date(timeIntervalSinceNow: 180)
  while Date() < deadline {
    // Asked once: a condition that does something is not done a second time.
    if condition() { return }
    usleep(1_000)
  }
  Issue.record("what was waited for did not come")
}

/// A session of whole episodes with pictures that can be decoded.
struct SmallRecording {
  var robots = 2
  var episodes = 2
  var steps = 12
  var session: UInt64 = 7
  var seed: UInt64 = 1
  /// Steps that are left out: episode's number and step.
  var missing: Set<[Int]> = []
  var isLastOpen = false
  var rate = 10.0

  /// Writes it.
  func write(_ path: String, rotateSize: Int? = nil) throws {
    let recorder = try Ledger().recorder(path, session: session, rotateSize: rotateSize)
    for entry in try entries() {
      #expect(recorder.offer(entry))
      // A new file is begun between commits.
      if rotateSize != nil, case .episodeEnded = entry {
        wait { recorder.waitingBytes == 0 }
      }
    }
    #expect(recorder.close() == 0)
  }

  func description() -> RobotDescription {
    RobotDescription(
      profile: "bench-arm", isSimulated: true, rate: rate, joints: ["one", "two"],
      cameras: [
        CameraDescription(
          name: "scene", size: ImageSize(width: 4, height: 4), encoding: .rgb8, quality: 90)
      ],
      limits: ActionLimits(
        linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
      task: TaskDescription(
        name: "stack", instruction: "Stack the blocks.", subtasks: ["red", "blue"]))
  }

  func entries() throws -> [RecordingEntry] {
    var random = SeededGenerator(seed: seed)
    var entries: [RecordingEntry] = []
    for robot in 1...robots {
      entries.append(.robotJoined(try RobotID("arm-\(robot)"), description()))
    }
    for number in 1...episodes {
      let episode = EpisodeID(session: SessionID(session), ordinal: UInt32(number))
      let robot = try RobotID("arm-\((number - 1) % robots + 1)")
      let start = Int64(number) * 10_000_000_000
      entries.append(
        .episodeStarted(
          episode, robot, task: "stack", seed: UInt64(number),
          at: WallTime(nanosecondsSinceEpoch: start)))
      entries.append(
        .handover(
          HandoverRecord(
            robot: robot, episode: episode, step: nil,
            time: WallTime(nanosecondsSinceEpoch: start), from: .hold, to: .human("ann"),
            cause: .requestServed, waited: .milliseconds(5))))
      for step in 0..<steps where !missing.contains([number, step]) {
        entries.append(try self.step(step, of: episode, robot, start: start, &random))
      }
      guard !(isLastOpen && number == episodes) else { continue }
      entries.append(.episodeClosed(episode, stepCount: steps))
      entries.append(
        .episodeEnded(
          episode, .success, by: "ann",
          at: WallTime(nanosecondsSinceEpoch: start + Int64(steps) * 100_000_000)))
    }
    entries.append(
      .event(
        kind: "fault", robot: "arm-1", text: "too hot", at: WallTime(nanosecondsSinceEpoch: 5)))
    return entries
  }

  private func step(
    _ index: Int, of episode: EpisodeID, _ robot: RobotID, start: Int64,
    _ random: inout SeededGenerator
  ) throws -> RecordingEntry {
    var record = random.record()
    let time = start + Int64(index) * Int64(1e9 / rate)
    record.observation.episode = episode
    record.observation.step = index
    record.observation.reading.captureTime = WallTime(nanosecondsSinceEpoch: time)
    record.observation.reading.proprioception.jointPositions = random.numbers(2)
    record.observation.reading.proprioception.jointVelocities = random.numbers(2)
    record.observation.reading.frames = [
      try CameraFrame(
        camera: "scene", size: ImageSize(width: 4, height: 4), encoding: .rgb8,
        bytes: (0..<48).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    ]
    record.annotation.author = .human("ann")
    return .step(
      record, of: robot, task: "stack",
      receivedAt: WallTime(nanosecondsSinceEpoch: time + 3_000_000))
  }
}

// Aim: an import comes into a recording whole or not at all. Method: a reader that fails at each of many
// places, a file that was left by one that was killed, a coordinator that writes; the bytes of the
// recording and the names beside it are compared with those before.
import DatasetExport
import DatasetImport
import Datasets
import Foundation
import ImageCodecs
import MallardTesting
import RecordingStore
import RobotData
import Testing

/// What a reader with a fault throws.
private struct Fault: Error {}

/// A dataset that cannot be read beyond some step, or that some episode of cannot be begun.
private final class FailingReader: DatasetReader {
  let base: any DatasetReader
  let lastStep: Int
  let firstBadEpisode: Int
  let change: (Int, inout ImportedEpisode) -> Void
  private var steps = 0

  init(
    _ base: any DatasetReader, lastStep: Int = .max, firstBadEpisode: Int = .max,
    change: @escaping (Int, inout ImportedEpisode) -> Void = { _, _ in }
  ) {
    (self.base, self.lastStep, self.firstBadEpisode) = (base, lastStep, firstBadEpisode)
    self.change = change
  }

  var format: String { base.format }
  var path: String { base.path }
  var episodeCount: Int { base.episodeCount }
  var stepCount: Int { base.stepCount }
  var leftOut: [String] { base.leftOut }

  func episode(_ index: Int) throws -> ImportedEpisode {
    guard index < firstBadEpisode else { throw Fault() }
    var episode = try base.episode(index)
    change(index, &episode)
    return episode
  }

  func readSteps(
    of episode: ImportedEpisode, _ index: Int, _ take: (RecordedStep) throws -> Void
  ) throws {
    try base.readSteps(of: episode, index) { step in
      guard steps < lastStep else { throw Fault() }
      steps += 1
      try take(step)
    }
  }
}

@Suite struct AllOrNothingTests {
  private let folder: TemporaryFolder
  private let path: String
  private let dataset: String
  private let counts = [8, 20, 9]

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/a.sqlite"
    dataset = folder.path + "/dataset"
    try FileManager.default.createDirectory(atPath: dataset, withIntermediateDirectories: true)
    try RandomDataset(seed: 7, steps: counts).write({ try RobomimicWriter() }, in: dataset)
  }

  /// Names and bytes of all files in the folder.
  private func contents() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name != "dataset" {
      files[name] = try Data(contentsOf: URL(filePath: folder.path + "/" + name))
    }
    return files
  }

  private func attempts() throws -> [FailingReader] {
    let steps = counts.reduce(0, +)
    return try (0..<steps).filter { $0 % 5 == 0 || $0 == steps - 1 }.map {
      FailingReader(try DatasetReaders.open(dataset), lastStep: $0)
    }
      + (0..<counts.count).map {
        FailingReader(try DatasetReaders.open(dataset), firstBadEpisode: $0)
      }
  }

  @Test func `a fault anywhere leaves no new recording`() throws {
    for reader in try attempts() {
      #expect(throws: Fault.self) { try DatasetImporter(recording: path).run(reader) }
      #expect(try contents().isEmpty)
    }
    let whole = try DatasetImporter(recording: path).run(DatasetReaders.open(dataset))
    #expect(whole.episodes == 3 && whole.steps == 37)
    #expect(try contents().keys.sorted() == ["a.sqlite"])
  }

  @Test(arguments: [false, true])
  func `a fault anywhere leaves a recording as it was`(isSplit: Bool) throws {
    try SplitRecording.write(to: path, rotateSize: isSplit ? 1 << 16 : nil)
    let before = try contents()
    #expect((before.count > 1) == isSplit)
    for reader in try attempts() {
      #expect(throws: Fault.self) { try DatasetImporter(recording: path).run(reader) }
      #expect(try contents() == before)
    }
    let episodes = try RecordingReader(path: path).episodes().count
    #expect(throws: ImportError.interrupted(path: path)) {
      try DatasetImporter(recording: path).run(DatasetReaders.open(dataset)) { $0.steps < 15 }
    }
    #expect(try contents() == before)
    _ = try DatasetImporter(recording: path).run(DatasetReaders.open(dataset))
    #expect(try contents().keys.sorted() == before.keys.sorted())
    #expect(try RecordingReader(path: path).episodes().count == episodes + 3)
    let report = try RecordingCheck.run(path, decode: { _ in nil })
    // Steps of random episodes are numbered from 2.
    #expect(report.findings.allSatisfy { [.gap, .time].contains($0.kind) }, "\(report.findings)")
  }

  @Test func `what a killed import has left is no hindrance, and is gone afterwards`() throws {
    for suffix in ["", "-wal", "-shm", "-unwritten"] {
      try Data("left".utf8).write(to: URL(filePath: path + ".importing" + suffix))
    }
    _ = try DatasetImporter(recording: path).run(DatasetReaders.open(dataset))
    #expect(try contents().keys.sorted() == ["a.sqlite"])
    #expect(try RecordingReader(path: path).counts().steps == 37)
  }

  @Test func `a recording that a coordinator writes to is left alone`() throws {
    let recorder = try Recorder(
      path: path, session: SplitRecording.session(1), onCommit: { _ in }, onTrouble: { _ in })
    #expect(throws: RecordingError.inUse(path: path)) {
      try DatasetImporter(recording: path).run(DatasetReaders.open(dataset))
    }
    _ = recorder.close()
    _ = try DatasetImporter(recording: path).run(DatasetReaders.open(dataset))
  }

  @Test func `an episode is not labelled with another task's instruction`() throws {
    let ofRobot = FailingReader(try DatasetReaders.open(dataset)) { index, episode in
      if index == 1 { episode.task = "sort" }
    }
    #expect {
      try DatasetImporter(recording: path).run(ofRobot)
    } throws: { "\($0)".contains("the instruction of sort is not known") }
    // One robot of a session with two tasks: a recording has one row for it.
    let ofSession = FailingReader(try DatasetReaders.open(dataset)) { index, episode in
      episode.robot = "arm-1"
      guard index == 1 else { return }
      episode.task = "sort"
      episode.description.task = TaskDescription(
        name: "sort", instruction: "Sort it.", subtasks: [])
    }
    #expect {
      try DatasetImporter(recording: path).run(ofSession)
    } throws: { "\($0)".contains("another episode of the same session") }
    #expect(try contents().isEmpty)
  }

  @Test func `a longer episode of the same identifier is refused`() throws {
    let reader = try DatasetReaders.open(dataset)
    let episode = try reader.episode(1)
    let recorder = try Recorder(
      path: path, session: episode.session, onCommit: { _ in }, onTrouble: { _ in })
    _ = recorder.offer(.robotJoined(episode.robot, episode.description))
    _ = recorder.offer(
      .episodeStarted(
        episode.id, episode.robot, task: episode.task, seed: nil, at: episode.startedAt))
    var isFirst = true
    try reader.readSteps(of: episode, 1) { step in
      if isFirst {
        _ = recorder.offer(
          .step(
            step.record, of: episode.robot, task: episode.task, receivedAt: step.receivedAt))
      }
      isFirst = false
    }
    #expect(recorder.close() == 0)
    let before = try contents()
    #expect(
      throws: ImportError.longer(episode: episode.id.description, steps: 20, known: 1)
    ) { try DatasetImporter(recording: path).run(DatasetReaders.open(dataset)) }
    #expect(try contents() == before)
  }
}

/// A recording of the robots of `RandomDataset`, in one file or several.
enum SplitRecording {
  static func session(_ number: UInt64) -> SessionRecord {
    SessionRecord(
      id: SessionID(number), startedAt: WallTime(nanosecondsSinceEpoch: 1_700_000_000_000_000_000),
      software: "mallard test", policy: nil, isLockstep: true, settings: "{}")
  }

  static func write(
    to path: String, session number: UInt64 = 1, rotateSize: Int? = nil,
    robots: [(name: RobotID, description: RobotDescription)] = [("arm-1", RandomDataset.robot)]
  ) throws {
    let recorder = try Recorder(
      path: path, session: session(number), rotateSize: rotateSize, onCommit: { _ in },
      onTrouble: { _ in })
    var ordinal: UInt32 = 0
    for (name, description) in robots {
      _ = recorder.offer(.robotJoined(name, description))
      for _ in 0..<2 {
        ordinal += 1
        let id = EpisodeID(session: SessionID(number), ordinal: ordinal)
        let start = WallTime(
          nanosecondsSinceEpoch: 1_700_000_000_000_000_000 + Int64(ordinal) * 60_000_000_000)
        _ = recorder.offer(
          .episodeStarted(id, name, task: description.task.name, seed: nil, at: start))
        for step in 0..<12 {
          _ = recorder.offer(try Self.step(step, of: id, name, description, start))
        }
        _ = recorder.offer(.episodeClosed(id, stepCount: 12))
        _ = recorder.offer(.episodeEnded(id, .success, at: start.after(seconds: 2)))
        // A file is begun anew only when the steps before are in it.
        while recorder.waitingBytes > 0 { usleep(2_000) }
      }
    }
    #expect(recorder.close() == 0)
  }

  private static func step(
    _ step: Int, of episode: EpisodeID, _ name: RobotID, _ description: RobotDescription,
    _ start: WallTime
  ) throws -> RecordingEntry {
    var random = SeededGenerator(seed: UInt64(step) + 1)
    random.hasHugeNumbers = false
    var reading = random.reading()
    reading.captureTime = start.after(seconds: Double(step) / description.rate)
    reading.proprioception.jointPositions = random.numbers(description.joints.count)
    reading.proprioception.jointVelocities = random.numbers(description.joints.count)
    (reading.progress, reading.simulatedState) = (nil, nil)
    let codec = try CameraFrameCodec()
    reading.frames = try description.cameras.map { camera in
      let rgb = (0..<camera.size.rgbBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      return try codec.encode(
        CameraFrame(camera: camera.name, size: camera.size, encoding: .rgb8, bytes: rgb),
        as: camera)
    }
    var annotation = random.annotation()
    (annotation.author, annotation.subtask) = (.human("ann"), nil)
    return .step(
      StepRecord(
        observation: Observation(episode: episode, step: step, reading: reading),
        requestedAction: random.action(), executedAction: random.action(),
        commandSequence: UInt64(step), annotation: annotation, isLate: false),
      of: name, task: description.task.name, receivedAt: reading.captureTime)
  }
}

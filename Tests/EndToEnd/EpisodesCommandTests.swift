// Aim: what people do to recordings from a terminal. Method: the built program on a small file that
// a recorder made.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite struct EpisodesCommandTests {
  private let fleet: FleetProcesses
  private let path: String

  init() throws {
    fleet = try FleetProcesses()
    path = fleet.recording
    try write(path, session: 7)
  }

  private func write(_ path: String, session: UInt64, rate: Double = 10) throws {
    let id = SessionID(session)
    let recorder = try Recorder(
      path: path,
      session: SessionRecord(
        id: id, startedAt: WallTime(nanosecondsSinceEpoch: 1), software: "test", policy: nil,
        isLockstep: false, settings: "{}"), onCommit: { _ in }, onTrouble: { _ in })
    let description = RobotDescription(
      profile: "point", isSimulated: true, rate: rate, joints: [],
      cameras: [
        CameraDescription(
          name: "scene", size: ImageSize(width: 2, height: 1), encoding: .rgb8, quality: 90)
      ],
      limits: ActionLimits(
        linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
      task: TaskDescription(name: "reach", instruction: "Reach.", subtasks: []))
    _ = recorder.offer(.robotJoined("arm-1", description))
    for number in 1...2 {
      let episode = EpisodeID(session: id, ordinal: UInt32(number))
      for step in 0..<5 {
        // Every other period is 20 ms longer, the others are shorter.
        let time = Int64(number) * 1_000_000_000 + Int64(step) * 100_000_000
        let reading = SensorReading(
          captureTime: WallTime(nanosecondsSinceEpoch: time + (step % 2 == 0 ? 0 : 20_000_000)),
          proprioception: Proprioception(
            endEffectorPose: Pose(position: .zero, orientation: .identity),
            endEffectorTwist: .zero, gripperOpening: 0, jointPositions: [], jointVelocities: []),
          frames: [
            try CameraFrame(
              camera: "scene", size: ImageSize(width: 2, height: 1), encoding: .rgb8,
              bytes: [1, 2, 3, 4, 5, UInt8(step)])
          ], progress: nil, simulatedState: nil)
        let record = StepRecord(
          observation: Observation(episode: episode, step: step, reading: reading),
          requestedAction: .hold, executedAction: .hold, commandSequence: 1,
          annotation: StepAnnotation(
            author: .human("ann"), cause: .requestServed, uncertainty: nil, subtask: nil),
          isLate: false)
        _ = recorder.offer(
          .step(
            record, of: "arm-1", task: "reach",
            receivedAt: WallTime(nanosecondsSinceEpoch: time + 30_000_000)))
      }
      _ = recorder.offer(.episodeClosed(episode, stepCount: 5))
      _ = recorder.offer(
        .episodeEnded(episode, .success, by: "ann", at: WallTime(nanosecondsSinceEpoch: 9)))
    }
    #expect(recorder.close() == 0)
  }

  /// Runs the program to its end.
  private func mallard(_ arguments: String...) throws -> (code: Int32, text: String) {
    let name = "run-\(UInt32.random(in: 0 ... .max))"
    let process = try fleet.start(name, arguments)
    process.waitUntilExit()
    return (process.terminationStatus, fleet.log(name))
  }

  @Test func `delete asks, is undone by restore, and purge makes it final`() throws {
    let asked = try mallard("episodes", "delete", "1", "--recording", path)
    #expect(asked.code == 1 && asked.text.contains("there is no one to ask; add --yes"))
    #expect(try RecordingReader(path: path).episodes().count == 2)
    let gone = try mallard("episodes", "delete", "1", "--recording", path, "--yes")
    #expect(gone.code == 0 && gone.text.contains("restore"), "\(gone.text)")
    #expect(try RecordingReader(path: path).episodes().count == 1)
    let list = try mallard("episodes", "list", "--deleted", "--recording", path)
    #expect(list.text.contains("0000000000000007-1"))
    #expect(try mallard("episodes", "restore", "1", "--recording", path).code == 0)
    #expect(try RecordingReader(path: path).episodes().count == 2)
    _ = try mallard("episodes", "delete", "2", "--recording", path, "--yes")
    let unasked = try mallard("episodes", "purge", "--recording", path)
    #expect(unasked.code == 1 && unasked.text.contains("for good"))
    #expect(try mallard("episodes", "purge", "--recording", path, "--yes").code == 0)
    let back = try mallard("episodes", "restore", "2", "--recording", path)
    #expect(back.code == 1 && back.text.contains("no episode"))
    #expect(try mallard("recording", "check", path).code == 0)
  }

  @Test func `tags and marks are shown, and found again`() throws {
    let tagged = try mallard(
      "episodes", "tag", "pilot", "2", "--recording", path, "--name", "bea")
    #expect(tagged.code == 0, "\(tagged.text)")
    let marked = try mallard(
      "episodes", "mark", "failure", "2", "--recording", path, "--name", "bea")
    #expect(marked.code == 0, "\(marked.text)")
    let list = try mallard("episodes", "list", "--tag", "pilot", "--recording", path)
    #expect(list.text.contains("0000000000000007-2") && !list.text.contains("0000000000000007-1"))
    let show = try mallard("episodes", "show", "2", "--recording", path)
    #expect(show.text.contains("by ann (operator)") && show.text.contains("by bea (editor)"))
    #expect(try mallard("episodes", "mark", "good", "2", "--recording", path).code != 0)
  }

  @Test func `episodes are listed by how bad they are`() throws {
    let list = try mallard("episodes", "list", "--sort", "idle", "--json", "--recording", path)
    #expect(list.code == 0 && list.text.contains("\"idleShare\" : 1"), "\(list.text)")
    let table = try mallard("episodes", "list", "--sort", "jerk", "--recording", path)
    #expect(table.text.contains("duration score"))
    let wrong = try mallard("episodes", "list", "--sort", "beauty", "--recording", path)
    #expect(wrong.code != 0 && wrong.text.contains("policy-uncertainty"))
  }

  @Test func `show reports the jitter`() throws {
    let show = try mallard("episodes", "show", "1", "--recording", path)
    // Periods of 120, 80, 120 and 80 ms.
    #expect(
      show.text.contains("every 100.0 ms (meant: 100.0 ms), jitter 20.0 ms, longest 120.0 ms"),
      "\(show.text)")
  }

  @Test func `check names what is wrong and says so by its exit code`() throws {
    let clean = try mallard("recording", "check", path)
    #expect(clean.code == 0 && clean.text.contains("10 pictures (10 decoded"), "\(clean.text)")
    let shell = SpawnedProcess(
      URL(filePath: "/usr/bin/sqlite3"),
      [
        path,
        "UPDATE episode SET outcome = NULL WHERE id LIKE '%-1'; DELETE FROM step WHERE step = 4",
      ])
    try fleet.adopt(shell, log: "shell")
    shell.waitUntilExit()
    let bad = try mallard("recording", "check", path)
    #expect(bad.code == 1 && bad.text.contains("open: ") && bad.text.contains("gap: "))
    let repaired = try mallard("recording", "check", path, "--repair")
    #expect(repaired.code == 1 && repaired.text.contains("ended 0000000000000007-1"))
    #expect(!repaired.text.contains("open: ") && repaired.text.contains("gap: "))
  }

  @Test func `merge refuses what does not fit, and salvage reads what is torn`() throws {
    let other = fleet.folder + "/other.sqlite"
    let all = fleet.folder + "/all.sqlite"
    try write(other, session: 8, rate: 20)
    let refused = try mallard("episodes", "merge", path, other, "--into", all)
    #expect(refused.code == 1 && refused.text.contains("rate of point is 20.0 Hz, not 10.0 Hz"))
    try FileManager.default.removeItem(atPath: other)
    try write(other, session: 8)
    #expect(try mallard("episodes", "merge", path, other, "--into", all).code == 0)
    #expect(try RecordingReader(path: all).episodes().count == 4)
    var bytes = try Data(contentsOf: URL(filePath: all))
    bytes.removeLast(bytes.count / 4)
    let torn = fleet.folder + "/torn.sqlite"
    try bytes.write(to: URL(filePath: torn))
    #expect(try mallard("recording", "check", torn).code == 1)
    let saved = fleet.folder + "/saved.sqlite"
    let salvage = try mallard("recording", "salvage", torn, "--output", saved)
    #expect(salvage.code == 0 && salvage.text.contains("step"), "\(salvage.text)")
    #expect(try RecordingReader(path: saved).counts().steps <= 20)
  }
}

import Clocks
import CommandLineKit
import Foundation
import ImageCodecs
import RecordingStore
import RobotData

/// Writes scenes as steps that no one drove, of episodes that are discarded.
final class SceneRecording {
  private static let scenesOfEpisode = 500

  private let recorder: Recorder
  private let description: RobotDescription
  private let codec: CameraFrameCodec
  private let robot: RobotID = "scenes"
  private let session: SessionID
  private var episode: EpisodeID?
  private var step = 0
  private(set) var count = 0

  /// Begins a recording at `path` of what `description` says.
  init(_ path: String, _ description: RobotDescription) throws {
    self.description = description
    codec = try CameraFrameCodec()
    session = SessionID(.random(in: 0 ... .max))
    recorder = try Recorder(
      path: path,
      session: SessionRecord(
        id: session, startedAt: SystemClock.wall, software: "mallard \(SoftwareVersion.text)",
        policy: nil,
        isLockstep: true, settings: "{}"),
      onCommit: { _ in },
      onTrouble: { trouble in
        if let trouble { Terminal.say("\(trouble)") }
      })
    try offer(.robotJoined(robot, description))
  }

  /// Adds a scene.
  func write(_ reading: SensorReading) throws {
    if episode == nil || step == Self.scenesOfEpisode { try begin() }
    guard let episode else { return }
    var reading = reading
    reading.frames = try zip(reading.frames, description.cameras).map {
      try codec.encode($0, as: $1)
    }
    let record = StepRecord(
      observation: Observation(episode: episode, step: step, reading: reading),
      requestedAction: .hold, executedAction: .hold, commandSequence: UInt64(count),
      annotation: StepAnnotation(
        author: .hold, cause: .episodeStarted, uncertainty: nil, subtask: nil), isLate: false)
    try offer(
      .step(record, of: robot, task: description.task.name, receivedAt: reading.captureTime))
    step += 1
    count += 1
  }

  private func begin() throws {
    try end()
    let next = EpisodeID(
      session: session, ordinal: UInt32(count / Self.scenesOfEpisode + 1))
    try offer(
      .episodeStarted(next, robot, task: description.task.name, seed: nil, at: SystemClock.wall))
    (episode, step) = (next, 0)
  }

  private func end() throws {
    guard let episode else { return }
    try offer(.episodeEnded(episode, .discarded, at: SystemClock.wall))
  }

  /// Waits until everything is on disk.
  func close() throws {
    try end()
    let lost = recorder.close(patience: 60)
    guard lost == 0 else { throw SceneLoss(entries: lost) }
  }

  private func offer(_ entry: RecordingEntry) throws {
    // A full queue is emptied in some milliseconds; a disk that stays full is told by `onTrouble`.
    for _ in 0..<60_000 {
      if recorder.offer(entry) { return }
      usleep(1_000)
    }
    throw SceneLoss(entries: 1)
  }
}

/// Scenes that could not be written.
private struct SceneLoss: Error, CustomStringConvertible {
  var entries: Int
  var description: String {
    "\(entries) entries could not be written; is there space on the disk?"
  }
}

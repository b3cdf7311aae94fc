import Foundation
import ImageCodecs
import RecordingStore
public import RobotData

/// Recordings of random episodes whose robots, cameras and rates fit together.
public enum RecordedFleet {
  /// What its robots are.
  public static func description(rate: Double = 20) -> RobotDescription {
    RobotDescription(
      profile: "bench-arm", isSimulated: true, rate: rate, joints: ["j0", "j1", "j2"],
      cameras: [
        // Not in the order of their names.
        CameraDescription(
          name: "wrist", size: ImageSize(width: 64, height: 72), encoding: .png, quality: 90),
        CameraDescription(
          name: "scene", size: ImageSize(width: 96, height: 64), encoding: .jpeg, quality: 90),
      ],
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 0.5, linearAcceleration: 2, angularAcceleration: 4),
      task: TaskDescription(
        name: "stack", instruction: "Stack “it”.", subtasks: ["red-on-blue", "blue-on-red"]))
  }

  /// Writes episodes of these many steps: all kinds of authors, causes, pictures; some missing.
  ///
  /// - Throws: `RecordingError`, and what codecs throw.
  public static func write(
    to path: String, seed: UInt64, steps counts: [Int], rate: Double = 20
  ) throws {
    var random = SeededGenerator(seed: seed)
    // Datasets carry 32 bits.
    random.hasHugeNumbers = false
    let session = SessionID(random.next())
    let recorder = try Recorder(
      path: path,
      session: SessionRecord(
        id: session, startedAt: WallTime(nanosecondsSinceEpoch: 1_700_000_000_000_000_000),
        software: "mallard test", policy: "stack", isLockstep: true, settings: "{\"a\":[1,2]}"),
      onCommit: { _ in }, onTrouble: { _ in })
    let robot: RobotID = "arm-1"
    let description = description(rate: rate)
    _ = recorder.offer(.robotJoined(robot, description))
    for (ordinal, count) in counts.enumerated() {
      let id = EpisodeID(session: session, ordinal: UInt32(ordinal + 1))
      let began = WallTime(
        nanosecondsSinceEpoch: 1_700_000_000_000_000_000 + Int64(ordinal) * 60_000_000_007)
      _ = recorder.offer(
        .episodeStarted(
          id, robot, task: "stack", seed: random.maybe { $0.next() }, at: began))
      for step in 0..<count {
        let record = try record(id, step, began, description, &random)
        _ = recorder.offer(
          .step(
            record, of: robot, task: "stack",
            receivedAt: WallTime(
              nanosecondsSinceEpoch: record.observation.reading.captureTime.nanosecondsSinceEpoch
                + 12_345)))
        if random.chance(0.1) {
          _ = recorder.offer(
            .handover(
              HandoverRecord(
                robot: robot, episode: id, step: step,
                time: record.observation.reading.captureTime, from: .policy, to: .human("ann"),
                cause: random.cause(),
                waited: random.maybe { .nanoseconds($0.integer(1...1 << 40)) })))
        }
      }
      _ = recorder.offer(.episodeClosed(id, stepCount: count))
      _ = recorder.offer(
        .episodeEnded(
          id, random.one(of: [.success, .failure, .interrupted]),
          at: WallTime(nanosecondsSinceEpoch: began.nanosecondsSinceEpoch + 59_000_000_000)))
    }
    _ = recorder.close(patience: 60)
  }

  private static func record(
    _ episode: EpisodeID, _ step: Int, _ began: WallTime, _ description: RobotDescription,
    _ random: inout SeededGenerator
  ) throws -> StepRecord {
    var reading = random.reading()
    reading.captureTime = WallTime(
      nanosecondsSinceEpoch: began.nanosecondsSinceEpoch + Int64(step) * 50_000_013)
    reading.proprioception.jointPositions = random.numbers(3)
    reading.proprioception.jointVelocities = random.numbers(3)
    reading.frames = []
    let codec = try CameraFrameCodec()
    for camera in description.cameras where !random.chance(0.05) {
      let rgb = pixels(camera.size, step, &random)
      reading.frames.append(
        try codec.encode(
          CameraFrame(camera: camera.name, size: camera.size, encoding: .rgb8, bytes: rgb),
          as: camera))
    }
    let author: Author = step % 23 < 12 ? .policy : step % 23 < 20 ? .human("ann") : .hold
    var annotation = random.annotation()
    annotation.author = author
    annotation.subtask = random.maybe {
      $0.one(of: ["red-on-blue", "blue-on-red"] as [SubtaskName])
    }
    return StepRecord(
      observation: Observation(episode: episode, step: step, reading: reading),
      requestedAction: random.action(), executedAction: random.action(),
      commandSequence: random.maybe { $0.next() >> 1 }, annotation: annotation,
      isLate: random.chance(0.1))
  }

  /// A block that moves over a shaded ground, with a little noise.
  private static func pixels(
    _ size: ImageSize, _ step: Int, _ random: inout SeededGenerator
  ) -> [UInt8] {
    var rgb = [UInt8](repeating: 0, count: size.rgbBytes)
    for row in 0..<size.height {
      for column in 0..<size.width {
        let isBlock = (step % 40..<step % 40 + 16).contains(column) && (20..<40).contains(row)
        for channel in 0..<3 {
          rgb[3 * (row * size.width + column) + channel] = UInt8(
            clamping: isBlock ? 200 : 60 + row + channel * 10 + random.integer(0...3))
        }
      }
    }
    return rgb
  }
}

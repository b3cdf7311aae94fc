import Clocks
import Foundation
import ImageCodecs
import RecordingStore
import RobotData
import Synchronization

/// Recordings of made-up robots, for benches: as many steps as wanted, the same for the same number.
struct GeneratedRecording {
  /// Different pictures; they are used in turn.
  private static let pictureCount = 256
  private static let cameras: [CameraName] = ["scene", "wrist"]

  let episodes: Int
  let stepsOfEpisode: Int
  let side: Int

  private var description: RobotDescription {
    RobotDescription(
      profile: "bench", isSimulated: false, rate: 20, joints: (1...7).map { "joint\($0)" },
      cameras: Self.cameras.map {
        CameraDescription(
          name: $0, size: ImageSize(width: side, height: side), encoding: .jpeg, quality: 90)
      },
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 2, angularAcceleration: 8),
      task: TaskDescription(
        name: "stack", instruction: "Stack the blocks.", subtasks: ["red-on-blue"]))
  }

  /// Writes it.
  ///
  /// - Parameters:
  ///   - path: The file, which must not exist.
  ///   - limit: Ends with the episode in which the file reaches this many bytes; nil for no limit.
  ///   - progress: Is told how many bytes there are; false ends it.
  /// - Throws: `RecordingError`, `ImageCodecError`.
  func write(to path: String, upTo limit: Int? = nil, progress: (Int) -> Bool) throws {
    let session = SessionID(0xBE4C_0000_0000_0001)
    let start: Int64 = 1_700_000_000_000_000_000
    let trouble = Mutex<RecordingError?>(nil)
    let recorder = try Recorder(
      path: path,
      session: SessionRecord(
        id: session, startedAt: WallTime(nanosecondsSinceEpoch: start), software: "mallard bench",
        policy: "bench", isLockstep: true, settings: "{}"),
      onCommit: { _ in }, onTrouble: { error in trouble.withLock { $0 = error } })
    func offer(_ entry: RecordingEntry) throws {
      while !recorder.offer(entry) {
        if let error = trouble.withLock({ $0 }) { throw error }
        usleep(1_000)
      }
    }
    let pictures = try makePictures()
    try offer(.robotJoined("bench", description))
    var random = SplitMix64(seed: 1)
    for ordinal in 1...episodes {
      let id = EpisodeID(session: session, ordinal: UInt32(ordinal))
      let began = start + Int64(ordinal) * Int64(stepsOfEpisode) * 50_000_000
      try offer(
        .episodeStarted(
          id, "bench", task: "stack", seed: nil, at: WallTime(nanosecondsSinceEpoch: began)))
      for step in 0..<stepsOfEpisode {
        try offer(
          record(
            id, step, WallTime(nanosecondsSinceEpoch: began + Int64(step) * 50_000_000), pictures,
            &random))
      }
      try offer(.episodeClosed(id, stepCount: stepsOfEpisode))
      try offer(
        .episodeEnded(
          id, .success,
          at: WallTime(nanosecondsSinceEpoch: began + Int64(stepsOfEpisode) * 50_000_000)))
      let bytes = recorder.fileBytes
      guard progress(bytes), bytes < limit ?? .max else { break }
    }
    _ = recorder.close(patience: 600)
  }

  private func record(
    _ episode: EpisodeID, _ step: Int, _ time: WallTime, _ pictures: [[CameraFrame]],
    _ random: inout SplitMix64
  ) -> RecordingEntry {
    func number() -> Double { Double.random(in: -1...1, using: &random) }
    func vector(_ scale: Double) -> Vector3 {
      Vector3(number() * scale, number() * scale, number() * scale)
    }
    let action = Action(twist: Twist(linear: vector(0.2), angular: vector(1)), gripper: .hold)
    // A policy that is relieved for a quarter of each episode.
    let isHuman = (stepsOfEpisode / 2..<stepsOfEpisode * 3 / 4).contains(step)
    let reading = SensorReading(
      captureTime: time,
      proprioception: Proprioception(
        endEffectorPose: Pose(position: vector(0.5), orientation: .identity),
        endEffectorTwist: Twist(linear: vector(0.2), angular: vector(1)), gripperOpening: 0.5,
        jointPositions: (0..<7).map { _ in number() },
        jointVelocities: (0..<7).map { _ in number() }),
      frames: pictures.indices.map { camera in
        pictures[camera][(step * (camera + 1)) % pictures[camera].count]
      }, progress: nil, simulatedState: nil)
    return .step(
      StepRecord(
        observation: Observation(episode: episode, step: step, reading: reading),
        requestedAction: action, executedAction: action, commandSequence: UInt64(step + 1),
        annotation: StepAnnotation(
          author: isHuman ? .human("bench") : .policy,
          cause: isHuman ? .requestServed : .episodeStarted,
          uncertainty: Uncertainty(task: abs(number()), policy: abs(number())), subtask: nil),
        isLate: false), of: "bench", task: "stack", receivedAt: time)
  }

  /// Blocks that move over a shaded ground with a camera's noise: about as large as a JPEG picture
  /// of a simulated scene.
  private func makePictures() throws -> [[CameraFrame]] {
    let codec = try JPEGCodec()
    let size = ImageSize(width: side, height: side)
    var random = SplitMix64(seed: 2)
    return try Self.cameras.map { camera in
      try (0..<Self.pictureCount).map { number in
        var rgb = [UInt8](repeating: 0, count: size.rgbBytes)
        let left = number * side / Self.pictureCount
        for place in 0..<side * side {
          let (row, column) = (place / side, place % side)
          let isBlock = abs(row - side / 2) < side / 8 && (left..<left + side / 5).contains(column)
          for channel in 0..<3 {
            let ground = 90 + row / 2 + channel * 12 + Int(random.next() & 7)
            rgb[3 * place + channel] = UInt8(clamping: isBlock && channel == 0 ? 220 : ground)
          }
        }
        return try CameraFrame(
          camera: camera, size: size, encoding: .jpeg,
          bytes: try codec.encode(rgb: rgb, size: size, quality: 90))
      }
    }
  }
}

import Clocks
import CommandLineKit
import Foundation
import RecordingStore
import RobotData

/// Steps such as a simulated arm of seven joints sends, made without a robot.
struct RecordingLoad {
  static let episodeSteps = 300
  static let objects = (1...4).map { number in
    SimulatedState.Object(
      name: "block-\(number)",
      pose: Pose(position: Vector3(0.3, 0.05 * Double(number), 0.02), orientation: .identity))
  }

  let noise: [UInt8]
  let pictureBytes: Int
  let session: SessionID
  let description: RobotDescription
  private let template: StepRecord

  init(pictureBytes: Int, session: SessionID, rate: Double) throws {
    var random = SplitMix64(seed: 1)
    noise = (0..<(pictureBytes + (1 << 20))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    self.pictureBytes = pictureBytes
    self.session = session
    description = try Self.description(rate: rate)
    template = Self.template(session)
  }

  /// The picture of a step: other bytes than its neighbours'.
  private func picture(_ number: Int) throws -> CameraFrame {
    let offset = number * 977 % (noise.count - pictureBytes + 1)
    return try CameraFrame(
      camera: "scene", size: ImageSize(width: 96, height: 96), encoding: .jpeg,
      bytes: Array(noise[offset..<(offset + pictureBytes)]))
  }

  /// A step of a robot.
  func step(
    _ index: Int, of episode: EpisodeID, robot: RobotID, number: Int
  ) throws -> RecordingEntry {
    var record = template
    let time = 1_700_000_000_000_000_000 + Int64(number) * 50_000_000
    record.observation.episode = episode
    record.observation.step = index
    record.observation.reading.captureTime = WallTime(nanosecondsSinceEpoch: time)
    record.observation.reading.frames = [try picture(number)]
    record.commandSequence = UInt64(number + 1)
    return .step(
      record, of: robot, task: description.task.name,
      receivedAt: WallTime(nanosecondsSinceEpoch: time + 3_000_000))
  }

  private static func template(_ session: SessionID) -> StepRecord {
    let joints = (0..<7).map { 0.1 * Double($0) }
    return StepRecord(
      observation: Observation(
        episode: EpisodeID(session: session, ordinal: 1), step: 0,
        reading: SensorReading(
          captureTime: WallTime(nanosecondsSinceEpoch: 0),
          proprioception: Proprioception(
            endEffectorPose: Pose(position: Vector3(0.3, 0, 0.2), orientation: .identity),
            endEffectorTwist: .zero, gripperOpening: 0.5, jointPositions: joints,
            jointVelocities: joints),
          frames: [],
          progress: TaskProgress(
            completed: ["red-on-blue"], available: ["green-on-red", "yellow-on-red"],
            isSuccess: false),
          simulatedState: SimulatedState(
            time: 0.5, positions: [Double](repeating: 0.25, count: 37),
            velocities: [Double](repeating: 0, count: 33), objects: objects))),
      requestedAction: .hold, executedAction: .hold, commandSequence: nil,
      annotation: StepAnnotation(
        author: .human("ann"), cause: .requestServed,
        uncertainty: Uncertainty(task: 0.125, policy: 0.25), subtask: "red-on-blue"),
      isLate: false)
  }

  private static func description(rate: Double) throws -> RobotDescription {
    RobotDescription(
      profile: "synthetic", isSimulated: true, rate: rate, joints: (1...7).map { "joint\($0)" },
      cameras: [
        CameraDescription(
          name: "scene", size: ImageSize(width: 96, height: 96), encoding: .jpeg, quality: 90)
      ],
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 4),
      task: TaskDescription(
        name: "stack", instruction: "Stack the blocks.",
        subtasks: ["red-on-blue", "green-on-red", "yellow-on-red"]))
  }

  /// A recorder of this load's session.
  func recorder(
    _ path: String, onCommit: @escaping @Sendable ([EpisodeID: Int]) -> Void = { _ in }
  ) throws -> Recorder {
    try Recorder(
      path: path,
      session: SessionRecord(
        id: session, startedAt: SystemClock.wall, software: "mallard \(SoftwareVersion.text)",
        policy: nil, isLockstep: false, settings: "{}"), onCommit: onCommit,
      onTrouble: { trouble in
        if let trouble { Terminal.say("\(trouble)") }
      })
  }
}

/// This process's memory.
enum Memory {
  /// Resident bytes now, as the system tells them.
  static var residentBytes: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
  }
}

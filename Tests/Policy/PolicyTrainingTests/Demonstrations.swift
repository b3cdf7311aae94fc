import Foundation
import RecordingStore
import RobotData

/// Recordings of made-up demonstrations: a point moves to one of two places, and the pictures show
/// where it is.
struct Demonstrations {
  var session: UInt64 = 1
  var task: TaskName = "reach"
  var cameras: [CameraName] = ["scene", "wrist"]
  var side = 16
  var episodes = 6
  var steps = 24
  var outcome = EpisodeOutcome.success
  var hasPictures = true
  /// Steps that no one drove.
  var held: Set<Int> = []
  /// Steps that a policy drove.
  var policy: Set<Int> = []
  /// Steps at which no subtask was chosen.
  var unnamed: Set<Int> = [0, 1, 12]

  /// Steps at which the hand and the pictures are elsewhere.
  var elsewhere: Set<Int> = []
  /// How fast the hand says that it moves, m/s, at the most.
  var swiftness = 0.0
  /// How far the hand is tilted, to one side and the other in turn, rad.
  var tilt = 0.0

  /// The subtask of a step: the first half one, then the other.
  func subtask(_ episode: Int, _ step: Int) -> SubtaskName {
    (step < steps / 2) == episode.isMultiple(of: 2) ? "left" : "right"
  }

  private var description: RobotDescription {
    RobotDescription(
      profile: "point", isSimulated: true, rate: 10, joints: ["a"],
      cameras: cameras.map { name in
        CameraDescription(
          name: name, size: ImageSize(width: side, height: side), encoding: .rgb8, quality: 90)
      },
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
      task: TaskDescription(name: task, instruction: "Go.", subtasks: ["left", "right"]))
  }

  /// Writes the recording.
  func write(to path: String) throws {
    let recorder = try Recorder(
      path: path,
      session: SessionRecord(
        id: SessionID(session), startedAt: WallTime(nanosecondsSinceEpoch: 1), software: "test",
        policy: nil, isLockstep: true, settings: "{}"),
      onCommit: { _ in }, onTrouble: { _ in })
    _ = recorder.offer(.robotJoined("point-1", description))
    for number in 0..<episodes {
      let id = EpisodeID(session: SessionID(session), ordinal: UInt32(number + 1))
      let start = WallTime(nanosecondsSinceEpoch: Int64(number) * 1_000_000)
      _ = recorder.offer(.episodeStarted(id, "point-1", task: task, seed: 1, at: start))
      for step in 0..<steps {
        let record = try record(number, step, id)
        while !recorder.offer(.step(record, of: "point-1", task: task, receivedAt: start)) {
          usleep(1_000)
        }
      }
      _ = recorder.offer(.episodeEnded(id, outcome, at: start))
    }
    _ = recorder.close()
  }

  private func record(_ number: Int, _ step: Int, _ id: EpisodeID) throws -> StepRecord {
    let name = subtask(number, step)
    let direction = name == "left" ? 1.0 : -1.0
    let y = direction * 0.01 * Double(step % (steps / 2)) + (elsewhere.contains(step) ? 0.05 : 0)
    let lean = (step.isMultiple(of: 2) ? tilt : -tilt) / 2
    let half = step < steps / 2
    let done: [SubtaskName] = half ? [] : [subtask(number, 0)]
    let reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: Int64(step)),
      proprioception: Proprioception(
        endEffectorPose: Pose(
          position: Vector3(0.4, y, 0.1),
          orientation: Quaternion(w: cos(lean), x: sin(lean), y: 0, z: 0)),
        endEffectorTwist: Twist(
          linear: Vector3(0, swiftness * Double(step % 5) / 4, 0), angular: .zero),
        gripperOpening: half ? 1 : 0, jointPositions: [y],
        jointVelocities: [0]),
      frames: hasPictures ? try cameras.map { try picture($0, y) } : [],
      progress: TaskProgress(
        completed: done, available: half ? ["left", "right"] : [subtask(number, steps - 1)],
        isSuccess: false),
      simulatedState: SimulatedState(
        time: 0, positions: [], velocities: [],
        objects: [
          .init(
            name: "red", pose: Pose(position: Vector3(0.5, y, 0.02), orientation: .identity)),
          .init(
            name: "left", pose: Pose(position: Vector3(0.5, 0.2, 0), orientation: .identity)),
        ]))
    return StepRecord(
      observation: Observation(episode: id, step: step, reading: reading),
      requestedAction: Action(
        twist: Twist(linear: Vector3(0, direction * 0.1, 0), angular: .zero),
        gripper: half ? .open : .close), executedAction: .hold, commandSequence: 1,
      annotation: StepAnnotation(
        author: held.contains(step) ? .hold : policy.contains(step) ? .policy : .human("ann"),
        cause: .requestServed,
        uncertainty: nil, subtask: unnamed.contains(step) ? nil : name), isLate: false)
  }

  /// A bright column where the point is.
  private func picture(_ camera: CameraName, _ y: Double) throws -> CameraFrame {
    var bytes = [UInt8](repeating: 40, count: 3 * side * side)
    let column = min(max(Int(Double(side) * (y + 0.15) / 0.3), 0), side - 1)
    for row in 0..<side { bytes[(row * side + column) * 3] = 250 }
    return try CameraFrame(
      camera: camera, size: ImageSize(width: side, height: side), encoding: .rgb8, bytes: bytes)
  }
}

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "mallard-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

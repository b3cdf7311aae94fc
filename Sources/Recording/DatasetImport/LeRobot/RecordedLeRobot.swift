internal import DatasetExport
internal import Datasets
internal import Foundation
internal import RecordingStore
internal import RobotData

/// What `mallard export` has written, back as it was recorded.
enum RecordedLeRobot {
  static let columns = [
    "author", "operator", "handover_cause", "handover_reason", "subtask", "uncertainty.is_known",
    "uncertainty.task", "uncertainty.policy", "capture_time_ns", "receive_time_ns", "is_late",
    "recorded.step", "recorded.command_sequence", "recorded.proprioception",
    "recorded.requested_action", "recorded.executed_action", "recorded.progress",
    "recorded.simulated_state", "recorded.has_picture",
  ]

  static func episode(_ entry: LeRobotEpisode, path: String) throws -> ImportedEpisode {
    func unfit(_ column: String, _ reason: String) -> ImportError {
      .unfit(path: path, object: "\(column) of episode \(entry.index)", reason: reason)
    }
    guard let facts = entry.facts else { throw unfit("mallard/episode_id", "it is not there") }
    func decode<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
      do {
        return try JSONDecoder().decode(type, from: Data(facts[name].utf8))
      } catch {
        throw unfit("mallard/\(name)", "it is not what Mallard writes")
      }
    }
    let session = try decode("session", as: DatasetSession.self)
    guard let id = EpisodeID(facts["episode_id"]), let run = SessionID(session.id) else {
      throw unfit("mallard/episode_id", "\(facts["episode_id"]) is no episode's identifier")
    }
    guard let outcome = EpisodeOutcome(word: facts["outcome"]) else {
      throw unfit("mallard/outcome", "there is no outcome \(facts["outcome"])")
    }
    let robot = try RobotID(facts["robot"])
    return ImportedEpisode(
      id: id,
      session: SessionRecord(
        id: run, startedAt: WallTime(nanosecondsSinceEpoch: session.startedAt),
        software: session.software, policy: session.policy, isLockstep: session.isLockstep,
        settings: session.settings),
      robot: robot,
      description: try decode("robot_description", as: RobotFacts.self).description,
      task: try TaskName(facts["task"]), seed: UInt64(facts["seed"]),
      startedAt: WallTime(nanosecondsSinceEpoch: facts.startedAt),
      endedAt: WallTime(
        nanosecondsSinceEpoch: facts.endedAt < 0 ? facts.startedAt : facts.endedAt),
      outcome: outcome, steps: entry.length,
      handovers: try decode("handovers", as: [DatasetHandover].self).map { handover in
        guard let record = HandoverRecord(handover, robot: robot, episode: id) else {
          throw unfit("mallard/handovers", "there is no hand-over \(handover)")
        }
        return record
      }, tags: facts.tags)
  }

  static func step(
    _ row: LeRobotRow, of episode: EpisodeID, frames: [CameraFrame]
  ) throws -> RecordedStep {
    func known(_ name: String) throws -> String? {
      let text = try row.text(name)
      return text.isEmpty ? nil : text
    }
    let uncertainty =
      try row.flags("uncertainty.is_known").first == true
      ? Uncertainty(
        task: try row.numbers("uncertainty.task", count: 1)[0],
        policy: try row.numbers("uncertainty.policy", count: 1)[0]) : nil
    guard let author = Author(kind: try row.text("author"), name: try known("operator")) else {
      throw row.unfit("author", "hold, policy or human")
    }
    guard
      let cause = HandoverCause(
        word: try row.text("handover_cause"), reason: try known("handover_reason"),
        uncertainty: uncertainty)
    else { throw row.unfit("handover_cause", "a cause that there is") }
    let sequence = try row.integer("recorded.command_sequence")
    let reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: try row.integer("capture_time_ns")),
      proprioception: try proprioception(row), frames: frames, progress: try progress(row),
      simulatedState: try simulatedState(row))
    let record = StepRecord(
      observation: Observation(
        episode: episode, step: Int(try row.integer("recorded.step")), reading: reading),
      requestedAction: Action(try row.numbers("recorded.requested_action", count: 7)[...]),
      executedAction: Action(try row.numbers("recorded.executed_action", count: 7)[...]),
      commandSequence: sequence == -1 ? nil : UInt64(bitPattern: sequence),
      annotation: StepAnnotation(
        author: author, cause: cause, uncertainty: uncertainty,
        subtask: try known("subtask").map { try SubtaskName($0) }),
      isLate: try row.flags("is_late").first == true)
    return RecordedStep(
      record: record,
      receivedAt: WallTime(nanosecondsSinceEpoch: try row.integer("receive_time_ns")))
  }

  /// State, twist and joint velocities, in the order of `DatasetSchema.proprioceptionElements`.
  private static func proprioception(_ row: LeRobotRow) throws -> Proprioception {
    let numbers = try row.numbers("recorded.proprioception")
    let joints = (numbers.count - 14) / 2
    guard joints >= 0, numbers.count == 14 + 2 * joints else {
      throw row.unfit("recorded.proprioception", "14 numbers and two of each joint")
    }
    let twist = Array(numbers[(8 + joints)..<(14 + joints)])
    return Proprioception(
      endEffectorPose: Pose(Array(numbers[..<7])),
      endEffectorTwist: Twist(
        linear: Vector3(twist[0], twist[1], twist[2]),
        angular: Vector3(twist[3], twist[4], twist[5])),
      gripperOpening: numbers[7], jointPositions: Array(numbers[8..<(8 + joints)]),
      jointVelocities: Array(numbers[(14 + joints)...]))
  }

  private static func progress(_ row: LeRobotRow) throws -> TaskProgress? {
    struct Progress: Decodable {
      var completed: [String]
      var available: [String]
      var isSuccess: Bool
    }
    guard let found = try json(row, "recorded.progress", as: Progress.self) else { return nil }
    return TaskProgress(
      completed: try found.completed.map { try SubtaskName($0) },
      available: try found.available.map { try SubtaskName($0) }, isSuccess: found.isSuccess)
  }

  private static func simulatedState(_ row: LeRobotRow) throws -> SimulatedState? {
    struct State: Decodable {
      struct Object: Decodable {
        var name: String
        var pose: [Double]
      }
      var time: Double
      var positions: [Double]
      var velocities: [Double]
      var objects: [Object]
    }
    guard row.has("recorded.simulated_state"),
      let found = try json(row, "recorded.simulated_state", as: State.self)
    else { return nil }
    return SimulatedState(
      time: found.time, positions: found.positions, velocities: found.velocities,
      objects: try found.objects.map { object in
        guard object.pose.count == 7 else {
          throw row.unfit("recorded.simulated_state", "poses of 7 numbers")
        }
        return SimulatedState.Object(name: object.name, pose: Pose(object.pose))
      })
  }

  private static func json<Value: Decodable>(
    _ row: LeRobotRow, _ column: String, as type: Value.Type
  ) throws -> Value? {
    let text = try row.text(column)
    guard !text.isEmpty else { return nil }
    guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
      throw row.unfit(column, "the JSON that Mallard writes")
    }
    return value
  }
}

extension Pose {
  /// Of seven numbers: position, then the quaternion with its real part first.
  fileprivate init(_ numbers: [Double]) {
    self.init(
      position: Vector3(numbers[0], numbers[1], numbers[2]),
      orientation: Quaternion(w: numbers[3], x: numbers[4], y: numbers[5], z: numbers[6]))
  }
}

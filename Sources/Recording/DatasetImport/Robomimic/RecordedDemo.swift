internal import DatasetExport
internal import Datasets
internal import Foundation
internal import HDF5Files
internal import RecordingStore
internal import RobotData

/// A demonstration that `mallard export` has written, with everything that was recorded of it.
struct RecordedDemo: RobomimicDemo {
  let episode: ImportedEpisode
  private let path: String
  private let columns: RecordedColumns
  private let pictures: RobomimicPictures

  init(_ group: HDF5Group, facts text: String, rows: Int, path: String) throws {
    self.path = path
    let facts: EpisodeFacts = try Self.decode(text, of: "facts", in: group, path)
    func attribute<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
      guard let text = try group.attributes.text(name) else {
        throw HDF5Error.missing(path: path, object: "\(group.name)/@\(name)")
      }
      return try Self.decode(text, of: name, in: group, path)
    }
    let session = try attribute("session", as: DatasetSession.self)
    let handovers = try attribute("handovers", as: [DatasetHandover].self)
    let robot = try attribute("robot_description", as: RobotFacts.self)
    func unfit(_ reason: String) -> ImportError {
      .unfit(path: path, object: "\(group.name)/@facts", reason: reason)
    }
    guard let id = EpisodeID(facts.id), let run = SessionID(session.id) else {
      throw unfit("\(facts.id) is no episode's identifier")
    }
    guard let outcome = EpisodeOutcome(word: facts.outcome ?? "interrupted") else {
      throw unfit("there is no outcome \(facts.outcome ?? "")")
    }
    let name = try RobotID(facts.robot)
    episode = ImportedEpisode(
      id: id,
      session: SessionRecord(
        id: run, startedAt: WallTime(nanosecondsSinceEpoch: session.startedAt),
        software: session.software, policy: session.policy, isLockstep: session.isLockstep,
        settings: session.settings),
      robot: name, description: try robot.description, task: try TaskName(facts.task),
      seed: facts.seed, startedAt: WallTime(nanosecondsSinceEpoch: facts.startedAt),
      endedAt: WallTime(nanosecondsSinceEpoch: facts.endedAt ?? facts.startedAt),
      outcome: outcome, steps: rows,
      handovers: try handovers.map { handover in
        guard let record = HandoverRecord(handover, robot: name, episode: id) else {
          throw unfit("there is no hand-over \(handover)")
        }
        return record
      }, tags: facts.tags)
    columns = try RecordedColumns(group, rows: rows, path: path)
    pictures = try RobomimicPictures(try group.group("obs"), rows: rows, path: path)
  }

  private static func decode<Value: Decodable>(
    _ text: String, of name: String, in group: HDF5Group, _ path: String
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw ImportError.unfit(
        path: path, object: "\(group.name)/@\(name)", reason: "it is not what Mallard writes")
    }
  }

  func step(_ index: Int) throws -> RecordedStep {
    let cameras = episode.description.cameras.map(\.name).sorted()
    let frames = try pictures.frames(index) { camera in
      try columns.hasPicture(index, camera: cameras.firstIndex(of: camera))
    }
    return try columns.step(index, of: episode.id, frames: frames)
  }
}

extension HandoverRecord {
  /// Nil where a word of it means nothing.
  init?(_ handover: DatasetHandover, robot: RobotID, episode: EpisodeID) {
    guard let from = Author(kind: handover.from, name: handover.fromOperator),
      let to = Author(kind: handover.to, name: handover.toOperator),
      let cause = HandoverCause(
        word: handover.cause, reason: handover.reason, uncertainty: nil)
    else { return nil }
    self.init(
      robot: robot, episode: episode, step: handover.step,
      time: WallTime(nanosecondsSinceEpoch: handover.time), from: from, to: to, cause: cause,
      waited: handover.waited.map { .nanoseconds($0) })
  }
}

/// The columns from which a step is made again as it was recorded.
struct RecordedColumns {
  private let path: String
  private let name: String
  private let position: RowSource<Double>
  private let orientation: RowSource<Double>
  private let linear: RowSource<Double>
  private let angular: RowSource<Double>
  private let gripper: RowSource<Double>
  private let joints: RowSource<Double>?
  private let jointVelocities: RowSource<Double>?
  private let requested: RowSource<Double>
  private let executed: RowSource<Double>
  private let numbers: [String: RowSource<Int64>]
  private let uncertainties: [RowSource<Double>]
  private let texts: [String: TextSource]
  private let pictures: RowSource<Double>?
  private let progress: [TaskProgress?]
  private let simulated: Simulated?

  private struct Simulated {
    var states: RowSource<Double>
    var positions: Int
    var objects: RowSource<Double>?
    var names: [String]
  }

  init(_ group: HDF5Group, rows: Int, path: String) throws {
    self.path = path
    name = group.name
    let seen = try group.group("obs")
    func observed(_ name: String, _ width: Int) throws -> RowSource<Double> {
      try seen.numbers(name, rows: rows, width: width, path: path)
    }
    position = try observed("robot0_eef_pos", 3)
    orientation = try observed("robot0_eef_quat", 4)
    linear = try observed("robot0_eef_vel_lin", 3)
    angular = try observed("robot0_eef_vel_ang", 3)
    gripper = try observed("robot0_gripper_qpos", 1)
    joints = try seen.numbersIfPresent("robot0_joint_pos", rows: rows, width: nil, path: path)
    jointVelocities = try seen.numbersIfPresent(
      "robot0_joint_vel", rows: rows, width: joints?.width, path: path)
    requested = try group.numbers("recorded.requested_action", rows: rows, width: 7, path: path)
    executed = try group.numbers("recorded.executed_action", rows: rows, width: 7, path: path)
    var numbers: [String: RowSource<Int64>] = [:]
    for name in [
      "capture_time_ns", "receive_time_ns", "recorded.step", "recorded.command_sequence",
      "is_late", "uncertainty.is_known", "recorded.progress",
    ] {
      numbers[name] = try group.integers(name, rows: rows, path: path)
    }
    self.numbers = numbers
    uncertainties = try ["uncertainty.task", "uncertainty.policy"].map {
      try group.numbers($0, rows: rows, width: 1, path: path)
    }
    var texts: [String: TextSource] = [:]
    for name in ["author", "operator", "handover_cause", "handover_reason", "subtask"] {
      texts[name] = try group.texts(name, rows: rows, path: path)
    }
    self.texts = texts
    pictures = try group.numbersIfPresent(
      "recorded.has_picture", rows: rows, width: nil, path: path)
    progress = try Self.progress(group, path)
    let states = try group.dataset("states")
    if let positions = try states.attributes.integer("positions"),
      let velocities = try states.attributes.integer("velocities")
    {
      let names =
        try seen.member("object") == nil
        ? [] : seen.dataset("object").attributes.texts("objects") ?? []
      simulated = Simulated(
        states: try group.numbers(
          "states", rows: rows, width: 1 + positions + velocities, path: path),
        positions: positions,
        objects: try seen.numbersIfPresent(
          "object", rows: rows, width: names.count * 7, path: path), names: names)
    } else {
      simulated = nil
    }
  }

  private static func progress(_ group: HDF5Group, _ path: String) throws -> [TaskProgress?] {
    struct Text: Decodable {
      var completed: [String]
      var available: [String]
      var isSuccess: Bool
    }
    let dataset = try group.dataset("recorded.progress")
    return try (dataset.attributes.texts("values") ?? []).map { text in
      guard !text.isEmpty else { return nil }
      guard let found = try? JSONDecoder().decode(Text.self, from: Data(text.utf8)) else {
        throw ImportError.unfit(
          path: path, object: "\(dataset.name)/@values", reason: "\(text) is no progress")
      }
      return TaskProgress(
        completed: try found.completed.map { try SubtaskName($0) },
        available: try found.available.map { try SubtaskName($0) }, isSuccess: found.isSuccess)
    }
  }

  /// Whether the camera with this place among those sorted by name gave a picture.
  func hasPicture(_ index: Int, camera: Int?) throws -> Bool {
    guard let pictures, let camera, camera < pictures.width else { return true }
    let row = try pictures.row(index)
    return row[row.startIndex + camera] != 0
  }

  func step(_ index: Int, of episode: EpisodeID, frames: [CameraFrame]) throws -> RecordedStep {
    func number(_ name: String) throws -> Int64 { try numbers[name]?.value(index) ?? 0 }
    func text(_ name: String) throws -> String { try texts[name]?.text(index) ?? "" }
    func known(_ name: String) throws -> String? {
      let text = try text(name)
      return text.isEmpty ? nil : text
    }
    let place = try number("recorded.progress")
    let isKnown = try number("uncertainty.is_known") != 0
    let uncertainty =
      isKnown
      ? Uncertainty(
        task: try uncertainties[0].value(index), policy: try uncertainties[1].value(index)) : nil
    guard progress.indices.contains(Int(place)) || (progress.isEmpty && place == 0),
      let author = Author(kind: try text("author"), name: try known("operator")),
      let cause = HandoverCause(
        word: try text("handover_cause"), reason: try known("handover_reason"),
        uncertainty: uncertainty),
      let number = Int(exactly: try number("recorded.step")), number >= 0
    else {
      throw ImportError.unfit(
        path: path, object: name, reason: "step \(index) has a word or number that means nothing")
    }
    let sequence = try self.numbers["recorded.command_sequence"]?.value(index) ?? -1
    let reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: try self.number("capture_time_ns", index)),
      proprioception: try proprioception(index), frames: frames,
      progress: progress.isEmpty ? nil : progress[Int(place)],
      simulatedState: try simulatedState(index))
    let record = StepRecord(
      observation: Observation(episode: episode, step: number, reading: reading),
      requestedAction: Action(try requested.row(index)),
      executedAction: Action(try executed.row(index)),
      commandSequence: sequence == -1 ? nil : UInt64(bitPattern: sequence),
      annotation: StepAnnotation(
        author: author, cause: cause, uncertainty: uncertainty,
        subtask: try known("subtask").map { try SubtaskName($0) }),
      isLate: try self.number("is_late", index) != 0)
    return RecordedStep(
      record: record,
      receivedAt: WallTime(nanosecondsSinceEpoch: try self.number("receive_time_ns", index)))
  }

  private func number(_ name: String, _ index: Int) throws -> Int64 {
    try numbers[name]?.value(index) ?? 0
  }

  private func proprioception(_ index: Int) throws -> Proprioception {
    func list(_ source: RowSource<Double>?) throws -> [Double] {
      try source.map { Array(try $0.row(index)) } ?? []
    }
    func vector(_ source: RowSource<Double>) throws -> Vector3 {
      let row = try list(source)
      return Vector3(row[0], row[1], row[2])
    }
    let turn = try list(orientation)
    return Proprioception(
      endEffectorPose: Pose(
        position: try vector(position),
        orientation: Quaternion(w: turn[3], x: turn[0], y: turn[1], z: turn[2])),
      endEffectorTwist: Twist(linear: try vector(linear), angular: try vector(angular)),
      gripperOpening: try gripper.value(index), jointPositions: try list(joints),
      jointVelocities: try list(jointVelocities))
  }

  private func simulatedState(_ index: Int) throws -> SimulatedState? {
    guard let simulated else { return nil }
    let state = Array(try simulated.states.row(index))
    let poses = try simulated.objects.map { Array(try $0.row(index)) } ?? []
    return SimulatedState(
      time: state[0], positions: Array(state[1..<(1 + simulated.positions)]),
      velocities: Array(state[(1 + simulated.positions)...]),
      objects: simulated.names.enumerated().map { place, name in
        let pose = Array(poses[(place * 7)..<(place * 7 + 7)])
        return SimulatedState.Object(
          name: name,
          pose: Pose(
            position: Vector3(pose[0], pose[1], pose[2]),
            orientation: Quaternion(w: pose[3], x: pose[4], y: pose[5], z: pose[6])))
      })
  }
}

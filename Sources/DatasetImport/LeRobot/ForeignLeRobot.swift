internal import Foundation
internal import RecordingStore
internal import RobotData

/// A dataset that another program has written: state, actions, pictures and tasks.
///
/// `observation.state` is recorded as the positions of as many joints. A recording's action is an
/// end effector's velocity and a gripper: up to seven numbers are taken for these in order, as they
/// are, with limits of 1; more than seven cannot be recorded.
struct ForeignLeRobot {
  /// Who is said to have driven, as nothing is known of the person.
  private static let demonstrator: OperatorID = "demonstrator"

  private let session: SessionRecord
  private let rate: Double
  private let profile: String
  private let state: [String]
  private let actions: Int
  private let intervention: String?
  /// A robot stands ready for one task: a dataset of several tasks has as many robots.
  private let robots: [String: RobotID]

  init(_ info: LeRobotInfo, _ episodes: [LeRobotEpisode], root: String) throws {
    rate = info.fps
    profile = ImportedName.fit(info.robot_type ?? "lerobot")
    guard let action = info.features["action"] else {
      throw ImportError.unfit(
        path: root + "/meta/info.json", object: "action", reason: "there is no such feature")
    }
    guard (1...7).contains(action.count) else {
      throw ImportError.unfit(
        path: root + "/meta/info.json", object: "action",
        reason:
          "it has \(action.count) numbers; a recording's action is an end effector's velocity "
          + "(6) and a gripper (1)")
    }
    actions = action.count
    let seen = info.features["observation.state"]
    let names = seen?.names?.list ?? []
    state =
      seen.map { feature in
        names.count == feature.count ? names : (0..<feature.count).map { "state\($0)" }
      } ?? []
    intervention = ["complementary_info.is_intervention", "intervention"].first {
      info.features[$0] != nil
    }
    session = Self.session(info, episodes, root)
    robots = try Self.robots(of: episodes)
  }

  private static func robots(of episodes: [LeRobotEpisode]) throws -> [String: RobotID] {
    var robots: [String: RobotID] = [:]
    for task in episodes.map({ $0.tasks.first ?? "" }) where robots[task] == nil {
      robots[task] = try RobotID(robots.isEmpty ? "lerobot" : "lerobot-\(robots.count + 1)")
    }
    return robots
  }

  /// The run that the episodes are put into. They have no times of the day: it begins when the
  /// dataset was written.
  private static func session(
    _ info: LeRobotInfo, _ episodes: [LeRobotEpisode], _ root: String
  ) -> SessionRecord {
    var hash = StableHash()
    for name in ["info.json", "stats.json"] {
      let data = FileManager.default.contents(atPath: root + "/meta/" + name) ?? Data()
      hash.add(String(decoding: data, as: UTF8.self))
    }
    for episode in episodes {
      hash.add(UInt64(episode.length))
      for task in episode.tasks { hash.add(task) }
    }
    let written =
      try? FileManager.default.attributesOfItem(atPath: root + "/meta/info.json")[
        .modificationDate] as? Date
    let seconds = Int64(max(0, written?.timeIntervalSince1970 ?? 0))
    return SessionRecord(
      id: SessionID(hash.value),
      startedAt: WallTime(nanosecondsSinceEpoch: seconds * 1_000_000_000),
      software: "imported from LeRobot \(info.codebase_version)", policy: nil, isLockstep: true,
      settings: "{\"imported\":\"lerobot\"}")
  }

  /// The columns that are read.
  var columns: [String] {
    ["action"] + (state.isEmpty ? [] : ["observation.state"]) + (intervention.map { [$0] } ?? [])
      + ["next.success"]
  }

  func episode(
    _ entry: LeRobotEpisode, _ index: Int, cameras: [CameraDescription]
  ) throws -> ImportedEpisode {
    let instruction = entry.tasks.first ?? "imported"
    let task = try TaskName(ImportedName.fit(instruction))
    let start =
      session.startedAt.nanosecondsSinceEpoch + Int64(index) * 1_000_000
    return ImportedEpisode(
      id: EpisodeID(session: session.id, ordinal: UInt32(clamping: index + 1)), session: session,
      robot: robots[entry.tasks.first ?? ""] ?? "lerobot",
      description: RobotDescription(
        profile: profile, isSimulated: false, rate: rate, joints: state, cameras: cameras,
        limits: ActionLimits(
          linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
        task: TaskDescription(name: task, instruction: instruction, subtasks: [])),
      task: task, seed: nil, startedAt: WallTime(nanosecondsSinceEpoch: start),
      endedAt: WallTime(
        nanosecondsSinceEpoch: start + Int64(Double(entry.length) / rate * 1e9)),
      outcome: entry.hasSucceeded == false ? .failure : .success, steps: entry.length,
      handovers: [])
  }

  func step(
    _ row: LeRobotRow, _ step: Int, of episode: ImportedEpisode, frames: [CameraFrame]
  ) throws -> ImportedStep {
    let given = try row.numbers("action", count: actions)
    // Six numbers and fewer have no gripper.
    let numbers = given + [Double](repeating: 0, count: 7 - given.count)
    let positions =
      state.isEmpty ? [] : try row.numbers("observation.state", count: state.count)
    let time = WallTime(
      nanosecondsSinceEpoch: episode.startedAt.nanosecondsSinceEpoch
        + Int64((Double(step) / rate * 1e9).rounded()))
    var author = Author.human(Self.demonstrator)
    if let intervention, try row.flags(intervention).first == false { author = .policy }
    let isDone = row.has("next.success") ? try row.flags("next.success").first == true : nil
    let reading = SensorReading(
      captureTime: time,
      proprioception: Proprioception(
        endEffectorPose: Pose(position: .zero, orientation: .identity), endEffectorTwist: .zero,
        gripperOpening: 0, jointPositions: positions,
        jointVelocities: [Double](repeating: 0, count: positions.count)),
      frames: frames,
      progress: isDone.map { TaskProgress(completed: [], available: [], isSuccess: $0) },
      simulatedState: nil)
    let action = Action(numbers[...])
    let record = StepRecord(
      observation: Observation(episode: episode.id, step: step, reading: reading),
      requestedAction: action, executedAction: action, commandSequence: UInt64(step + 1),
      annotation: StepAnnotation(
        author: author, cause: author == .policy ? .episodeStarted : .operatorTookOver,
        uncertainty: nil, subtask: nil), isLate: false)
    return ImportedStep(record: record, receivedAt: time)
  }
}

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
  private let works: [String: Work]
  private let info: LeRobotInfo

  private struct Work {
    var robot: RobotID
    var task: TaskName
  }

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
    session = try Self.session(info, root: root)
    works = try Self.works(of: episodes)
    self.info = info
  }

  /// The robot and the task's name for each instruction. Instructions that differ only in what a name
  /// cannot hold are different tasks.
  private static func works(of episodes: [LeRobotEpisode]) throws -> [String: Work] {
    var instructions: [String] = []
    var known: Set<String> = []
    for instruction in episodes.map({ $0.tasks.first ?? "" })
    where known.insert(instruction).inserted {
      instructions.append(instruction)
    }
    var works: [String: Work] = [:]
    for (instruction, name) in zip(instructions, ImportedName.distinct(instructions)) {
      works[instruction] = Work(
        robot: try RobotID(works.isEmpty ? "lerobot" : "lerobot-\(works.count + 1)"),
        task: try TaskName(name))
    }
    return works
  }

  /// The run that the episodes are put into. When they were collected is not known.
  private static func session(_ info: LeRobotInfo, root: String) throws -> SessionRecord {
    SessionRecord(
      id: SessionID(try LeRobotContent.digest(root)), startedAt: .unknown,
      software: "imported from LeRobot \(info.codebase_version)", policy: nil, isLockstep: true,
      settings: "{\"imported\":\"lerobot\"}")
  }

  /// Features that are not recorded.
  var leftOut: [String] {
    let own = ["timestamp", "frame_index", "episode_index", "index", "task_index"]
    let taken = Set(columns + info.cameras.map(\.key) + own)
    return info.features.keys.filter { !taken.contains($0) }.sorted()
  }

  /// The columns that are read.
  var columns: [String] {
    ["action"] + (state.isEmpty ? [] : ["observation.state"]) + (intervention.map { [$0] } ?? [])
      + ["next.success"]
  }

  func episode(
    _ entry: LeRobotEpisode, _ index: Int, cameras: [CameraDescription]
  ) throws -> ImportedEpisode {
    let instruction = entry.tasks.first ?? ""
    guard let work = works[instruction] else {
      throw ImportError.unfit(
        path: entry.data, object: "episode \(entry.index)", reason: "its task is not known")
    }
    // One after the other, so that their order stays.
    let start = session.startedAt.after(seconds: Double(index) / 1_000)
    return ImportedEpisode(
      id: EpisodeID(session: session.id, ordinal: UInt32(clamping: index + 1)), session: session,
      robot: work.robot,
      description: RobotDescription(
        profile: profile, isSimulated: false, rate: rate, joints: state, cameras: cameras,
        limits: ActionLimits(
          linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
        task: TaskDescription(
          name: work.task, instruction: instruction.isEmpty ? "imported" : instruction,
          subtasks: [])),
      task: work.task, seed: nil, startedAt: start,
      endedAt: start.after(seconds: Double(entry.length) / rate),
      outcome: entry.hasSucceeded == false ? .failure : .success, steps: entry.length,
      handovers: [])
  }

  func step(
    _ row: LeRobotRow, _ step: Int, of episode: ImportedEpisode, frames: [CameraFrame]
  ) throws -> RecordedStep {
    let given = try row.numbers("action", count: actions)
    // Six numbers and fewer have no gripper.
    let numbers = given + [Double](repeating: 0, count: 7 - given.count)
    let positions =
      state.isEmpty ? [] : try row.numbers("observation.state", count: state.count)
    let time = episode.startedAt.after(seconds: Double(step) / rate)
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
    return RecordedStep(record: record, receivedAt: time)
  }
}

internal import HDF5Files
internal import RecordingStore
internal import RobotData

/// A demonstration that another program has written: robomimic's own columns, and robosuite's names
/// of observations where they are there.
///
/// Actions are numbers from -1 to 1 in robomimic; they are recorded as they are, with limits of 1.
struct ForeignDemo: RobomimicDemo {
  /// Who is said to have driven, as nothing is known of the person.
  static let demonstrator: OperatorID = "demonstrator"

  let episode: ImportedEpisode
  private let path: String
  private let group: HDF5Group
  private let rate: Double
  private let closesAtPlus: Bool
  private let actions: RowSource<Double>
  private let position: RowSource<Double>?
  private let orientation: RowSource<Double>?
  private let linear: RowSource<Double>?
  private let angular: RowSource<Double>?
  private let gripper: RowSource<Double>?
  private let widest: Double
  private let joints: RowSource<Double>?
  private let jointVelocities: RowSource<Double>?
  private let states: RowSource<Double>?
  private let rewards: RowSource<Double>?
  private let pictures: RobomimicPictures
  private let rows: Int

  init(
    _ group: HDF5Group, ordinal: Int, rows: Int, path: String,
    _ environment: RobomimicEnvironment, _ session: SessionRecord
  ) throws {
    self.group = group
    self.path = path
    self.rows = rows
    rate = environment.rate
    closesAtPlus = environment.isRobosuite
    actions = try group.numbers("actions", rows: rows, width: 7, path: path)
    let seen = try group.group("obs")
    func observed(_ name: String, _ width: Int?) throws -> RowSource<Double>? {
      try seen.numbersIfPresent(name, rows: rows, width: width, path: path)
    }
    position = try observed("robot0_eef_pos", 3)
    orientation = try observed("robot0_eef_quat", 4)
    linear = try observed("robot0_eef_vel_lin", 3)
    angular = try observed("robot0_eef_vel_ang", 3)
    gripper = try observed("robot0_gripper_qpos", nil)
    joints = try observed("robot0_joint_pos", nil)
    jointVelocities = try observed("robot0_joint_vel", nil)
    states = try group.numbersIfPresent("states", rows: rows, width: nil, path: path)
    rewards = try group.numbersIfPresent("rewards", rows: rows, width: 1, path: path)
    pictures = try RobomimicPictures(seen, rows: rows, path: path)
    // Fingers have no unit that all grippers share: the widest of the episode is open.
    var widest = 0.0
    if let gripper {
      for row in 0..<rows { widest = max(widest, Self.spread(try gripper.row(row))) }
    }
    self.widest = widest
    var isRewarded = rewards == nil
    if let rewards {
      for row in 0..<rows where try rewards.value(row) > 0 { isRewarded = true }
    }
    let robot: RobotID = "robomimic"
    let id = EpisodeID(session: session.id, ordinal: UInt32(clamping: ordinal))
    // One after the other, so that their order stays.
    let start = session.startedAt.after(seconds: Double(ordinal) / 1_000)
    let task = try TaskName(environment.name)
    let width = joints?.width ?? 0
    episode = ImportedEpisode(
      id: id, session: session, robot: robot,
      description: RobotDescription(
        profile: "robomimic", isSimulated: states != nil, rate: environment.rate,
        joints: (0..<width).map { "joint\($0)" }, cameras: pictures.cameras,
        limits: ActionLimits(
          linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
        task: TaskDescription(name: task, instruction: environment.name, subtasks: [])),
      task: task, seed: nil, startedAt: start,
      endedAt: start.after(seconds: Double(rows) / environment.rate),
      outcome: isRewarded ? .success : .failure, steps: rows, handovers: [])
  }

  /// What a demonstration has and is not recorded. What follows from other columns, such as `next_obs`,
  /// is not named.
  static func leftOut(_ demo: HDF5Group) throws(HDF5Error) -> [String] {
    let taken = ["actions", "dones", "next_obs", "obs", "rewards", "states"]
    let seen = [
      "eef_pos", "eef_quat", "eef_vel_lin", "eef_vel_ang", "gripper_qpos", "joint_pos", "joint_vel",
    ].map { "robot0_" + $0 }
    let others = try demo.memberNames().filter { !taken.contains($0) }
    guard try demo.member("obs") == .group else { return others.sorted() }
    let group = try demo.group("obs")
    let pictures = try RobomimicPictures.names(group)
    let unseen = try group.memberNames().filter { !seen.contains($0) && !pictures.contains($0) }
    return others.sorted() + unseen.sorted().map { "obs/" + $0 }
  }

  func step(_ index: Int) throws -> RecordedStep {
    var numbers = Array(try actions.row(index))
    guard numbers.allSatisfy(\.isFinite) else {
      throw ImportError.unfit(
        path: path, object: "\(group.name)/actions", reason: "step \(index) is not finite")
    }
    if closesAtPlus { numbers[6] = -numbers[6] }
    let action = Action(numbers[...])
    let time = episode.startedAt.after(seconds: Double(index) / rate)
    let state = try states?.row(index).map { $0 }
    let isDone = try rewards.map { try $0.value(index) > 0 } ?? (index == rows - 1)
    let reading = SensorReading(
      captureTime: time, proprioception: try proprioception(index),
      frames: try pictures.frames(index),
      progress: TaskProgress(completed: [], available: [], isSuccess: isDone),
      simulatedState: state.map { state in
        // Time, positions and velocities in one list; where one ends is not told.
        SimulatedState(
          time: state.first ?? 0, positions: Array(state.dropFirst()), velocities: [],
          objects: [])
      })
    guard reading.proprioception.isFinite else {
      throw ImportError.unfit(
        path: path, object: "\(group.name)/obs", reason: "step \(index) is not finite")
    }
    let record = StepRecord(
      observation: Observation(episode: episode.id, step: index, reading: reading),
      requestedAction: action, executedAction: action, commandSequence: UInt64(index + 1),
      annotation: StepAnnotation(
        author: .human(Self.demonstrator), cause: .operatorTookOver, uncertainty: nil,
        subtask: nil), isLate: false)
    return RecordedStep(record: record, receivedAt: time)
  }

  private func proprioception(_ index: Int) throws -> Proprioception {
    let turn = try orientation.map { Array(try $0.row(index)) } ?? [0, 0, 0, 1]
    let opening = try gripper.map { Self.spread(try $0.row(index)) } ?? 0
    let angles = try joints.map { Array(try $0.row(index)) } ?? []
    let speeds = try jointVelocities.map { Array(try $0.row(index)) } ?? []
    return Proprioception(
      endEffectorPose: Pose(
        position: try vector(position, index),
        orientation: Quaternion(w: turn[3], x: turn[0], y: turn[1], z: turn[2])),
      endEffectorTwist: Twist(
        linear: try vector(linear, index), angular: try vector(angular, index)),
      gripperOpening: widest > 0 ? opening / widest : 0, jointPositions: angles,
      jointVelocities: speeds.count == angles.count
        ? speeds : [Double](repeating: 0, count: angles.count))
  }

  private func vector(_ source: RowSource<Double>?, _ index: Int) throws -> Vector3 {
    guard let source else { return Vector3(0, 0, 0) }
    let row = Array(try source.row(index))
    return Vector3(row[0], row[1], row[2])
  }

  private static func spread(_ fingers: ArraySlice<Double>) -> Double {
    fingers.reduce(0) { $0 + abs($1) }
  }
}

import FleetSimulation
import Policy
import RobotData
import ScriptedExpert
import SimulatedTasks

/// A robot without physics: the hand goes where it is told, an object that is grasped goes with
/// it, and one that is let go of falls straight down onto what is below.
final class ToyRobot: SimulatedBody {
  let description: RobotDescription
  private let task: any SimulatedTask
  private var hand = Vector3.zero
  private var turn = Quaternion.identity
  private var opening = 1.0
  private var held: (name: String, offset: Vector3)?
  private var objects: [String: Pose] = [:]
  private var completed: [SubtaskName] = []
  private var time = 0.0
  private(set) var resets = 0
  private(set) var periods = 0
  private(set) var readings = 0
  private(set) var looks = 0

  init(_ task: any SimulatedTask = StackTask()) {
    self.task = task
    description = RobotDescription(
      profile: "toy", isSimulated: true, rate: 10, joints: [], cameras: [],
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 1.5, linearAcceleration: 10, angularAcceleration: 30),
      task: task.description)
  }

  func reset(seed: UInt64) {
    hand = Vector3(0.45, 0, 0.25)
    turn = Quaternion(w: 0, x: 0, y: 1, z: 0)
    opening = 1
    held = nil
    objects = task.layout(seed: seed)
    completed = []
    time = 0
    resets += 1
  }

  func observe() -> SensorReading { observeWithoutPictures() }

  func takePictures() -> [CameraFrame] {
    looks += 1
    return []
  }

  func observeWithoutPictures() -> SensorReading {
    readings += 1
    let scene = SceneState(objects: objects, touched: Set(held.map { [$0.name] } ?? []))
    let progress = task.progress(in: scene, after: completed)
    completed = progress.completed
    return SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 0),
      proprioception: Proprioception(
        endEffectorPose: Pose(position: hand, orientation: turn), endEffectorTwist: .zero,
        gripperOpening: opening, jointPositions: [], jointVelocities: []), frames: [],
      progress: progress,
      simulatedState: SimulatedState(
        time: time, positions: [], velocities: [],
        objects: objects.sorted { $0.key < $1.key }.map { .init(name: $0.key, pose: $0.value) }))
  }

  func apply(_ action: Action) -> Action {
    let seconds = description.period.inSeconds
    periods += 1
    time += seconds
    hand = hand + action.twist.linear * seconds
    hand.z = max(hand.z, 0.01)
    rotate(by: action.twist.angular.z * seconds)
    switch action.gripper {
    case .hold: break
    case .close: close()
    case .open: open()
    }
    if let held {
      objects[held.name]?.position = hand + held.offset
    }
    return action
  }

  func stop() {}

  private func rotate(by angle: Double) {
    // For small angles, normalised: good enough for a hand that follows what it sees.
    let (q, half) = (turn, angle / 2)
    let next = Quaternion(
      w: q.w - half * q.z, x: q.x - half * q.y, y: q.y + half * q.x, z: q.z + half * q.w)
    let length =
      (next.w * next.w + next.x * next.x + next.y * next.y + next.z * next.z).squareRoot()
    turn = Quaternion(
      w: next.w / length, x: next.x / length, y: next.y / length, z: next.z / length)
  }

  private func close() {
    opening = max(opening - 0.25, held == nil ? 0 : 0.5)
    guard held == nil, opening <= 0.5 else { return }
    for name in ["red", "green", "blue"] {
      guard let place = objects[name]?.position, (place - hand).length < 0.02 else { continue }
      held = (name, place - hand)
      opening = 0.5
      return
    }
  }

  private func open() {
    opening = min(opening + 0.25, 1)
    guard let held, opening > 0.6, let place = objects[held.name]?.position else { return }
    let below = objects.filter { name, pose in
      let (dx, dy) = (pose.position.x - place.x, pose.position.y - place.y)
      return name != held.name && ["red", "green", "blue"].contains(name)
        && (dx * dx + dy * dy).squareRoot() < 0.03 && pose.position.z < place.z
    }
    let ground = below.values.map(\.position.z).max().map { $0 + 0.021 } ?? 0
    objects[held.name]?.position = Vector3(place.x, place.y, ground + 0.021)
    self.held = nil
  }
}

/// A policy that sees what only a simulator knows: for tests. It follows what is nearest, and is
/// unsure of the task at branch points, unless a subtask is named to it.
struct SeeingPolicy: AssistivePolicy, @unchecked Sendable {
  // The bodies belong to the thread that runs the simulation, as does this policy.
  let bodies: [RobotID: ToyRobot]
  /// What it says of itself everywhere.
  var policyUncertainty = 0.0
  /// Whether it is unsure at branch points.
  var asksAtBranches = true
  /// Whether it stands still.
  var isLazy = false
  private var experts: [RobotID: ScriptedExpert] = [:]
  private var goals: [RobotID: SubtaskName] = [:]
  private var branches: [RobotID: BranchPoints] = [:]

  let name = "seeing"

  init(_ bodies: [RobotID: ToyRobot]) { self.bodies = bodies }

  mutating func reset(_ robot: RobotID) {
    experts[robot] = nil
    goals[robot] = nil
  }

  mutating func decide(
    _ questions: [PolicyQuestion]
  ) -> [Result<PolicyDecision, PolicyFailure>] {
    questions.map { .success(decide($0)) }
  }

  private mutating func decide(_ question: PolicyQuestion) -> PolicyDecision {
    let robot = question.robot
    var action = Action.hold
    var task = 0.0
    if let reading = bodies[robot]?.observeWithoutPictures(), let progress = reading.progress,
      let state = reading.simulatedState
    {
      let hand = reading.proprioception.endEffectorPose.position
      var branch =
        branches[robot]
        ?? BranchPoints(task: StackTask(), horizon: 0, period: question.description.period)
      if question.observation.step == 0 { branch.reset() }
      let isOpen = branch.isBranchPoint(
        SceneState(state), progress, hand: hand,
        gripperOpening: reading.proprioception.gripperOpening)
      branches[robot] = branch
      if isOpen, asksAtBranches, question.subtask == nil { task = 1 }
      var expert = experts[robot] ?? ScriptedExpert(task: "stack", seed: 1)
      if let goal = goal(question, progress, reading, expert), !isLazy {
        goals[robot] = goal
        action =
          expert?.action(
            for: reading, subtask: goal, limits: question.description.limits,
            period: question.description.period) ?? .hold
      }
      experts[robot] = expert
    }
    return PolicyDecision(
      action: action, uncertainty: Uncertainty(task: task, policy: policyUncertainty),
      subgoal: nil)
  }

  private func goal(
    _ question: PolicyQuestion, _ progress: TaskProgress, _ reading: SensorReading,
    _ expert: ScriptedExpert?
  ) -> SubtaskName? {
    if let goal = goals[question.robot], expert?.isFree == false { return goal }
    let feasible = expert?.feasible(progress.available, in: reading) ?? []
    if let named = question.subtask, feasible.contains(named) { return named }
    guard let state = reading.simulatedState else { return nil }
    let hand = reading.proprioception.endEffectorPose.position
    func distance(_ subtask: SubtaskName) -> Double {
      guard let transfer = StackTask().transfer(for: subtask, in: SceneState(state)) else {
        return .infinity
      }
      return (transfer.grasp - hand).length + 0.1 * (transfer.release - hand).length
    }
    return feasible.min { distance($0) < distance($1) }
  }
}

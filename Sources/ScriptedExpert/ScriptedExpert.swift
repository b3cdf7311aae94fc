internal import RealModule
public import RobotData
internal import SimulatedTasks

/// Solves the simulated tasks from the simulator's privileged state, with the pace and the
/// unsteadiness of a person. It stands in for a human, and is used for nothing else.
public struct ScriptedExpert: Sendable {
  /// What the hand does next. Each phase leads to the next when its goal is reached; losing the
  /// object leads back to `approach`.
  enum Phase: Hashable, Sendable {
    /// Go above the object.
    case approach
    /// Go down to it.
    case descend
    /// Close the gripper, for so many steps so far.
    case grasp(Int)
    /// Lift the object.
    case lift
    /// Carry it above its goal.
    case carry
    /// Set it down.
    case lower
    /// Open the gripper, for so many steps so far.
    case release(Int)
    /// Get away from it.
    case retreat
  }

  private let task: any SimulatedTask
  private let skill: HumanSkill
  private var random: SplitMix64
  private var subtask: SubtaskName?
  private var phase = Phase.approach
  private var tremor = Vector3.zero
  private var lookingUntil = 0.0

  /// An expert for one episode of a task; nil when the task is not a simulated one.
  public init?(task: TaskName, skill: HumanSkill = HumanSkill(), seed: UInt64) {
    guard let task = SimulatedTasks.named(task) else { return nil }
    self.task = task
    self.skill = skill
    random = SplitMix64(seed: seed)
  }

  /// Whether the hand is between two objects, so that another subtask can be begun.
  public var isFree: Bool { phase == .approach }

  /// What the person does now for `subtask`. Without the simulator's state they hold.
  public mutating func action(
    for reading: SensorReading, subtask: SubtaskName, limits: ActionLimits, period: Duration
  ) -> Action {
    guard let state = reading.simulatedState,
      let transfer = task.transfer(for: subtask, in: SceneState(state))
    else { return .hold }
    if subtask != self.subtask {
      self.subtask = subtask
      phase = .approach
    }
    let view = View(reading, state, transfer)
    advance(view)
    let seconds = period.inSeconds
    if isLooking(at: state.time, seconds) {
      return Action(twist: .zero, gripper: .hold)
    }
    var action = self.action(in: view, limits: limits, seconds: seconds)
    tremble(seconds)
    if case .grasp = phase { return action }
    if case .release = phase { return action }
    action.twist.linear = (action.twist.linear + tremor).limited(to: limits.linearSpeed)
    return action
  }

  /// One of the subtasks, as the person fancies; nil when there is none.
  public mutating func choose(from available: [SubtaskName]) -> SubtaskName? {
    available.isEmpty
      ? nil : available[Int.random(in: 0..<available.count, using: &random)]
  }

  // MARK: - What the person sees

  /// The quantities that the phases are about.
  private struct View {
    let hand: Vector3
    let orientation: Quaternion
    let opening: Double
    let object: Vector3
    let transfer: Transfer

    init(_ reading: SensorReading, _ state: SimulatedState, _ transfer: Transfer) {
      hand = reading.proprioception.endEffectorPose.position
      orientation = reading.proprioception.endEffectorPose.orientation
      opening = reading.proprioception.gripperOpening
      object =
        state.objects.first { $0.name == transfer.object }?.pose.position ?? transfer.grasp
      self.transfer = transfer
    }

    /// The hand's place relative to the object when the grasp is right.
    var offset: Vector3 { transfer.grasp - object }
    /// How far the object is from where it is to be let go.
    var remaining: Vector3 { transfer.release - object }
    /// Whether the object is still between the fingers.
    var isHeld: Bool { (hand - object - offset).length < 0.035 && opening > 0.015 }
    /// The height at which the object is carried.
    var carryHeight: Double {
      max(transfer.release.z, 0.02) + transfer.clearance
    }
  }

  // MARK: - Phases

  private mutating func advance(_ view: View) {
    let toGrasp = view.transfer.grasp - view.hand
    let above = Vector3(toGrasp.x, toGrasp.y, 0).length
    switch phase {
    case .approach:
      if above < 2 * skill.precision, abs(yawError(in: view)) < 0.08, isOpenEnough(view) {
        phase = .descend
      }
    case .descend:
      if toGrasp.length < skill.precision + 0.002 { phase = .grasp(0) }
      if above > 0.03 { phase = .approach }
    case .grasp(let steps):
      phase = steps < 9 ? .grasp(steps + 1) : .lift
    case .lift:
      if !view.isHeld { phase = .approach }
      if view.object.z > min(view.carryHeight, 0.12) - 0.02 { phase = .carry }
    case .carry:
      if !view.isHeld { phase = .approach }
      let remaining = view.remaining
      if Vector3(remaining.x, remaining.y, 0).length < skill.precision { phase = .lower }
    case .lower:
      if !view.isHeld { phase = .approach }
      if abs(view.remaining.z) < skill.precision { phase = .release(0) }
    case .release(let steps):
      phase = steps < 7 ? .release(steps + 1) : .retreat
    case .retreat:
      if view.hand.z > view.object.z + 0.10 { phase = .approach }
    }
  }

  private func isOpenEnough(_ view: View) -> Bool {
    abs(view.opening - view.transfer.graspOpening) < 0.15
  }

  private func action(in view: View, limits: ActionLimits, seconds: Double) -> Action {
    let (goal, gripper) = self.goal(in: view)
    let fastest = limits.linearSpeed * skill.pace
    // Slower near the goal: a person does not brake at the last moment.
    let wished = (goal * 2.5).limited(to: fastest)
    return Action(
      twist: Twist(linear: wished, angular: turn(in: view, limits)), gripper: gripper)
  }

  /// Where the hand is to go from where it is, and what the gripper does.
  private func goal(in view: View) -> (Vector3, GripperCommand) {
    let toGrasp = view.transfer.grasp - view.hand
    let opening = opening(in: view)
    switch phase {
    case .approach:
      let height = view.transfer.grasp.z + 0.09 - view.hand.z
      let above = Vector3(toGrasp.x, toGrasp.y, 0)
      // Low above the table the hand first rises, so that it knocks nothing over.
      return (height > 0.05 ? Vector3(0, 0, height) : Vector3(above.x, above.y, height), opening)
    case .descend: return (toGrasp, opening)
    case .grasp: return (.zero, .close)
    case .lift:
      return (Vector3(0, 0, view.carryHeight - view.object.z + 0.01), .hold)
    case .carry:
      let remaining = view.remaining
      return (Vector3(remaining.x, remaining.y, view.carryHeight - view.object.z), .hold)
    case .lower: return (view.remaining, .hold)
    case .release: return (.zero, .open)
    case .retreat: return (Vector3(0, 0, view.object.z + 0.14 - view.hand.z), .open)
    }
  }

  private func opening(in view: View) -> GripperCommand {
    if view.opening > view.transfer.graspOpening + 0.08 { return .close }
    return view.opening < view.transfer.graspOpening - 0.08 ? .open : .hold
  }

  // MARK: - Turning

  /// How far the fingers' axis is from the wished one, rad, by the shortest way that is as good.
  private func yawError(in view: View) -> Double {
    let axis = view.orientation.rotate(Vector3(0, 1, 0))
    let now = Double.atan2(y: axis.y, x: axis.x)
    let symmetry = view.transfer.yawSymmetry
    let error = view.transfer.graspYaw - now
    return error - (error / symmetry).rounded() * symmetry
  }

  /// Keeps the hand upright, and turns it to the object on the way there.
  private func turn(in view: View, _ limits: ActionLimits) -> Vector3 {
    let down = view.orientation.rotate(Vector3(0, 0, 1))
    // The axis and the sine of the angle between where the hand points and straight down.
    let tilt = Vector3(-down.y, down.x, 0) * 3
    var yaw = 0.0
    if phase == .approach || phase == .descend { yaw = 2.5 * yawError(in: view) }
    return Vector3(tilt.x, tilt.y, yaw).limited(to: limits.angularSpeed * skill.pace)
  }

  // MARK: - Being a person

  private mutating func isLooking(at time: Double, _ seconds: Double) -> Bool {
    if time < lookingUntil { return true }
    // Not while the hand is about to take or let go of something.
    guard phase == .approach || phase == .carry, skill.hesitationInterval > 0 else { return false }
    if Double.random(in: 0..<1, using: &random) < seconds / skill.hesitationInterval {
      lookingUntil = time + skill.hesitation
    }
    return false
  }

  private mutating func tremble(_ seconds: Double) {
    let decay = Double.exp(-seconds / skill.unsteadinessTime)
    let spread = skill.unsteadiness * (1 - decay * decay).squareRoot()
    tremor = tremor * decay + Vector3(normal() * spread, normal() * spread, normal() * spread)
  }

  /// A standard normal number (Box and Muller 1958).
  private mutating func normal() -> Double {
    let radius = Double.log(1 - .random(in: 0..<1, using: &random))
    return (-2 * radius).squareRoot() * .cos(2 * .pi * .random(in: 0..<1, using: &random))
  }
}

extension Quaternion {
  /// The vector, rotated.
  fileprivate func rotate(_ v: Vector3) -> Vector3 {
    let u = Vector3(x, y, z)
    let t = cross(u, v) * 2
    return v + t * w + cross(u, t)
  }

  private func cross(_ a: Vector3, _ b: Vector3) -> Vector3 {
    Vector3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}

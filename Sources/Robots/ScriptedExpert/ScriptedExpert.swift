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
    /// Close the gripper, for this many steps so far.
    case grasp(Int)
    /// Lift the object.
    case lift
    /// Carry it above its goal.
    case carry
    /// Set it down.
    case lower
    /// Open the gripper, for this many steps so far.
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
  /// Where the person goes first on the way that has begun.
  private var detour: Vector3?
  /// How far beside the goal the person aims, until they see it.
  private var misjudged = Vector3.zero
  /// Whether the object will be dropped on the way that has begun.
  private var willSlip = false
  /// Whether the hand is turned to the object on the way that has begun.
  private var turns = true
  /// How the way down goes.
  private var descent = Descent()

  /// An expert for one episode of a task; nil when the task is not a simulated one.
  public init?(task: TaskName, skill: HumanSkill = HumanSkill(), seed: UInt64) {
    guard let task = SimulatedTasks.named(task) else { return nil }
    self.task = task
    self.skill = skill
    random = SplitMix64(seed: seed)
  }

  /// Whether the hand is between two objects, so that another subtask can be begun.
  public var isFree: Bool { phase == .approach }

  /// Whether the hand is on its way to somewhere, and not about to take or let go of something.
  public var isOnItsWay: Bool {
    switch phase {
    case .approach, .lift, .carry, .retreat: true
    case .descend, .grasp, .lower, .release: false
    }
  }

  /// Whether the hand closes about an object.
  public var isTaking: Bool { if case .grasp = phase { true } else { false } }

  /// Whether an object is in the hand, lifted, and on its way.
  public var isCarrying: Bool { phase == .carry }

  /// What the person does now for `subtask`. Without the simulator's state they hold.
  public mutating func action(
    for reading: SensorReading, subtask: SubtaskName, limits: ActionLimits, period: Duration
  ) -> Action {
    guard let state = reading.simulatedState,
      let transfer = task.transfer(for: subtask, in: SceneState(state))
    else { return .hold }
    if subtask != self.subtask {
      self.subtask = subtask
      let hand = reading.proprioception.endEffectorPose.position
      // Someone else may have taken the object already.
      let isHeld = holds(transfer.object, reading, SceneState(state))
      enter(isHeld ? .lift : .approach, hand)
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

  /// Those of the subtasks that the person could do from here: the objects are in reach, and an
  /// object that is between the fingers is not let go of for another.
  public func feasible(_ available: [SubtaskName], in reading: SensorReading) -> [SubtaskName] {
    guard let state = reading.simulatedState else { return [] }
    let scene = SceneState(state)
    let transfers = available.compactMap { name in
      task.transfer(for: name, in: scene).map { (name: name, transfer: $0) }
    }.filter { Self.isReachable($0.transfer.grasp) }
    let held = transfers.filter { holds($0.transfer.object, reading, scene) }
    return (held.isEmpty ? transfers : held).map(\.name)
  }

  /// What has fallen from the table, or rolled away, is out of reach.
  private static func isReachable(_ place: Vector3) -> Bool {
    place.z > -0.01 && (0.2...0.7).contains(place.x) && abs(place.y) < 0.42
  }

  private func holds(_ object: String, _ reading: SensorReading, _ scene: SceneState) -> Bool {
    let feeling = reading.proprioception
    return task.heldObject(
      in: scene, hand: feeling.endEffectorPose.position, gripperOpening: feeling.gripperOpening)
      == object
  }

  /// One of the subtasks, as the person fancies; nil when there is none.
  public mutating func choose(from available: [SubtaskName]) -> SubtaskName? {
    available.isEmpty
      ? nil : available[Int.random(in: 0..<available.count, using: &random)]
  }

  /// All subtasks that are still to come, in an order that the person fancies and the task allows.
  ///
  /// - Parameters:
  ///   - first: Those that can be done now.
  ///   - completed: Those that are done.
  /// - Returns: Empty where none can be done now.
  public mutating func order(
    from first: [SubtaskName], after completed: [SubtaskName]
  ) -> [SubtaskName] {
    var order: [SubtaskName] = []
    var next = choose(from: first)
    while let chosen = next, order.count < task.description.subtasks.count {
      order.append(chosen)
      next = choose(from: task.available(after: completed + order))
    }
    return order
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

  /// Whether a way down still leads down.
  private struct Descent: Hashable {
    /// After this many steps that brought the hand no nearer a person sees that it goes no further.
    static let patience = 15
    private var nearest = Double.infinity
    private var steps = 0

    var isStuck: Bool { steps > Self.patience }

    /// What is left of it after another step, m.
    mutating func follow(_ distance: Double) {
      if distance < nearest - 0.002 {
        nearest = distance
        steps = 0
      } else {
        steps += 1
      }
    }
  }

  private mutating func advance(_ view: View) {
    let before = phase
    switch phase {
    case .descend: descent.follow((view.transfer.grasp - view.hand).length)
    case .lower: descent.follow(abs(view.remaining.z))
    default: break
    }
    let next = self.next(view)
    if next != before { enter(next, view.hand) }
    notice(view)
  }

  private func next(_ view: View) -> Phase {
    let toGrasp = view.transfer.grasp - view.hand
    let above = Vector3(toGrasp.x, toGrasp.y, 0).length
    let aside = (Vector3(toGrasp.x, toGrasp.y, 0) + misjudged).length
    switch phase {
    case .approach:
      let isAbove = detour == nil && aside < 2 * skill.precision
      let isTurned = !isTurning(to: view) || abs(yawError(in: view)) < 0.08
      return isAbove && isTurned && isOpenEnough(view) ? .descend : phase
    case .descend:
      let isDown = abs(toGrasp.z) < skill.precision && above < skill.graspTolerance
      if isDown || toGrasp.length < skill.precision + 0.002 { return .grasp(0) }
      // What is in the way is not pushed down: from above it may look otherwise.
      return above > 0.05 || descent.isStuck ? .approach : phase
    case .grasp(let steps):
      // By then the fingers press; more would be time in which nothing can be seen to happen.
      return steps < 5 ? .grasp(steps + 1) : .lift
    case .lift:
      if !view.isHeld { return .approach }
      return view.object.z > min(view.carryHeight, 0.12) - 0.02 ? .carry : phase
    case .carry:
      if !view.isHeld { return .approach }
      let remaining = view.remaining + misjudged
      let isAbove = Vector3(remaining.x, remaining.y, 0).length < skill.precision
      return detour == nil && isAbove ? .lower : phase
    case .lower:
      if !view.isHeld { return .approach }
      // An object that was not taken at its middle may hang too high when the fingers meet the table.
      return abs(view.remaining.z) < skill.precision || descent.isStuck ? .release(0) : phase
    case .release(let steps):
      return steps < 4 ? .release(steps + 1) : .retreat
    case .retreat:
      return view.hand.z > view.object.z + 0.10 ? .approach : phase
    }
  }

  /// Begins a phase, with the mistakes that the person will make in it.
  private mutating func enter(_ next: Phase, _ hand: Vector3) {
    phase = next
    descent = Descent()
    guard next == .approach || next == .carry else { return }
    detour = happens(skill.detours) ? place(near: hand) : nil
    misjudged = .zero
    if happens(skill.misjudgements) {
      misjudged = Vector3(normal(), normal(), 0) * skill.misjudgement
    }
    turns = !happens(skill.unturned)
    willSlip = next == .carry && happens(skill.slips)
  }

  /// What the person sees on the way: that they have come by, or that they aimed beside the goal.
  private mutating func notice(_ view: View) {
    if let wish = detour, (wish - view.hand).length < 0.03 { detour = nil }
    let isNear =
      switch phase {
      case .descend: view.hand.z - view.transfer.grasp.z < 0.05
      case .lower: -view.remaining.z < 0.045
      default: false
      }
    if isNear { misjudged = .zero }
  }

  private mutating func happens(_ share: Double) -> Bool {
    share > 0 && Double.random(in: 0..<1, using: &random) < share
  }

  /// A place where the hand can pass without touching anything.
  private mutating func place(near hand: Vector3) -> Vector3 {
    func near(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      min(
        max(value + .random(in: -0.12...0.12, using: &random), range.lowerBound),
        range.upperBound)
    }
    return Vector3(near(hand.x, 0.28...0.6), near(hand.y, -0.3...0.3), near(hand.z, 0.17...0.3))
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
      if let detour { return (detour - view.hand, opening) }
      let height = view.transfer.grasp.z + 0.09 - view.hand.z
      let above = Vector3(toGrasp.x, toGrasp.y, 0) + misjudged
      // Low above the table the hand first rises, so that it knocks nothing over.
      return (height > 0.05 ? Vector3(0, 0, height) : Vector3(above.x, above.y, height), opening)
    case .descend: return (toGrasp + misjudged, opening)
    case .grasp: return (.zero, .close)
    case .lift:
      return (Vector3(0, 0, view.carryHeight - view.object.z + 0.01), .hold)
    case .carry:
      if let detour { return (detour - view.hand, willSlip ? .open : .hold) }
      let remaining = view.remaining + misjudged
      let isDropped = willSlip && Vector3(remaining.x, remaining.y, 0).length < 0.12
      return (
        Vector3(remaining.x, remaining.y, view.carryHeight - view.object.z),
        isDropped ? .open : .hold
      )
    case .lower: return (view.remaining + misjudged, .hold)
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

  /// Whether the person turns the hand to the object now; to what has no quarter turns always.
  private func isTurning(to view: View) -> Bool {
    (phase == .approach || phase == .descend)
      && (turns || view.transfer.yawSymmetry > .pi / 2 + 0.01)
  }

  /// Keeps the hand upright, and turns it to the object on the way there.
  private func turn(in view: View, _ limits: ActionLimits) -> Vector3 {
    let down = view.orientation.rotate(Vector3(0, 0, 1))
    // The axis and the sine of the angle between where the hand points and straight down.
    let tilt = Vector3(-down.y, down.x, 0) * 3
    var yaw = 0.0
    if isTurning(to: view) { yaw = 2.5 * yawError(in: view) }
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

package import RobotData

/// How keys become motion.
package struct MotionSettings: Hashable, Sendable {
  /// How long one press of a key moves the robot.
  package var tap = Duration.milliseconds(150)
  /// How long each repetition of a key that is held down moves it. Longer than the interval at
  /// which terminals repeat (30 to 50 ms), so that the motion is steady; short, because it is what
  /// passes between letting go and standing still.
  package var hold = Duration.milliseconds(180)
  /// A key that comes again within this time is held down: terminals wait up to 0.66 s before
  /// they repeat.
  package var repeatDelay = Duration.milliseconds(700)
  /// How long the gripper is told to open or to close.
  package var grip = Duration.milliseconds(1_000)
  /// How often an input is sent anew while it lasts.
  package var interval = Duration.milliseconds(50)
  /// The shares of the robot's greatest speed that can be chosen.
  package var speeds = [0.1, 0.25, 0.5, 1.0]

  /// The settings that the console starts with.
  package init() {}
}

/// Turns single key presses into motion that ends when the keys do: a terminal tells of presses
/// only, never of a key that is let go. Devices with axes tell both, and are obeyed until they rest.
package struct Motion: Hashable, Sendable {
  /// A direction of motion.
  package struct Direction: Hashable, Sendable {
    /// 0 to 2 along x, y, z; 3 to 5 around them.
    package var axis: Int
    /// +1 or -1.
    package var sign: Double
  }

  private struct Press: Hashable, Sendable {
    var sign: Double
    var at: FleetInstant
    var until: FleetInstant
  }

  private struct Grip: Hashable, Sendable {
    var command: GripperCommand
    var until: FleetInstant
  }

  package let settings: MotionSettings
  private var presses: [Int: Press] = [:]
  private var deflections: [SteeringDevice: Deflection] = [:]
  /// Devices that must come to rest before they move anything: whoever pushes one while a robot is
  /// handed over does not mean that robot.
  private var unrested: Set<SteeringDevice> = []
  private var grip: Grip?
  /// What the gripper was told last.
  package private(set) var lastGrip = GripperCommand.hold
  /// Which of `settings.speeds` is chosen.
  package private(set) var speedIndex = 2
  private var lastSent: FleetInstant?
  /// Whether the last thing that was sent moves the robot.
  package private(set) var isMoving = false

  /// Standing still.
  package init(_ settings: MotionSettings = MotionSettings()) { self.settings = settings }

  /// The chosen share of the greatest speed.
  package var speed: Double { settings.speeds[speedIndex] }

  /// A key of this direction was pressed, or repeated by the terminal.
  package mutating func press(_ direction: Direction, at now: FleetInstant) {
    let before = presses[direction.axis]
    let isHeld =
      before.map { $0.sign == direction.sign && now - $0.at <= settings.repeatDelay } ?? false
    presses[direction.axis] = Press(
      sign: direction.sign, at: now, until: now + (isHeld ? settings.hold : settings.tap))
    lastSent = nil
  }

  /// A device with axes is pushed so far, until it says otherwise.
  package mutating func push(_ device: SteeringDevice, _ deflection: Deflection) {
    if deflection.isRest { unrested.remove(device) }
    // A new push, and the end of one, are sent at once; what lies between keeps the interval.
    if isPushed != (isPushed(by: device, deflection)) { lastSent = nil }
    deflections[device] = deflection.isRest ? nil : deflection
  }

  /// Whether a device that moves something is pushed.
  package var isPushed: Bool { !pushes.isEmpty }

  private var pushes: [Deflection] {
    deflections.filter { !unrested.contains($0.key) }.map(\.value)
  }

  private func isPushed(by device: SteeringDevice, _ deflection: Deflection) -> Bool {
    !deflection.isRest && !unrested.contains(device)
      || deflections.contains { $0.key != device && !unrested.contains($0.key) }
  }

  /// The gripper's key was pressed: closes what is open, and opens what is closed.
  package mutating func pressGripper(isOpen: Bool, at now: FleetInstant) {
    let command: GripperCommand
    switch lastGrip {
    case .close: command = .open
    case .open: command = .close
    case .hold: command = isOpen ? .close : .open
    }
    lastGrip = command
    grip = Grip(command: command, until: now + settings.grip)
    lastSent = nil
  }

  /// Another speed; `by` counts steps.
  package mutating func changeSpeed(by steps: Int) {
    speedIndex = min(max(speedIndex + steps, 0), settings.speeds.count - 1)
  }

  /// Stands still at once, and forgets what the gripper was told.
  package mutating func stop() {
    presses = [:]
    unrested = Set(deflections.keys)
    grip = nil
    lastGrip = .hold
    lastSent = nil
    isMoving = false
  }

  /// What is to be sent now: an input while keys last, one hold after them, and nothing while
  /// nothing was pressed.
  package mutating func due(_ limits: ActionLimits, at now: FleetInstant) -> Action? {
    presses = presses.filter { now - $0.value.at <= settings.repeatDelay }
    if let running = grip, running.until <= now { grip = nil }
    guard presses.values.contains(where: { now < $0.until }) || grip != nil || isPushed else {
      lastSent = nil
      defer { isMoving = false }
      return isMoving ? .hold : nil
    }
    if let lastSent, now - lastSent < settings.interval { return nil }
    lastSent = now
    isMoving = true
    return action(limits, at: now)
  }

  private func action(_ limits: ActionLimits, at now: FleetInstant) -> Action {
    func value(_ axis: Int, _ greatest: Double) -> Double {
      guard let press = presses[axis], now < press.until else { return 0 }
      return press.sign * greatest * speed
    }
    var linear = Vector3(
      value(0, limits.linearSpeed), value(1, limits.linearSpeed), value(2, limits.linearSpeed))
    var angular = Vector3(
      value(3, limits.angularSpeed), value(4, limits.angularSpeed), value(5, limits.angularSpeed))
    for push in pushes {
      linear = linear + push.linear * (limits.linearSpeed * speed)
      angular = angular + push.angular * (limits.angularSpeed * speed)
    }
    return Action(
      twist: Twist(
        linear: linear.limited(to: limits.linearSpeed),
        angular: angular.limited(to: limits.angularSpeed)), gripper: grip?.command ?? .hold)
  }
}

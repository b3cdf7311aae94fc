/// What the gripper is told in one step: PATO's three classes.
public enum GripperCommand: UInt8, Hashable, Sendable, CaseIterable {
  /// Keep the fingers where they are.
  case hold = 0
  /// Move the fingers apart.
  case open = 1
  /// Move the fingers together.
  case close = 2
}

/// What a robot is told to do during one control period: an end effector velocity and a
/// gripper command.
public struct Action: Hashable, Sendable {
  /// The wished velocity of the end effector, in the robot's base frame.
  public var twist: Twist
  /// What the gripper does.
  public var gripper: GripperCommand

  /// An action of these parts.
  public init(twist: Twist, gripper: GripperCommand) {
    self.twist = twist
    self.gripper = gripper
  }

  /// Stand still, gripper as it is.
  public static let hold = Action(twist: .zero, gripper: .hold)

  /// Whether every number is finite; anything else must never reach a robot.
  public var isFinite: Bool { twist.isFinite }

  /// The action as numbers, `[7]`: linear velocity (m/s), angular velocity (rad/s), and the
  /// gripper as -1 (close), 0 (hold) or +1 (open).
  public var components: [Double] {
    let grip: Double =
      switch gripper {
      case .hold: 0
      case .open: 1
      case .close: -1
      }
    return twist.linear.components + twist.angular.components + [grip]
  }
}

/// The fastest that a robot may be driven.
public struct ActionLimits: Hashable, Sendable {
  /// Greatest linear speed of the end effector, m/s.
  public var linearSpeed: Double
  /// Greatest angular speed of the end effector, rad/s.
  public var angularSpeed: Double
  /// Greatest change of the linear speed in one second, m/s²: what makes a hand-over bumpless.
  public var linearAcceleration: Double
  /// Greatest change of the angular speed in one second, rad/s².
  public var angularAcceleration: Double

  /// Limits of these values.
  public init(
    linearSpeed: Double, angularSpeed: Double, linearAcceleration: Double,
    angularAcceleration: Double
  ) {
    self.linearSpeed = linearSpeed
    self.angularSpeed = angularSpeed
    self.linearAcceleration = linearAcceleration
    self.angularAcceleration = angularAcceleration
  }

  /// `action`, no faster than the limits, and no further from `previous` than one control
  /// period of `period` allows.
  public func limit(_ action: Action, after previous: Twist, period: Duration) -> Action {
    let seconds = period.inSeconds
    let linear = action.twist.linear.limited(to: linearSpeed)
    let angular = action.twist.angular.limited(to: angularSpeed)
    let twist = Twist(
      linear: previous.linear
        + (linear - previous.linear).limited(to: linearAcceleration * seconds),
      angular: previous.angular
        + (angular - previous.angular).limited(to: angularAcceleration * seconds))
    return Action(twist: twist, gripper: action.gripper)
  }
}

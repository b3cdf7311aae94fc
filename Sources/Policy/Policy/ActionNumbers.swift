internal import RealModule
public import RobotData

/// An action as networks give it: six standardised velocities, then three logits of the gripper, in
/// the order of `GripperCommand`'s raw values.
public enum ActionNumbers {
  /// Numbers of an action, [9].
  public static let count = 9
  /// Where the velocities lie: linear, then angular.
  public static let velocities = 0..<6
  /// Where the gripper's logits lie.
  public static let gripper = 6..<9

  /// The action that an ensemble means: the mean of its velocities, and the gripper command that is
  /// likeliest on average.
  ///
  /// - Parameters:
  ///   - members: Each member's numbers, [9]; one member at least.
  ///   - normalisation: What the velocities were standardised with.
  /// - Returns: In SI units.
  public static func action(
    _ members: [[Float]], _ normalisation: PolicyManifest.Normalisation
  ) -> Action {
    let twist = velocities.map { index in
      let mean = members.reduce(0) { $0 + $1[index] } / Float(members.count)
      return Double(mean * normalisation.actionDeviation[index] + normalisation.actionMean[index])
    }
    return Action(
      twist: Twist(
        linear: Vector3(twist[0], twist[1], twist[2]),
        angular: Vector3(twist[3], twist[4], twist[5])),
      gripper: gripperCommand(members))
  }

  /// What the risk network is asked about: the mean of an ensemble's standardised velocities, and its
  /// gripper command as a one-hot.
  ///
  /// - Parameter members: Each member's numbers, [9]; one member at least.
  /// - Returns: [9].
  public static func riskInput(_ members: [[Float]]) -> [Float] {
    let command = gripperCommand(members)
    return velocities.map { index in
      members.reduce(0) { $0 + $1[index] } / Float(members.count)
    } + GripperCommand.allCases.map { $0 == command ? 1 : 0 }
  }

  /// The action as the networks would give it, for training: standardised velocities and the
  /// gripper's one-hot.
  ///
  /// - Parameters:
  ///   - action: In SI units.
  ///   - normalisation: What the velocities are standardised with.
  /// - Returns: [9].
  public static func values(
    of action: Action, _ normalisation: PolicyManifest.Normalisation
  ) -> [Float] {
    let twist = action.twist.linear.components + action.twist.angular.components
    let scaled = zip(velocities, twist).map { index, value in
      (Float(value) - normalisation.actionMean[index]) / normalisation.actionDeviation[index]
    }
    return scaled + GripperCommand.allCases.map { $0 == action.gripper ? 1 : 0 }
  }

  /// The class of the greatest mean softmax; the first where several are equal.
  private static func gripperCommand(_ members: [[Float]]) -> GripperCommand {
    var shares = [Float](repeating: 0, count: gripper.count)
    for member in members {
      let logits = member[gripper]
      let highest = logits.max() ?? 0
      let weights = logits.map { Float.exp($0 - highest) }
      let sum = weights.reduce(0, +)
      for index in shares.indices { shares[index] += weights[index] / sum }
    }
    let best = shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }
    return GripperCommand(rawValue: UInt8(best)) ?? .hold
  }
}

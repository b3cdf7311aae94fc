public import RobotData

/// The part of proprioception that policies see, in SI units, before it is standardised.
///
/// | index | what |
/// |---|---|
/// | 0..<3 | position of the end effector, m |
/// | 3..<9 | the first two columns of its rotation matrix (continuous, unlike a quaternion) |
/// | 9 | gripper opening, 0 to 1 |
/// | 10..<13 | linear velocity, m/s |
/// | 13..<16 | angular velocity, rad/s |
public enum ProprioceptionFeatures {
  /// How many numbers there are.
  public static let count = 16
  /// Where the end effector's position lies: what the task uncertainty is measured on.
  public static let position = 0..<3
  /// Where its orientation lies.
  public static let orientation = 3..<9
  /// Where the end effector's velocities lie.
  public static let velocities = 10..<16

  /// The features of a reading.
  ///
  /// - Parameter reading: What the robot feels.
  /// - Returns: [16].
  public static func values(of reading: Proprioception) -> [Float] {
    let (p, q) = (reading.endEffectorPose.position, reading.endEffectorPose.orientation)
    let columns = [
      1 - 2 * (q.y * q.y + q.z * q.z), 2 * (q.x * q.y + q.w * q.z), 2 * (q.x * q.z - q.w * q.y),
      2 * (q.x * q.y - q.w * q.z), 1 - 2 * (q.x * q.x + q.z * q.z), 2 * (q.y * q.z + q.w * q.x),
    ]
    let twist = reading.endEffectorTwist
    let all =
      p.components + columns + [reading.gripperOpening] + twist.linear.components
      + twist.angular.components
    return all.map(Float.init)
  }
}

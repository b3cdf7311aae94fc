/// An action as networks give it: six standardised velocities, then three logits of the gripper, in
/// the order of `GripperCommand`'s raw values.
public enum ActionNumbers {
  /// Numbers of an action, [9].
  public static let count = 9
  /// Where the velocities lie: linear, then angular.
  public static let velocities = 0..<6
  /// Where the gripper's logits lie.
  public static let gripper = 6..<9
}

internal import RobotData

extension GripperCommand {
  /// The class of a number: above 0.5 open, below -0.5 close.
  init(_ number: Double) { self = number > 0.5 ? .open : number < -0.5 ? .close : .hold }
}

extension Action {
  /// Of seven numbers: m/s, rad/s, gripper.
  init(_ numbers: ArraySlice<Double>) {
    let all = Array(numbers)
    self.init(
      twist: Twist(
        linear: Vector3(all[0], all[1], all[2]), angular: Vector3(all[3], all[4], all[5])),
      gripper: GripperCommand(all[6]))
  }
}

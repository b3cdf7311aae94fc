internal import CMuJoCo
internal import RobotData

/// Turns a wished velocity of the end effector into joint targets: resolved-rate control with
/// damped least squares (Nakamura and Hanafusa 1986), q̇ = Jᵀ (J Jᵀ + λ² I)⁻¹ v.
struct CartesianController {
  /// λ: near a singular pose the arm moves slower instead of faster.
  static let damping = 0.03
  /// The fastest that a joint is driven, rad/s.
  static let jointSpeed = 2.5

  let site: Int
  /// For each joint: its place in qpos, in qvel, its actuator, and its range, rad.
  let joints: [Joint]
  /// What the joints are told to be, rad.
  private(set) var targets: [Double]
  private let scratch = Scratch()

  struct Joint {
    var position: Int
    var velocity: Int
    var actuator: Int
    var range: ClosedRange<Double>
  }

  init(site: Int, joints: [Joint]) {
    self.site = site
    self.joints = joints
    targets = [Double](repeating: 0, count: joints.count)
  }

  /// Begins at the present joint angles.
  mutating func begin(_ physics: Physics) {
    targets = joints.map { physics.data.pointee.qpos[$0.position] }
  }

  /// Moves the targets by one step of the physics. Nothing is allocated: this runs hundreds of
  /// times for each second of each robot.
  mutating func drive(_ twist: Twist, _ physics: Physics) {
    let freedoms = Int(physics.model.pointee.nv)
    let count = joints.count
    let memory = scratch.numbers(6 * freedoms + 6 * count + 42 + 6 + count)
    let jacobian = memory
    let rows = jacobian + 6 * freedoms
    let system = rows + 6 * count
    let weights = system + 42
    let speeds = weights + 6
    for index in 0..<(6 * freedoms) { jacobian[index] = 0 }
    mj_jacSite(physics.model, physics.data, jacobian, jacobian + 3 * freedoms, Int32(site))
    for row in 0..<6 {
      for joint in 0..<count {
        rows[row * count + joint] = jacobian[row * freedoms + joints[joint].velocity]
      }
    }
    for a in 0..<6 {
      for b in 0..<6 {
        var sum = 0.0
        for joint in 0..<count { sum += rows[a * count + joint] * rows[b * count + joint] }
        system[a * 7 + b] = sum
      }
    }
    for index in 0..<6 { system[index * 8] += Self.damping * Self.damping }
    let (linear, angular) = (twist.linear, twist.angular)
    (system[6], system[13], system[20]) = (linear.x, linear.y, linear.z)
    (system[27], system[34], system[41]) = (angular.x, angular.y, angular.z)
    Self.solve(system, into: weights)
    var fastest = 0.0
    for joint in 0..<count {
      var sum = 0.0
      for row in 0..<6 { sum += rows[row * count + joint] * weights[row] }
      speeds[joint] = sum
      fastest = max(fastest, abs(sum))
    }
    for (index, joint) in joints.enumerated() {
      var speed = speeds[index]
      if fastest > Self.jointSpeed { speed = speed * Self.jointSpeed / fastest }
      let next = targets[index] + speed * physics.timestep
      targets[index] = min(max(next, joint.range.lowerBound), joint.range.upperBound)
    }
  }

  /// Gives the targets to the actuators.
  func apply(to physics: Physics) {
    for (joint, target) in zip(joints, targets) {
      physics.data.pointee.ctrl[joint.actuator] = target
    }
  }

  /// Gaussian elimination with pivots; the damping keeps the matrix regular.
  ///
  /// - Parameters:
  ///   - rows: [6, 7], the matrix and the right side; overwritten.
  ///   - solution: [6].
  private static func solve(
    _ rows: UnsafeMutablePointer<Double>, into solution: UnsafeMutablePointer<Double>
  ) {
    for column in 0..<6 {
      var pivot = column
      for row in (column + 1)..<max(6, column + 1)
      where abs(rows[pivot * 7 + column]) < abs(rows[row * 7 + column]) { pivot = row }
      if pivot != column {
        for entry in 0..<7 {
          let kept = rows[column * 7 + entry]
          rows[column * 7 + entry] = rows[pivot * 7 + entry]
          rows[pivot * 7 + entry] = kept
        }
      }
      for row in (column + 1)..<max(6, column + 1) {
        let factor = rows[row * 7 + column] / rows[column * 7 + column]
        for entry in column...6 { rows[row * 7 + entry] -= factor * rows[column * 7 + entry] }
      }
    }
    for row in stride(from: 5, through: 0, by: -1) {
      var sum = rows[row * 7 + 6]
      for column in (row + 1)..<max(6, row + 1) { sum -= rows[row * 7 + column] * solution[column] }
      solution[row] = sum / rows[row * 7 + row]
    }
  }
}

/// Memory for numbers in between, kept from one step to the next. Belongs to one thread.
private final class Scratch {
  private var memory = UnsafeMutablePointer<Double>.allocate(capacity: 1)
  private var capacity = 1

  deinit { memory.deallocate() }

  /// At least `count` numbers, of any values.
  func numbers(_ count: Int) -> UnsafeMutablePointer<Double> {
    if capacity < count {
      memory.deallocate()
      memory = .allocate(capacity: count)
      capacity = count
    }
    return memory
  }
}

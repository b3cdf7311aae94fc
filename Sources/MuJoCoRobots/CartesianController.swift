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

  /// Moves the targets by one step of the physics.
  mutating func drive(_ twist: Twist, _ physics: Physics) {
    let freedoms = Int(physics.model.pointee.nv)
    var jacobian = [Double](repeating: 0, count: 6 * freedoms)
    jacobian.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      mj_jacSite(
        physics.model, physics.data, start, start + 3 * freedoms, Int32(site))
    }
    let rows = (0..<6).map { row in joints.map { jacobian[row * freedoms + $0.velocity] } }
    var normal = (0..<6).map { a in
      (0..<6).map { b in zip(rows[a], rows[b]).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    for index in 0..<6 { normal[index][index] += Self.damping * Self.damping }
    let wish = twist.linear.components + twist.angular.components
    let weights = Self.solve(normal, wish)
    var speeds = joints.indices.map { joint in
      (0..<6).reduce(0.0) { $0 + rows[$1][joint] * weights[$1] }
    }
    let fastest = speeds.map(abs).max() ?? 0
    if fastest > Self.jointSpeed { speeds = speeds.map { $0 * Self.jointSpeed / fastest } }
    for (index, joint) in joints.enumerated() {
      let next = targets[index] + speeds[index] * physics.timestep
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
  static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var rows = zip(matrix, right).map { $0 + [$1] }
    let count = rows.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in (column + 1)..<max(count, column + 1) {
        let factor = rows[row][column] / rows[column][column]
        for entry in column...count { rows[row][entry] -= factor * rows[column][entry] }
      }
    }
    var solution = [Double](repeating: 0, count: count)
    for row in stride(from: count - 1, through: 0, by: -1) {
      var sum = rows[row][count]
      for column in (row + 1)..<max(count, row + 1) { sum -= rows[row][column] * solution[column] }
      solution[row] = sum / rows[row][row]
    }
    return solution
  }
}

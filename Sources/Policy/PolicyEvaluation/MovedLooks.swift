internal import Foundation
public import MuJoCoRobots
internal import Numbers
internal import Policy
public import RobotData
public import TrainedPolicies

/// Looks at states moved outside the training data, made in the simulator: there a policy should
/// say that it is unsure of itself.
public struct MovedLooks {
  /// How a state is moved.
  enum Kind: String, CaseIterable {
    /// The hand goes to a corner of the workspace, at least `margin` from where it ever was.
    case handAway = "hand far away"
    /// The hand is tilted by 35 to 60 degrees.
    case handTilted = "hand tilted"
  }

  /// How far the hand is from where it ever was in the recording, m.
  static let margin = 0.08

  private let lower: Vector3
  private let upper: Vector3

  /// Of a policy whose training kept the hand between these corners, m.
  public init(lower: Vector3, upper: Vector3) {
    self.lower = lower
    self.upper = upper
  }

  /// What the policy says in moved states.
  ///
  /// - Parameters:
  ///   - policy: To be asked.
  ///   - robot: Simulated, with cameras.
  ///   - count: This many states of each kind.
  ///   - seed: Of scenes and movements.
  /// - Returns: One look a state.
  /// - Throws: `EvaluationError.notMoved`, and what the simulation or the policy throws.
  public func collect(
    _ policy: TrainedPolicy, _ robot: SimulatedRobot, count: Int, seed: UInt64
  ) throws -> [SituationLook] {
    var random = SplitMix64(seed: seed)
    var looks: [SituationLook] = []
    for kind in Kind.allCases {
      for _ in 0..<count {
        try robot.reset(seed: random.next())
        switch kind {
        case .handAway: try goAway(robot, &random)
        case .handTilted: try tilt(robot, &random)
        }
        let sight = PolicySight(reading: try robot.observe(), subtask: nil)
        let analysis = try policy.analyse([sight], seed: random.next())[0].get()
        looks.append(
          SituationLook(.unfamiliar, visit: kind.rawValue, PolicyAnalysisFigures(analysis)))
      }
    }
    return looks
  }

  /// Drives until the hand is outside the box in at least one direction.
  private func goAway(_ robot: SimulatedRobot, _ random: inout SplitMix64) throws {
    let speed = robot.description.limits.linearSpeed
    let side: Double = Bool.random(using: &random) ? 1 : -1
    let aims = [
      Vector3(0.25, side * 0.40, 0.42), Vector3(0.66, side * 0.40, 0.40),
      Vector3(0.45, side * 0.40, 0.45), Vector3(0.24, side * 0.1, 0.44),
    ]
    let aim = aims[Int.random(in: 0..<aims.count, using: &random)]
    for _ in 0..<60 {
      let hand = try robot.observe().proprioception.endEffectorPose.position
      if distanceOutside(hand) > Self.margin { return }
      let way = ((aim - hand) * 3).limited(to: speed)
      _ = try robot.apply(Action(twist: Twist(linear: way, angular: .zero), gripper: .hold))
    }
    throw EvaluationError.notMoved(margin: Self.margin)
  }

  private func distanceOutside(_ hand: Vector3) -> Double {
    func outside(_ at: Double, _ low: Double, _ high: Double) -> Double {
      max(low - at, at - high, 0)
    }
    return Vector3(
      outside(hand.x, lower.x, upper.x), outside(hand.y, lower.y, upper.y),
      outside(hand.z, lower.z, upper.z)
    ).length
  }

  private func tilt(_ robot: SimulatedRobot, _ random: inout SplitMix64) throws {
    let direction = Double.random(in: 0..<2 * .pi, using: &random)
    let speed = robot.description.limits.angularSpeed * 0.9
    let turn = Vector3(cos(direction), sin(direction), 0) * speed
    let angle = Double.random(in: 0.6...1.05, using: &random)
    let steps = Int(saturating: (angle / (speed * robot.description.period.inSeconds)).rounded(.up))
    for _ in 0..<steps {
      _ = try robot.apply(Action(twist: Twist(linear: .zero, angular: turn), gripper: .hold))
    }
  }
}

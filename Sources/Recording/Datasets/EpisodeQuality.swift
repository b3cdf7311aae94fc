public import RobotData

/// Measures by which bad demonstrations are found without watching them.
public struct EpisodeQuality: Hashable, Sendable, Codable {
  /// Steps measured.
  public var steps = 0
  /// From the first to the last capture, s.
  public var seconds = 0.0
  /// Mean length of the second derivative of the end effector's velocity, m/s³.
  public var jerk = 0.0
  /// Part of the steps in which the robot was told neither to move nor to grip.
  public var idleShare = 0.0
  /// Part of the steps of which the robot's loop began late.
  public var deadlineMissShare = 0.0
  /// Mean task uncertainty over the steps that a policy looked at; nil where none did.
  public var meanTaskUncertainty: Double?
  /// Greatest task uncertainty.
  public var maxTaskUncertainty: Double?
  /// Mean policy uncertainty over the steps that a policy looked at.
  public var meanPolicyUncertainty: Double?
  /// Greatest policy uncertainty.
  public var maxPolicyUncertainty: Double?
  /// How far the duration lies from the median of its task, in standard deviations estimated
  /// from the median deviation; 0 where all take equally long.
  public var durationScore = 0.0

  /// Beyond this a duration is an outlier (Iglewicz and Hoaglin's limit of the modified z-score).
  public static let outlierScore = 3.5

  /// Whether the episode took unusually long, or was unusually short.
  public var isDurationOutlier: Bool { abs(durationScore) > Self.outlierScore }

  /// Of an episode without steps.
  public init() {}
}

/// What quality is measured from: a step without its pictures.
public struct StepOutline: Hashable, Sendable {
  /// When the sensors were read.
  public var captureTime: WallTime
  /// Who moved the robot.
  public var author: Author
  /// What the robot did.
  public var executedAction: Action
  /// How fast the end effector was, m/s.
  public var velocity: Vector3
  /// What a policy said of its confidence.
  public var uncertainty: Uncertainty?
  /// Whether the robot's loop began late.
  public var isLate: Bool

  /// An outline of these parts.
  public init(
    captureTime: WallTime, author: Author, executedAction: Action, velocity: Vector3,
    uncertainty: Uncertainty?, isLate: Bool
  ) {
    self.captureTime = captureTime
    self.author = author
    self.executedAction = executedAction
    self.velocity = velocity
    self.uncertainty = uncertainty
    self.isLate = isLate
  }
}

/// Measures an episode while its steps go by.
public struct QualityMeter: Sendable {
  /// Slower than this is standing still, m/s and rad/s.
  public static let stillness = 1e-3

  private let period: Double
  private var count = 0
  private var first: WallTime?
  private var last: WallTime?
  private var (idle, late, known) = (0, 0, 0)
  private var (jerkSum, jerkCount) = (0.0, 0)
  private var (taskSum, taskMax, policySum, policyMax) = (
    0.0, -Double.infinity, 0.0, -Double.infinity
  )
  private var velocities: [Vector3] = []

  /// For a robot with this many control periods in a second.
  public init(rate: Double) { period = 1 / rate }

  /// Takes the next step.
  public mutating func add(_ step: StepOutline) {
    count += 1
    first = first ?? step.captureTime
    last = step.captureTime
    let twist = step.executedAction.twist
    if twist.linear.length < Self.stillness, twist.angular.length < Self.stillness,
      step.executedAction.gripper == .hold
    {
      idle += 1
    }
    if step.isLate { late += 1 }
    if let uncertainty = step.uncertainty {
      known += 1
      taskSum += uncertainty.task
      taskMax = max(taskMax, uncertainty.task)
      policySum += uncertainty.policy
      policyMax = max(policyMax, uncertainty.policy)
    }
    velocities.append(step.velocity)
    if velocities.count == 3 {
      let second = velocities[2] - velocities[1] - (velocities[1] - velocities[0])
      jerkSum += second.length / (period * period)
      jerkCount += 1
      velocities.removeFirst()
    }
  }

  /// The measures so far; `durationScore` needs the other episodes.
  public var quality: EpisodeQuality {
    var result = EpisodeQuality()
    result.steps = count
    guard count > 0, let first, let last else { return result }
    result.seconds = (last - first).inSeconds
    result.jerk = jerkCount > 0 ? jerkSum / Double(jerkCount) : 0
    result.idleShare = Double(idle) / Double(count)
    result.deadlineMissShare = Double(late) / Double(count)
    guard known > 0 else { return result }
    result.meanTaskUncertainty = taskSum / Double(known)
    result.maxTaskUncertainty = taskMax
    result.meanPolicyUncertainty = policySum / Double(known)
    result.maxPolicyUncertainty = policyMax
    return result
  }
}

extension EpisodeQuality {
  /// How far each duration lies from the median, in estimated standard deviations.
  ///
  /// - Parameter durations: Of the episodes of one task, s.
  /// - Returns: A score for each, in their order.
  public static func durationScores(_ durations: [Double]) -> [Double] {
    let middle = median(durations)
    // 1.4826 times the median deviation estimates a normal distribution's standard deviation.
    let spread = 1.4826 * median(durations.map { abs($0 - middle) })
    return durations.map { spread > 0 ? ($0 - middle) / spread : 0 }
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
  }
}

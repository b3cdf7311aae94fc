public import Policy

/// Demonstrations of one task, ready to learn from: one row a step, episodes one after another.
public struct TrainingData: Sendable {
  /// One demonstration.
  public struct Episode: Hashable, Sendable {
    /// Its identifier in the recording.
    public var id: String
    /// Its steps.
    public var steps: Range<Int>
    /// Whether it is kept to measure on.
    public var isHeldOut: Bool
  }

  /// What the demonstrations come from.
  public struct Source: Hashable, Sendable {
    /// The recordings, by file name.
    public var recordings: [String] = []
    /// Their sessions.
    public var sessions: [String] = []
  }

  /// What the robot is.
  public let robot: PolicyManifest.Robot
  /// Where the demonstrations come from.
  public let source: Source
  /// The demonstrations.
  public let episodes: [Episode]
  /// What the cameras saw.
  public let pictures: PictureStore
  /// `ProprioceptionFeatures` [steps, 16], SI units.
  public let proprioception: [Float]
  /// What the demonstrator asked for [steps, 6], m/s and rad/s.
  public let velocities: [Float]
  /// Raw values of `GripperCommand` [steps].
  public let grippers: [Int]
  /// The subtask that was being done [steps], in hindsight: the one that the operator had chosen, or
  /// the next one chosen in the episode; -1 after the last.
  public let subtasks: [Int]
  /// Steps until the present subtask is done [steps]; 0 at its end and after the last.
  public let stepsToEnd: [Int]
  /// Whether the operator had more than one choice, and nothing shows yet what was chosen [steps].
  public let isBranch: [Bool]
  /// Whether a person drove, not a policy [steps].
  public let isHuman: [Bool]
  /// Where the objects were.
  public let objects: ObjectTargets
  /// Scenes that no demonstration went through, for the eye alone.
  public let scenes: Scenes

  /// Pictures of scenes that were laid out for the eye to learn from (`mallard scenes`).
  public struct Scenes: Sendable {
    /// What the cameras saw.
    public let pictures: PictureStore
    /// The objects, in the columns of the demonstrations' [scenes, columns].
    public let objects: [Float]
    /// `ProprioceptionFeatures` of the robot that stands in them [scenes, 16], SI units.
    public let proprioception: [Float]

    /// How many there are.
    public var count: Int { pictures.count }
  }

  /// How many steps there are.
  public var count: Int { grippers.count }
  /// Subtasks that the robot's task has.
  public var subtaskCount: Int { robot.subtasks.count }

  /// The steps of the episodes that are learnt from, or of those that are measured on.
  public func steps(heldOut: Bool) -> [Int] {
    episodes.filter { $0.isHeldOut == heldOut }.flatMap { Array($0.steps) }
  }

  /// Those of `steps(heldOut:)` in which a person drove: what a policy did is seen on the way, and not
  /// learnt from. All where no one did.
  public func demonstratedSteps(heldOut: Bool) -> [Int] {
    let all = steps(heldOut: heldOut)
    let human = all.filter { isHuman[$0] }
    return human.isEmpty ? all : human
  }

  /// Whether a step is a demonstrated one or may be the goal of one: all that networks behind the eye are
  /// shown.
  ///
  /// - Parameter horizon: H.
  /// - Returns: [steps].
  public func shownSteps(horizon: Int) -> [Bool] {
    var isShown = [Bool](repeating: false, count: count)
    let demonstrated = Set([false, true].flatMap { demonstratedSteps(heldOut: $0) })
    for episode in episodes {
      var reach = -1
      for step in episode.steps {
        if demonstrated.contains(step) { reach = step + horizon }
        isShown[step] = step <= reach
      }
    }
    return isShown
  }

  /// The step's goal: the state `horizon` steps ahead, or the episode's last.
  ///
  /// - Parameter horizon: H.
  /// - Returns: [steps].
  public func goals(horizon: Int) -> [Int] {
    var goals = [Int](repeating: 0, count: count)
    for episode in episodes {
      for step in episode.steps { goals[step] = min(step + horizon, episode.steps.upperBound - 1) }
    }
    return goals
  }

  /// The last step of each step's episode [steps].
  public var lastSteps: [Int] { goals(horizon: count) }

  /// Mean and standard deviation of columns over the steps that are learnt from; what does not vary
  /// keeps the deviation 1 and stays comparable.
  ///
  /// - Parameters:
  ///   - values: [steps, width].
  ///   - width: Numbers a step.
  /// - Returns: [width] each, deviations above zero.
  public func statistics(of values: [Float], width: Int) -> (mean: [Float], deviation: [Float]) {
    let steps = demonstratedSteps(heldOut: false)
    var (sum, squares) = (
      [Double](repeating: 0, count: width), [Double](repeating: 0, count: width)
    )
    for step in steps {
      for column in 0..<width { sum[column] += Double(values[step * width + column]) }
    }
    let count = Double(max(steps.count, 1))
    let mean = sum.map { $0 / count }
    for step in steps {
      for column in 0..<width {
        let difference = Double(values[step * width + column]) - mean[column]
        squares[column] += difference * difference
      }
    }
    let deviation = squares.map { ($0 / count).squareRoot() }
    return (mean.map { Float($0) }, deviation.map { $0 > 1e-6 ? Float($0) : 1 })
  }

  /// Numbers [steps, width] less their mean, over their deviation.
  public static func standardised(
    _ values: [Float], _ statistics: (mean: [Float], deviation: [Float])
  ) -> [Float] {
    let width = statistics.mean.count
    return values.indices.map { index in
      (values[index] - statistics.mean[index % width]) / statistics.deviation[index % width]
    }
  }
}

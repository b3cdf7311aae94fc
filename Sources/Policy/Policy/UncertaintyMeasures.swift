/// What PATO measures of samples and ensembles, in standardised units.
public enum UncertaintyMeasures {
  /// How far subgoals disagree: the mean over x, y and z of the standard deviation over samples of the
  /// end effector's standardised position (PATO, section 2).
  ///
  /// - Parameter positions: The standardised position of each sample.
  /// - Returns: Zero for none or one.
  public static func task(_ positions: [SIMD3<Float>]) -> Double {
    guard let first = positions.first else { return 0 }
    // About the first sample, so that samples that are all alike give zero and not a rounding.
    let origin = SIMD3<Double>(first)
    var (total, squares) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
    for position in positions {
      let difference = SIMD3<Double>(position) - origin
      total += difference
      squares += difference * difference
    }
    let count = Double(positions.count)
    let mean = total / count
    let variance = squares / count - mean * mean
    return (0..<3).reduce(0) { $0 + max(variance[$1], 0).squareRoot() } / 3
  }

  /// How far the subtasks disagree that subgoals were sampled for: `task(_:)` of the samples, each of
  /// which stands where those for its subtask are on average. By the law of total variance this is the
  /// part of the spread that lies between subtasks; what is left out lies within them, and says that a
  /// grasp may take a little longer, and not that it is open which subtask comes.
  ///
  /// - Parameters:
  ///   - positions: The standardised position of each sample, those for one subtask after one another.
  ///   - counts: How many are for each subtask, in their order, adding up to all.
  /// - Returns: Zero for one subtask.
  public static func task(_ positions: [SIMD3<Float>], ofSubtasks counts: [Int]) -> Double {
    var means: [SIMD3<Float>] = []
    means.reserveCapacity(positions.count)
    var start = positions.startIndex
    for count in counts where count > 0 {
      let own = positions[start..<start + count]
      let mean = own.reduce(into: SIMD3<Float>.zero) { $0 += $1 } / Float(count)
      means += repeatElement(mean, count: count)
      start += count
    }
    return task(means)
  }

  /// How far an ensemble disagrees: the mean over the six velocities of the standard deviation over
  /// members, averaged over the steps that will be executed.
  ///
  /// - Parameter members: For each member the actions of these steps, [steps][9].
  /// - Returns: Zero for no steps, and for one member.
  public static func policy(_ members: [[[Float]]]) -> Double {
    guard let steps = members.map(\.count).min(), steps > 0 else { return 0 }
    let sum = (0..<steps).reduce(0.0) { sum, step in
      sum
        + meanDeviation(
          over: members.map { $0[step] }, dimensions: ActionNumbers.velocities.count)
    }
    return sum / Double(steps)
  }

  /// The mean over the first `dimensions` numbers of their standard deviation over the vectors.
  private static func meanDeviation(over vectors: [[Float]], dimensions: Int) -> Double {
    guard vectors.count > 1 else { return 0 }
    var sum = 0.0
    for dimension in 0..<dimensions {
      // About the first vector, so that vectors that are all alike give zero and not a rounding.
      let origin = Double(vectors[0][dimension])
      var (total, squares) = (0.0, 0.0)
      for vector in vectors {
        let difference = Double(vector[dimension]) - origin
        total += difference
        squares += difference * difference
      }
      let mean = total / Double(vectors.count)
      sum += max(squares / Double(vectors.count) - mean * mean, 0).squareRoot()
    }
    return sum / Double(dimensions)
  }

  /// The gate in the manner of ThriftyDAgger as one number: above 1 where the state is novel or the
  /// risk too great.
  ///
  /// - Parameters:
  ///   - novelty: The flat ensemble's disagreement.
  ///   - risk: One less the chance of reaching the end of the subtask.
  ///   - thresholds: Above what each asks.
  /// - Returns: The larger of the two excesses; a huge number above a threshold of zero.
  public static func thrifty(
    novelty: Double, risk: Double, thresholds: PolicyManifest.Thresholds
  ) -> Double {
    func excess(_ value: Double, _ threshold: Double) -> Double {
      if value <= 0 {
        0
      } else if threshold > 0 {
        value / threshold
      } else {
        .greatestFiniteMagnitude
      }
    }
    return max(excess(novelty, thresholds.novelty), excess(risk, thresholds.risk))
  }
}

/// Which subtask each sample of a subgoal is for.
public enum SubtaskShares {
  /// Splits samples among subtasks as their chances say, without luck: sample i of n stands for the
  /// (i + ½)/n quantile of the subtasks in their order.
  ///
  /// - Parameters:
  ///   - samples: How many there are.
  ///   - chances: Of each subtask, adding up to 1.
  /// - Returns: Samples of each subtask, adding up to `samples`.
  public static func counts(of samples: Int, _ chances: [Double]) -> [Int] {
    var (counts, given, sum) = ([Int](), 0, 0.0)
    for (place, chance) in chances.enumerated() {
      sum += chance
      let isLast = place == chances.count - 1
      let end = isLast ? samples : Int((sum * Double(samples)).rounded())
      counts.append(max(min(end, samples) - given, 0))
      given += counts[place]
    }
    return counts
  }
}

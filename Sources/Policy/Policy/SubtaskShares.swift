internal import Numbers

/// Which subtask each sample of a subgoal is for.
public enum SubtaskShares {
  /// A subtask that is less likely than this share of the likeliest one is not sampled: that it is left
  /// over in one case of ten does not make a stretch a branch point, but a few samples for it, far away,
  /// would spread the others' positions as far as a true choice between two near ways.
  public static let leastShare = 0.25

  /// Splits samples among subtasks as their chances say, without luck: sample i of n stands for the
  /// (i + ½)/n quantile of the subtasks in their order.
  ///
  /// - Parameters:
  ///   - samples: How many there are.
  ///   - chances: Of each subtask, none below zero.
  /// - Returns: Samples of each subtask, adding up to `samples`; none where no subtask has a chance.
  public static func counts(of samples: Int, _ chances: [Double]) -> [Int] {
    let least = leastShare * (chances.max() ?? 0)
    let likely = chances.map { $0 >= least ? $0 : 0 }
    let whole = likely.reduce(0, +)
    guard whole > 0, let last = likely.lastIndex(where: { $0 > 0 }) else { return [] }
    var (counts, given, sum) = ([Int](), 0, 0.0)
    for (place, chance) in likely.enumerated() {
      sum += chance / whole
      let end = place >= last ? samples : Int(saturating: (sum * Double(samples)).rounded())
      counts.append(max(min(end, samples) - given, 0))
      given += counts[place]
    }
    return counts
  }
}

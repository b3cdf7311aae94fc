/// How fast the policy answered.
public struct PolicyTiming: Hashable, Sendable {
  /// Questions that were answered.
  public var answers = 0
  /// Answers that came later than the robot's control period after the question.
  public var late = 0
  /// Questions that were never looked at, because the robot's next one came before.
  public var overtaken = 0
  /// From question to answer, summed over all answers.
  public var total = Duration.zero
  /// The longest time from a question to its answer.
  public var slowest = Duration.zero

  /// Nothing was asked yet.
  public init() {}

  /// Takes in an answer that took so long for a robot of this control period.
  mutating func note(_ time: Duration, period: Duration) {
    answers += 1
    total += time
    slowest = max(slowest, time)
    if time > period { late += 1 }
  }
}

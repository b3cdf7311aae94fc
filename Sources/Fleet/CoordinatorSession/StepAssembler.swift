package import RobotData
package import Wire

/// Joins what a robot saw, which came first, with what it then did, which comes a moment later.
///
/// A robot that stands still refreshes its observation: the newest one is the one that its
/// outcome belongs to, because one link keeps the order. It is kept until the next one comes, for
/// an operator who takes the robot in between.
package struct StepAssembler: Sendable {
  private struct Sight {
    var observation: Observation
    var receivedAt: WallTime
  }

  private var newest: [RobotID: Sight] = [:]

  /// Knows no observation yet.
  package init() {}

  /// Keeps a robot's newest observation.
  package mutating func note(_ observation: Observation, from robot: RobotID, at received: WallTime)
  {
    newest[robot] = Sight(observation: observation, receivedAt: received)
  }

  /// The robot's newest observation, if it is of this step.
  package func observation(of robot: RobotID, episode: EpisodeID, step: Int) -> Observation? {
    guard let observation = newest[robot]?.observation, observation.episode == episode,
      observation.step == step
    else { return nil }
    return observation
  }

  /// The whole step, and when its observation arrived; nil if that observation never came: then
  /// the robot sends the step again, whole, when it is not acknowledged.
  package func join(
    _ outcome: StepOutcome, from robot: RobotID
  ) -> (record: StepRecord, receivedAt: WallTime)? {
    guard let kept = newest[robot], let record = outcome.joined(with: kept.observation) else {
      return nil
    }
    return (record, kept.receivedAt)
  }

  /// Forgets a robot that went away.
  package mutating func forget(_ robot: RobotID) { newest[robot] = nil }
}

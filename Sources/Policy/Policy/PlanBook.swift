public import RobotData

/// What a robot is to do over the next steps, as planned at the first of them.
public struct Plan: Hashable, Sendable {
  /// The episode.
  public var episode: EpisodeID
  /// The step whose observation it was planned on.
  public var firstStep: Int
  /// An action for this step and those that follow it without a gap; one at least.
  public var actions: [Action]
  /// How unsure the policy was when it planned.
  public var uncertainty: Uncertainty
  /// Where it means to go.
  public var subgoal: Subgoal?

  /// A plan of these parts.
  public init(
    episode: EpisodeID, firstStep: Int, actions: [Action], uncertainty: Uncertainty,
    subgoal: Subgoal?
  ) {
    self.episode = episode
    self.firstStep = firstStep
    self.actions = actions
    self.uncertainty = uncertainty
    self.subgoal = subgoal
  }

  /// What it says about a step; nil for a step that it does not reach.
  func decision(at step: Int) -> PolicyDecision? {
    let index = step - firstStep
    guard actions.indices.contains(index) else { return nil }
    return PolicyDecision(action: actions[index], uncertainty: uncertainty, subgoal: subgoal)
  }
}

/// The plans of all robots, and how far each has been carried out. A plan continues with the step after
/// the last one; any other step (the same again, because the robot stands and waits, or a later one,
/// because a question was overtaken) finds the robot elsewhere than the plan meant, and is planned anew.
public struct PlanBook: Hashable, Sendable {
  private struct Progress: Hashable {
    var plan: Plan
    var next: Int
  }

  private var entries: [RobotID: Progress] = [:]

  /// No plans.
  public init() {}

  /// Whether the decision on this step needs a new plan.
  public func needsPlan(for robot: RobotID, at step: Int) -> Bool {
    guard let entry = entries[robot] else { return true }
    return step != entry.next || entry.plan.decision(at: step) == nil
  }

  /// What the robot's plan says about a step, which it thereby carries out.
  ///
  /// - Parameters:
  ///   - robot: The robot.
  ///   - episode: The episode of the step.
  ///   - step: The step.
  /// - Returns: Nil where a new plan is needed.
  public mutating func next(for robot: RobotID, in episode: EpisodeID, at step: Int)
    -> PolicyDecision?
  {
    guard !needsPlan(for: robot, at: step), let entry = entries[robot],
      entry.plan.episode == episode, let decision = entry.plan.decision(at: step)
    else {
      entries[robot] = nil
      return nil
    }
    entries[robot]?.next = step + 1
    return decision
  }

  /// Writes down a new plan in the place of the robot's old one, and begins it.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - robot: Whose it is.
  /// - Returns: What it says about its first step; nil for a plan without actions.
  public mutating func begin(_ plan: Plan, for robot: RobotID) -> PolicyDecision? {
    entries[robot] = Progress(plan: plan, next: plan.firstStep + 1)
    return plan.decision(at: plan.firstStep)
  }

  /// Forgets the robot's plan.
  public mutating func forget(_ robot: RobotID) { entries[robot] = nil }
}

/// What came of one simulated fleet in the time of a study.
///
/// Shares are 0 to 1, times in s. A measure without cases (a latency where no one asked) is nil.
public struct StudyMeasures: Hashable, Sendable, Codable {
  /// Simulated time, s.
  public var seconds = 0.0
  /// Robots.
  public var robots = 0
  /// Episodes that ended with success: the demonstrations that were collected.
  public var demonstrations = 0
  /// Episodes that ended otherwise.
  public var failures = 0
  /// Demonstrations among the episodes that ended.
  public var successRate: Double?
  /// Share of the time in which the operator held a robot.
  public var operatorBusyShare = 0.0
  /// Share of the robots' time in which they waited for a person.
  public var idleShare = 0.0
  /// Requests for a person, by their reason's `StudyReason`.
  public var requests: [String: Int] = [:]
  /// Requests for each demonstration.
  public var requestsPerDemonstration: Double?
  /// Times that a person took a robot, asked or not.
  public var interventions = 0
  /// Times that a person took a robot unasked.
  public var unaskedInterventions = 0
  /// From a request to the first movement by a person, mean.
  public var handoverLatencyMean: Double?
  /// From a request to the first movement by a person: 95 of 100 are shorter.
  public var handoverLatency95: Double?
  /// Steps in which a person moved a robot, or let it rest while holding it.
  public var humanSteps = 0
  /// Of these, steps in which a person moved it: what ROHE calls human actions.
  public var humanActionSteps = 0
  /// Steps in which the policy moved a robot.
  public var policySteps = 0
  /// Share of `humanSteps` in all driven steps.
  public var humanStepShare: Double?
  /// Return on human effort (after Hoque et al. 2021, Fleet-DAgger, with a demonstration as the
  /// return and one operator): demonstrations / (1 + humanActionSteps) · 1000.
  public var returnOnHumanEffort = 0.0
  /// Changes of author a minute of each robot's time.
  public var handoversPerMinute = 0.0
  /// Changes between policy and person that took back the change before within 1 s, a minute of
  /// each robot's time: the policy asked within 1 s of getting control (episodes' beginnings left
  /// out), or a person let go within 1 s of getting it.
  public var chatterPerMinute = 0.0
  /// Passages of branch points that began while the policy drove.
  public var branchPassages = 0
  /// Share of these passages in which the policy asked.
  public var requestRateAtBranchPoints: Double?
  /// Steps of the policy away from branch points.
  public var familiarSteps = 0
  /// Requests for 100 steps of the policy away from branch points.
  public var requestRateOnFamiliarStretches: Double?
  /// Familiar stretches: from where the policy has control with no branch open, until a subtask
  /// is done, the policy asks, a person takes over, or the episode ends.
  public var stretches = 0
  /// Share of the stretches that ended in a request.
  public var stretchesAsked: Double?
  /// Of the stretches without a request, the share in which a subtask was done.
  public var stretchSuccess: Double?
  /// Subtasks that were done while the policy had control.
  public var policySubtasks = 0
  /// Subtasks that were done while a person had control.
  public var humanSubtasks = 0

  /// Nothing happened.
  public init() {}
}

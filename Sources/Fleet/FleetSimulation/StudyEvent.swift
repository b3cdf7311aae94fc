public import RobotData

/// What the measures of a study are made from: a simulated fleet tells everything that happens.
public enum StudyEvent: Hashable, Sendable {
  /// An episode began on a robot.
  case episodeStarted(RobotID)
  /// An episode ended.
  case episodeEnded(RobotID, EpisodeOutcome)
  /// Control of a robot changed.
  case handover(RobotID, from: Author, to: Author, HandoverCause)
  /// A robot asked for a person.
  case helpWanted(RobotID, HelpReason)
  /// A robot saw something new: whether a branch point is open or near, and the subtasks that are
  /// done.
  case observed(RobotID, isBranchPoint: Bool, completed: [SubtaskName])
  /// A robot went through one control period; `isMoving` unless it was told to stand still.
  case step(RobotID, Author, isMoving: Bool)
}

/// A kind of reason to ask, for counting.
public enum StudyReason: String, Hashable, Sendable, CaseIterable, Codable {
  /// Which way to go is unclear.
  case taskUncertainty
  /// The state is unfamiliar.
  case policyUncertainty
  /// The hand gets nowhere.
  case noProgress
  /// There is no policy.
  case unassisted
  /// Everything else: the policy failed, or someone went away.
  case other

  init(_ reason: HelpReason) {
    self =
      switch reason {
      case .taskUncertainty: .taskUncertainty
      case .policyUncertainty: .policyUncertainty
      case .noProgress: .noProgress
      case .unassisted: .unassisted
      case .policyFailed, .interrupted: .other
      }
  }
}

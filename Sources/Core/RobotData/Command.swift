/// What was known when a command was given; recorded with the step that it moved.
public struct StepAnnotation: Hashable, Sendable {
  /// Who moves the robot.
  public var author: Author
  /// Why this author has control: the cause of the last hand-over.
  public var cause: HandoverCause
  /// The policy's uncertainty for the observation answered, where a policy looked at it.
  public var uncertainty: Uncertainty?
  /// The subtask that the operator or the plan chose, where one was named.
  public var subtask: SubtaskName?

  /// An annotation of these parts.
  public init(
    author: Author, cause: HandoverCause, uncertainty: Uncertainty?, subtask: SubtaskName?
  ) {
    self.author = author
    self.cause = cause
    self.uncertainty = uncertainty
    self.subtask = subtask
  }
}

/// An order to a robot: one action, for one episode, for a short time.
public struct Command: Hashable, Sendable {
  /// Rises by at least one with every command to a robot; an endpoint refuses older ones.
  public var sequence: UInt64
  /// The episode that the command is for.
  public var episode: EpisodeID
  /// The step whose observation is answered; nil for human input that answers none.
  public var respondsTo: Int?
  /// How long after its arrival the command may be executed; after that the robot holds.
  public var validity: Duration
  /// What to do.
  public var action: Action
  /// What was known when the command was given.
  public var annotation: StepAnnotation

  /// A command of these parts.
  public init(
    sequence: UInt64, episode: EpisodeID, respondsTo: Int?, validity: Duration, action: Action,
    annotation: StepAnnotation
  ) {
    self.sequence = sequence
    self.episode = episode
    self.respondsTo = respondsTo
    self.validity = validity
    self.action = action
    self.annotation = annotation
  }
}

/// One control period of an episode: what was seen, what was asked, what was done, by whom.
public struct StepRecord: Hashable, Sendable {
  /// What the robot saw at the beginning of the period.
  public var observation: Observation
  /// What the author asked for; `Action.hold` where no one commanded.
  public var requestedAction: Action
  /// What the robot did, after its own limits.
  public var executedAction: Action
  /// The command that was executed; nil where none was valid and the robot held.
  public var commandSequence: UInt64?
  /// Who, and why.
  public var annotation: StepAnnotation
  /// Whether the robot's loop began this period late by more than a tenth of a period.
  public var isLate: Bool

  /// A record of these parts.
  public init(
    observation: Observation, requestedAction: Action, executedAction: Action,
    commandSequence: UInt64?, annotation: StepAnnotation, isLate: Bool
  ) {
    self.observation = observation
    self.requestedAction = requestedAction
    self.executedAction = executedAction
    self.commandSequence = commandSequence
    self.annotation = annotation
    self.isLate = isLate
  }
}

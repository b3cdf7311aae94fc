/// One run of a coordinator, as it is recorded.
public struct SessionRecord: Hashable, Sendable {
  /// The run.
  public var id: SessionID
  /// When it began.
  public var startedAt: WallTime
  /// The version of Mallard.
  public var software: String
  /// The policy's name; nil when the fleet is unassisted.
  public var policy: String?
  /// Whether robots wait for each answer instead of pacing themselves by the clock.
  public var isLockstep: Bool
  /// Everything else that was set, as JSON.
  public var settings: String

  /// A session of these parts.
  public init(
    id: SessionID, startedAt: WallTime, software: String, policy: String?, isLockstep: Bool,
    settings: String
  ) {
    self.id = id
    self.startedAt = startedAt
    self.software = software
    self.policy = policy
    self.isLockstep = isLockstep
    self.settings = settings
  }
}

/// A change of who controls a robot, as it is recorded.
public struct HandoverRecord: Hashable, Sendable {
  /// The robot.
  public var robot: RobotID
  /// The episode, where one was in progress.
  public var episode: EpisodeID?
  /// The latest step that was seen.
  public var step: Int?
  /// When, on the coordinator's clock.
  public var time: WallTime
  /// Who had control.
  public var from: Author
  /// Who has control now.
  public var to: Author
  /// Why.
  public var cause: HandoverCause
  /// How long the robot had waited for a person.
  public var waited: Duration?

  /// A hand-over of these parts.
  public init(
    robot: RobotID, episode: EpisodeID?, step: Int?, time: WallTime, from: Author, to: Author,
    cause: HandoverCause, waited: Duration?
  ) {
    self.robot = robot
    self.episode = episode
    self.step = step
    self.time = time
    self.from = from
    self.to = to
    self.cause = cause
    self.waited = waited
  }
}

/// Something to be recorded.
public enum RecordingEntry: Sendable {
  /// A robot joined the session.
  case robotJoined(RobotID, RobotDescription)
  /// An episode began.
  case episodeStarted(EpisodeID, RobotID, task: TaskName, seed: UInt64?, at: WallTime)
  /// A step was done; `receivedAt` is when its observation arrived.
  case step(StepRecord, of: RobotID, task: TaskName, receivedAt: WallTime)
  /// Control passed on.
  case handover(HandoverRecord)
  /// The robot says how many steps the episode has.
  case episodeClosed(EpisodeID, stepCount: Int)
  /// An episode ended; `by` is the operator who said so, nil where no operator did.
  case episodeEnded(EpisodeID, EpisodeOutcome, by: OperatorID? = nil, at: WallTime)
  /// An episode that had ended got another outcome, from the operator `by`.
  case outcomeChanged(EpisodeID, EpisodeOutcome, by: OperatorID? = nil, at: WallTime)
  /// Something else that people should know.
  case event(kind: String, robot: RobotID?, text: String, at: WallTime)

  /// What kinds of entries there are.
  public enum Kind: String, Hashable, Sendable, CaseIterable, Encodable {
    case robot, episode, step, handover, closed, end, outcome, event
    /// The end of the session, which no entry tells.
    case sessionEnd = "session-end"

    /// As people call this many of them.
    public func words(_ count: Int) -> String {
      let words: (one: String, many: String) =
        switch self {
        case .robot: ("robot's joining", "robots' joinings")
        case .episode: ("beginning of an episode", "beginnings of episodes")
        case .step: ("step", "steps")
        case .handover: ("hand-over", "hand-overs")
        case .closed: ("step count of an episode", "step counts of episodes")
        case .end: ("end of an episode", "ends of episodes")
        case .outcome: ("changed outcome", "changed outcomes")
        case .event: ("event", "events")
        case .sessionEnd: ("end of the session", "ends of the session")
        }
      return "\(count) \(count == 1 ? words.one : words.many)"
    }
  }

  /// The entry's kind.
  public var kind: Kind {
    switch self {
    case .robotJoined: .robot
    case .episodeStarted: .episode
    case .step: .step
    case .handover: .handover
    case .episodeClosed: .closed
    case .episodeEnded: .end
    case .outcomeChanged: .outcome
    case .event: .event
    }
  }
}

public import RobotData

/// What a robot endpoint sends to the coordinator.
public enum RobotToCoordinator: Hashable, Sendable {
  /// First message of a connection: who am I. `instance` is drawn at random by each process; `fleet` is
  /// nil for a robot that no fleet started.
  case hello(
    robot: RobotID, instance: UInt64, RobotDescription, episode: EpisodeID?, nextStep: Int,
    fleet: FleetID? = nil)
  /// I am alive. `sentTime` comes back in `heartbeatReply` and gives the round-trip time.
  case heartbeat(sentTime: WallTime)
  /// The scene is reset; an episode can start.
  case ready
  /// What I see now, to be acted on. `sentTime` is on the same clock as the capture time.
  case observation(Observation, sentTime: WallTime)
  /// What I did after an observation that was sent before; the coordinator joins the two.
  case outcome(StepOutcome)
  /// A whole step that was not acknowledged in time: sent again.
  case step(StepRecord)
  /// All steps of an episode were sent; this many there are.
  case episodeClosed(EpisodeID, stepCount: Int)
  /// Something is broken; I hold.
  case fault(message: String)
  /// I leave.
  case goodbye
}

/// What a robot did after an observation: a `StepRecord` without the observation itself.
public struct StepOutcome: Hashable, Sendable {
  /// The episode.
  public var episode: EpisodeID
  /// The step's index.
  public var step: Int
  /// What the author asked for.
  public var requestedAction: Action
  /// What the robot did, after its own limits.
  public var executedAction: Action
  /// The command that was executed; nil where none was valid.
  public var commandSequence: UInt64?
  /// Who, and why.
  public var annotation: StepAnnotation
  /// Whether the robot's loop began this period late.
  public var isLate: Bool

  /// An outcome of these parts.
  public init(
    episode: EpisodeID, step: Int, requestedAction: Action, executedAction: Action,
    commandSequence: UInt64?, annotation: StepAnnotation, isLate: Bool
  ) {
    self.episode = episode
    self.step = step
    self.requestedAction = requestedAction
    self.executedAction = executedAction
    self.commandSequence = commandSequence
    self.annotation = annotation
    self.isLate = isLate
  }

  /// The outcome part of `record`.
  public init(of record: StepRecord) {
    episode = record.observation.episode
    step = record.observation.step
    requestedAction = record.requestedAction
    executedAction = record.executedAction
    commandSequence = record.commandSequence
    annotation = record.annotation
    isLate = record.isLate
  }

  /// The whole step, with the observation that was sent before; nil if it is another step's.
  public func joined(with observation: Observation) -> StepRecord? {
    guard observation.episode == episode, observation.step == step else { return nil }
    return StepRecord(
      observation: observation, requestedAction: requestedAction, executedAction: executedAction,
      commandSequence: commandSequence, annotation: annotation, isLate: isLate)
  }
}

/// What the coordinator sends to a robot endpoint.
public enum CoordinatorToRobot: Hashable, Sendable {
  /// You are let in. In lockstep the endpoint waits for a command after each observation
  /// instead of pacing itself by the clock.
  case welcome(session: SessionID, lockstep: Bool)
  /// You are not let in, and why; `reason` is for people. Do not try again by yourself.
  case refused(reason: String)
  /// Begin this episode.
  case startEpisode(EpisodeID, seed: UInt64)
  /// The episode is over; reset the scene and say `ready`.
  case endEpisode(EpisodeID, EpisodeOutcome)
  /// Do this.
  case command(Command)
  /// Stop at once and stay stopped.
  case stop(reason: String)
  /// You may move again.
  case release
  /// Every step of the episode before `steps` is committed to disk: forget them.
  case acknowledge(EpisodeID, steps: Int)
  /// Answer to a heartbeat, with its time.
  case heartbeatReply(sentTime: WallTime)
  /// I am going down; hold, keep your steps and reconnect.
  case goodbye
}

/// What someone at a console may do.
public enum ConsoleRole: UInt8, Hashable, Sendable, CaseIterable {
  /// Look only.
  case viewer = 1
  /// Teleoperate.
  case `operator` = 2
}

/// What an operator's console sends to the coordinator. Requests to the fleet travel as
/// `OperatorOrder`, which the coordinator translates for its fleet.
public enum ConsoleToCoordinator: Hashable, Sendable {
  /// First message of a connection. A closed-loop operator answers each observation; `fleet` is nil for a
  /// console that no fleet started.
  case hello(
    OperatorID, instance: UInt64, ConsoleRole, closedLoop: Bool, fleet: FleetID? = nil)
  /// I am alive. `sentTime` comes back in `heartbeatReply`.
  case heartbeat(sentTime: WallTime)
  /// Do this; `number` comes back in a refusal.
  case order(OperatorOrder, number: UInt32)
  /// Send me the observations of these robots, besides those of the robot that I hold.
  case watch([RobotID])
  /// How I felt the session to be; kept in the recording.
  case workload(WorkloadRatings)
  /// I leave.
  case goodbye
}

/// NASA's Task Load Index, unweighted (Hart and Staveland, 1988): each scale from 0 to 100.
public struct WorkloadRatings: Hashable, Sendable, Encodable {
  /// How much had to be thought about.
  public var mentalDemand: Int
  /// How much the body had to do.
  public var physicalDemand: Int
  /// How hurried the pace was.
  public var temporalDemand: Int
  /// How well it went; 0 is perfect, 100 a failure.
  public var performance: Int
  /// How hard the operator had to work.
  public var effort: Int
  /// How irritated or stressed the operator was.
  public var frustration: Int

  /// The six answers.
  public init(
    mentalDemand: Int, physicalDemand: Int, temporalDemand: Int, performance: Int, effort: Int,
    frustration: Int
  ) {
    self.mentalDemand = mentalDemand
    self.physicalDemand = physicalDemand
    self.temporalDemand = temporalDemand
    self.performance = performance
    self.effort = effort
    self.frustration = frustration
  }
}

/// An operator's order, as it travels.
public enum OperatorOrder: Hashable, Sendable {
  /// Take the robot that is next in the queue.
  case takeNext
  /// Take this robot.
  case takeOver(RobotID)
  /// Let go of the robot.
  case handBack(RobotID)
  /// Move the robot.
  case drive(RobotID, Action, respondsTo: Int?)
  /// Say which subtask comes next and which follow it, in order; none withdraws the choice.
  case chooseSubtasks(RobotID, [SubtaskName])
  /// End the episode with this outcome.
  case mark(RobotID, EpisodeOutcome)
  /// Give the robot's last marked episode another outcome.
  case changeMark(RobotID, EpisodeOutcome)
  /// Stop this robot, or all when nil.
  case emergencyStop(RobotID?)
  /// Allow motion again for this robot, or all when nil.
  case releaseStop(RobotID?)
  /// Other thresholds for the fleet.
  case setThresholds(UncertaintyThresholds)
  /// All robots hold.
  case pauseFleet
  /// Robots go on.
  case resumeFleet
}

/// One robot's line in the fleet's status.
public struct RobotStatus: Hashable, Sendable {
  /// What a robot is doing.
  public enum State: UInt8, Hashable, Sendable, CaseIterable {
    /// Not connected.
    case offline = 1
    /// Connected, between episodes.
    case idle = 2
    /// The policy drives.
    case assisted = 3
    /// Holds and waits for a person.
    case awaiting = 4
    /// A person drives.
    case teleoperated = 5
    /// Stopped: emergency stop, fault.
    case stopped = 6
  }

  /// The robot.
  public var robot: RobotID
  /// What it is doing.
  public var state: State
  /// Who holds it, where someone does.
  public var holder: OperatorID?
  /// The task.
  public var task: TaskName?
  /// The subtask chosen or in progress.
  public var subtask: SubtaskName?
  /// The subtasks that were chosen to follow it, in order.
  public var laterSubtasks: [SubtaskName]
  /// The episode.
  public var episode: EpisodeID?
  /// The latest step.
  public var step: Int
  /// Why it waits, where it waits.
  public var reason: HelpReason?
  /// How long it has been in this state.
  public var inState: Duration
  /// The policy's latest uncertainty.
  public var uncertainty: Uncertainty?
  /// The policy's latest subgoal.
  public var subgoal: Subgoal?
  /// Age of the latest observation when it arrived.
  public var observationAge: Duration
  /// Steps of which the robot's loop began late.
  public var lateSteps: Int
  /// Why it is stopped or offline, for people.
  public var note: String
  /// The subtasks that are done, in order; empty where the robot cannot tell.
  public var completed: [SubtaskName]
  /// The subtasks that could be done next: more than one at a branch point.
  public var available: [SubtaskName]
  /// Observations that arrived too old to act on.
  public var staleObservations: Int

  /// A status with nothing but a robot and its state.
  public init(robot: RobotID, state: State) {
    self.robot = robot
    self.state = state
    holder = nil
    task = nil
    subtask = nil
    laterSubtasks = []
    episode = nil
    step = 0
    reason = nil
    inState = .zero
    uncertainty = nil
    subgoal = nil
    observationAge = .zero
    lateSteps = 0
    note = ""
    completed = []
    available = []
    staleObservations = 0
  }
}

/// The whole fleet at one moment; published several times a second.
public struct FleetStatus: Hashable, Sendable {
  /// The coordinator's run.
  public var session: SessionID
  /// When the status was made, on the coordinator's clock.
  public var time: WallTime
  /// Whether a policy drives; if not, the fleet is unassisted.
  public var isAssisted: Bool
  /// Whether the fleet is paused.
  public var isPaused: Bool
  /// Whether robots wait for each answer instead of pacing themselves by the clock.
  public var isLockstep: Bool
  /// Above what the policy asks.
  public var thresholds: UncertaintyThresholds
  /// The robots, sorted by name.
  public var robots: [RobotStatus]
  /// The robots that wait, the next to be served first.
  public var queue: [RobotID]
  /// Episodes that ended with success in this session.
  public var successes: Int
  /// Episodes that ended otherwise in this session, discarded ones left out.
  public var failures: Int
  /// Steps committed to disk in this session.
  public var committedSteps: Int
  /// Bytes of the recording.
  public var recordingBytes: Int
  /// Free bytes on the recording's disk.
  public var freeBytes: Int
  /// Malformed messages dropped in this session.
  public var malformedMessages: Int
  /// What people should know of the recording: entries that could not be written, a journal that
  /// cannot be cut. Empty where all is well.
  public var recordingWarning: String

  /// A status of these parts.
  public init(
    session: SessionID, time: WallTime, isAssisted: Bool, isPaused: Bool, isLockstep: Bool,
    thresholds: UncertaintyThresholds, robots: [RobotStatus], queue: [RobotID], successes: Int,
    failures: Int, committedSteps: Int, recordingBytes: Int, freeBytes: Int,
    malformedMessages: Int, recordingWarning: String = ""
  ) {
    self.session = session
    self.time = time
    self.isAssisted = isAssisted
    self.isPaused = isPaused
    self.isLockstep = isLockstep
    self.thresholds = thresholds
    self.robots = robots
    self.queue = queue
    self.successes = successes
    self.failures = failures
    self.committedSteps = committedSteps
    self.recordingBytes = recordingBytes
    self.freeBytes = freeBytes
    self.malformedMessages = malformedMessages
    self.recordingWarning = recordingWarning
  }
}

/// What the coordinator sends to a console.
public enum CoordinatorToConsole: Hashable, Sendable {
  /// You are let in.
  case welcome(session: SessionID, lockstep: Bool)
  /// You are not let in, and why; for people.
  case refused(reason: String)
  /// An order was not granted, and why; for people.
  case orderRefused(number: UInt32, reason: String)
  /// The robot is yours now.
  case assigned(RobotID, HandoverCause, RobotDescription)
  /// The robot is no longer yours.
  case unassigned(RobotID, HandoverCause)
  /// What a robot saw that you hold or watch.
  case observation(RobotID, Observation, Uncertainty?)
  /// The whole fleet.
  case status(FleetStatus)
  /// An episode ended.
  case episodeEnded(RobotID, EpisodeID, EpisodeOutcome)
  /// Something that people should read: a fault, a full disk.
  case notice(String)
  /// Answer to a heartbeat, with its time.
  case heartbeatReply(sentTime: WallTime)
  /// I am going down.
  case goodbye
}

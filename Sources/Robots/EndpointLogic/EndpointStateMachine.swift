public import RobotData
public import Wire

/// The robot's side of the fleet, without clock, socket or robot: it is told what happened and
/// says what to send and what to do next.
///
/// The shell repeats: take `nextTask(at:)`, carry it out, report it. Four rules hold whatever
/// the coordinator does:
/// - a period without a valid command is a period of `Action.hold`;
/// - a step leaves the spool only by an acknowledgement;
/// - the last observation of an episode is its last step, in which the robot holds: what ended the
///   episode was seen in it;
/// - a robot that stands still because no one drives does not advance its episode: it looks
///   again, and the step's index stays. So a recording holds no idle padding, and waiting shows
///   as time between two steps.
public struct EndpointStateMachine: Sendable {
  /// What the shell must do next.
  public enum Task: Hashable, Sendable {
    /// Nothing until this moment, or until a message arrives.
    case wait(until: FleetInstant)
    /// Bring robot and scene to the start of an episode, then call `didReset`.
    case reset(seed: UInt64)
    /// Read the sensors, then call `didObserve`.
    case observe
    /// Carry out the command for one period, or hold where there is none; then call
    /// `didExecute` with the same command.
    case execute(Command?)
    /// Bring the robot to rest, then call `didStop`.
    case stop
    /// Say goodbye and end; the text says why, for people.
    case leave(String)
  }

  /// The link to the coordinator. Leaves `joining` by a welcome or a refusal; leaves `joined`
  /// when the coordinator is silent too long, or says goodbye.
  enum Link: Hashable, Sendable {
    case joining(nextHello: FleetInstant)
    case joined(lockstep: Bool, heardAt: FleetInstant, nextHeartbeat: FleetInstant)
    case refused(String)
  }

  /// What the robot does. A simulated scene is laid out when the episode's seed is known: from
  /// `ready` it goes through `preparing` to `between`. A real one is laid out by people before
  /// it is ready: from `preparing` to `ready`, and at once to `between` when an episode starts.
  /// `between` and `deciding` alternate through the steps of an episode.
  enum Activity: Hashable, Sendable {
    case preparing(EpisodeID?)
    case ready
    case between(Run, dueAt: FleetInstant)
    case deciding(Run, Observation, until: FleetInstant, isLate: Bool)

    var run: Run? {
      switch self {
      case .preparing, .ready: nil
      case .between(let run, _), .deciding(let run, _, _, _): run
      }
    }
  }

  /// An episode in progress.
  struct Run: Hashable, Sendable {
    var episode: EpisodeID
    var nextStep: Int
    /// Whether the last period was a recorded standstill: the next one need not be.
    var standsStill: Bool
    /// When the current period began.
    var periodStart: FleetInstant
    /// The newest observation, while it is part of no step.
    var lastObservation: Observation?
  }

  /// Counts that the shell reports.
  public struct Counters: Hashable, Sendable {
    /// Steps recorded.
    public var steps = 0
    /// Steps whose period began late.
    public var lateSteps = 0
    /// Periods in which no valid command had come in time.
    public var missedCommands = 0
    /// Commands refused: too old, of another episode, or not finite.
    public var refusedCommands = 0
    /// Steps sent again.
    public var resentSteps = 0
    /// Messages that could not be read and were dropped.
    public var malformedMessages = 0
  }

  let robot: RobotID
  let instance: UInt64
  let description: RobotDescription
  let configuration: EndpointConfiguration
  var link: Link
  var activity: Activity
  var seed: UInt64
  var stoppedBecause: String?
  var mustStop = false
  var leaving: (reason: String, deadline: FleetInstant)?
  var newest: (command: Command, arrivedAt: FleetInstant)?
  /// The step whose observation was answered. A later command that answers nothing, such as the hold of
  /// a hand-over, takes the answer's place and not its effect: the period is carried out.
  var answered: Int?
  var lastSequence: UInt64 = 0
  var lastCause = HandoverCause.episodeStarted
  var spool = StepSpool()
  var closing: [(episode: EpisodeID, steps: Int, sentAt: FleetInstant)] = []

  /// What has happened so far.
  public internal(set) var counters = Counters()

  /// An endpoint that has not yet spoken.
  ///
  /// `instance` is a random number, drawn once by each process. A scene is laid out by
  /// `firstSeed` before the first episode names its seed.
  public init(
    robot: RobotID, instance: UInt64, description: RobotDescription,
    configuration: EndpointConfiguration, firstSeed: UInt64
  ) {
    self.robot = robot
    self.instance = instance
    self.description = description
    self.configuration = configuration
    seed = firstSeed
    activity = description.isSimulated ? .ready : .preparing(nil)
    link = .joining(nextHello: .origin)
  }

  /// The episode in progress.
  public var episode: EpisodeID? { activity.run?.episode }
  /// The step that comes next, where an episode is in progress.
  public var nextStep: Int { activity.run?.nextStep ?? 0 }
  /// Steps that wait for an acknowledgement.
  public var unacknowledgedSteps: Int { spool.count }
  /// The steps that wait for an acknowledgement, oldest first.
  public var keptSteps: [(episode: EpisodeID, step: Int)] { spool.steps }
  /// Whether the coordinator has let the robot in and is heard.
  public var isJoined: Bool { if case .joined = link { true } else { false } }
  /// Whether the coordinator has refused the robot, for good.
  public var isRefused: Bool { if case .refused = link { true } else { false } }

  var isLockstep: Bool { if case .joined(true, _, _) = link { true } else { false } }

  // MARK: What to do next

  /// What the shell must do now. Pure: asking twice gives the same answer.
  public func nextTask(at now: FleetInstant) -> Task {
    if mustStop { return .stop }
    if case .refused(let reason) = link { return .leave(reason) }
    if let leaving {
      // What is not acknowledged would be lost with this process: give it a moment.
      let isDone = spool.count == 0 || !isJoined || leaving.deadline <= now
      return isDone ? .leave(leaving.reason) : .wait(until: min(leaving.deadline, nextDeadline))
    }
    if stoppedBecause != nil { return .wait(until: nextDeadline) }
    switch activity {
    case .preparing:
      return .reset(seed: seed)
    case .ready:
      return .wait(until: nextDeadline)
    case .between(_, let dueAt):
      guard isJoined, spool.bytes < configuration.spoolBytesLimit else {
        return .wait(until: nextDeadline)
      }
      return dueAt <= now ? .observe : .wait(until: min(dueAt, nextDeadline))
    case .deciding(_, let observation, let until, _):
      if let command = validCommand(at: now),
        answered == observation.step || (until <= now && !isLockstep)
      {
        return .execute(command)
      }
      if isLockstep { return .wait(until: nextDeadline) }
      return now < until ? .wait(until: min(until, nextDeadline)) : .execute(nil)
    }
  }

  /// When `tick` has something to do.
  private var nextDeadline: FleetInstant {
    switch link {
    case .joining(let nextHello): nextHello
    case .joined(_, let heardAt, let nextHeartbeat):
      min(nextHeartbeat, heardAt + configuration.linkTimeout)
    case .refused: .origin
    }
  }

  private func validCommand(at now: FleetInstant) -> Command? {
    guard let newest, let run = activity.run, newest.command.episode == run.episode,
      now - newest.arrivedAt <= newest.command.validity
    else { return nil }
    return newest.command
  }

  // MARK: What was done

  /// The scene is at the start of an episode.
  public mutating func didReset(at now: FleetInstant) -> [RobotToCoordinator] {
    guard case .preparing(let episode) = activity else { return [] }
    guard let episode else {
      activity = .ready
      return isJoined ? [.ready] : []
    }
    begin(episode, at: now)
    return []
  }

  /// Begins an episode whose scene is laid out.
  mutating func begin(_ episode: EpisodeID, at now: FleetInstant) {
    newest = nil
    answered = nil
    lastCause = .episodeStarted
    activity = .between(
      Run(episode: episode, nextStep: 0, standsStill: true, periodStart: now), dueAt: now)
  }

  /// The sensors were read. `wall` is the robot's clock, at the moment of sending.
  public mutating func didObserve(
    _ reading: SensorReading, at now: FleetInstant, wall: WallTime
  ) -> [RobotToCoordinator] {
    guard case .between(var run, let dueAt) = activity else { return [] }
    let period = description.period
    let lateness = now - dueAt
    answered = nil
    // A loop that fell behind by a whole period starts a new schedule: catching up would give
    // a burst of steps with no time between them.
    run.periodStart = isLockstep || lateness > period ? now : dueAt
    let observation = Observation(episode: run.episode, step: run.nextStep, reading: reading)
    run.lastObservation = observation
    activity = .deciding(
      run, observation, until: run.periodStart + period * configuration.responseShare,
      isLate: !isLockstep && run.nextStep > 0 && lateness > period / 10)
    return [.observation(observation, sentTime: wall)]
  }

  /// One period was carried out: `command` is the one of the `execute` task, `executed` is what
  /// the robot really did. Returns what to send.
  public mutating func didExecute(
    _ command: Command?, executed: Action, at now: FleetInstant
  ) -> [RobotToCoordinator] {
    guard case .deciding(var run, let observation, _, let isLate) = activity else { return [] }
    let annotation =
      command?.annotation
      ?? StepAnnotation(author: .hold, cause: lastCause, uncertainty: nil, subtask: nil)
    lastCause = annotation.cause
    let stoodStill = run.standsStill
    run.standsStill = annotation.author == .hold && executed.twist == .zero
    if command == nil, !run.standsStill || !stoodStill { counters.missedCommands += 1 }
    let dueAt = run.periodStart + description.period
    guard !(run.standsStill && stoodStill) else {
      // No one drives: even a robot in lockstep looks again only after a real period.
      activity = .between(run, dueAt: isLockstep ? now + description.period : dueAt)
      return []
    }
    let record = StepRecord(
      observation: observation, requestedAction: command?.action ?? .hold,
      executedAction: executed, commandSequence: command?.sequence, annotation: annotation,
      isLate: isLate)
    let messages = keep(record, in: &run, at: now)
    activity = .between(run, dueAt: isLockstep ? now : dueAt)
    return messages
  }

  /// A step is over: it is kept until it is acknowledged, and told.
  mutating func keep(
    _ record: StepRecord, in run: inout Run, at now: FleetInstant
  ) -> [RobotToCoordinator] {
    run.nextStep += 1
    run.lastObservation = nil
    counters.steps += 1
    if record.isLate { counters.lateSteps += 1 }
    spool.append(record, sentAt: now)
    return isJoined ? [.outcome(StepOutcome(of: record))] : []
  }

  /// The robot stands still, as it was told.
  public mutating func didStop() { mustStop = false }

  /// Something is broken; the robot was stopped and waits for a release.
  public mutating func didFail(_ message: String) -> [RobotToCoordinator] {
    stoppedBecause = message
    mustStop = true
    dropObservation()
    return isJoined ? [.fault(message: message)] : []
  }

  /// The endpoint is to end: the robot stops, and leaves when all its steps are acknowledged,
  /// or after `drainTime`.
  public mutating func shutDown(because reason: String, at now: FleetInstant) {
    guard leaving == nil else { return }
    leaving = (reason, now + configuration.drainTime)
    mustStop = true
    newest = nil
    dropObservation()
  }
}

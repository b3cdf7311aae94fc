public import RobotData

/// The fleet's brain: decides who has control of which robot, who is served next, when a robot
/// must stop and when an episode ends. It performs nothing: it is fed events with their time, and
/// returns what the shell around it must do.
///
/// What holds at any instant:
/// - Exactly one author has control of a robot: the policy, one person, or no one (hold). Every
///   change, and every new reason to hold, gives exactly one `.handover` with its cause.
/// - A robot that is stopped gets no command, until it is released; then it waits for a person.
/// - Nothing that was decided before a hand-over moves the robot after it: a robot that was moving
///   is first told to hold, and its new author moves it only in answer to an observation that was
///   taken after the hand-over (an input that answers none counts once such an observation was
///   seen). Holding leaves the gripper as it is.
/// - An observation that arrives too old is reported and never acted on.
/// - Each fresh observation of an episode is answered by exactly one command that names its step,
///   unless a newer one is answered first, the episode ends, or the robot is stopped (then the
///   newest is answered when it is released) or lost.
/// - An operator holds at most one robot, and a robot at most one operator holds.
///
/// During a pause robots hold, operators keep what they hold but cannot take or drive, marking,
/// handing back and stopping work, and no episode begins.
public struct FleetStateMachine: Sendable {
  var robots: [RobotID: RobotMachine] = [:]
  var commons: FleetCommons

  /// A fleet without robots or operators.
  public init(configuration: FleetConfiguration) {
    commons = FleetCommons(configuration: configuration)
  }

  /// The rules. Changes count from the next event on; what has begun is not undone.
  public var configuration: FleetConfiguration {
    get { commons.configuration }
    set { commons.configuration = newValue }
  }

  /// Takes in what happened, and says what to do about it, in order.
  ///
  /// - Parameters:
  ///   - event: what happened.
  ///   - now: when, on the shell's monotonic clock; an earlier time than the last counts as the
  ///     last.
  /// - Returns: the effects, to be carried out in this order.
  public mutating func handle(_ event: FleetEvent, at now: FleetInstant) -> [FleetEffect] {
    commons.advance(to: now)
    switch event {
    case .robotJoined(let id, let instance, let description, let progress):
      join(id, instance, description, progress)
    case .robotHeartbeat(let id, let instance):
      if !hear(id, instance) { commons.emit(.refuseRobot(id, instance: instance, .notJoined)) }
    case .robotLeft(let id, let instance):
      if hear(id, instance) { robots[id]?.leave(in: &commons) }
    case .robotReady(let id, let instance):
      if hear(id, instance) { robots[id]?.makeReady(in: &commons) }
    case .observed(let id, let instance, let summary, let age):
      if hear(id, instance) { robots[id]?.observe(summary, age: age, in: &commons) }
    case .robotFaulted(let id, let instance, let message):
      if hear(id, instance) { robots[id]?.fault(message, in: &commons) }
    case .policyDecided(let id, let episode, let step, let decision):
      robots[id]?.decide(decision, on: episode, step: step, in: &commons)
    case .policyFailed(let id, let episode, let step):
      robots[id]?.failPolicy(on: episode, step: step, in: &commons)
    case .operatorJoined(let name, let instance, let isClosedLoop):
      join(name, instance, isClosedLoop)
    case .operatorHeartbeat(let name, let instance):
      if !hear(name, instance) {
        commons.emit(.refuseOperator(name, instance: instance, .notJoined))
      }
    case .operatorLeft(let name, let instance):
      if hear(name, instance) { lose(name) }
    case .operatorRequested(let name, let instance, let request):
      answer(request, of: name, instance)
    case .tick:
      tick()
    }
    return commons.takeEffects()
  }

  /// Takes in how an episode of an earlier run ended of which no robot knows any more.
  public mutating func noteEarlier(_ episode: EpisodeID, endedAs outcome: EpisodeOutcome) {
    commons.ledger.closeEarlier(episode, outcome)
  }

  /// The robots' names, in order.
  var names: [RobotID] { robots.keys.sorted() }

  /// Notices what is overdue: silence, abandoned episodes, answers; lets ready robots begin.
  private mutating func tick() {
    for name in commons.roster.names { loseIfSilent(name) }
    for name in names {
      loseIfSilent(name)
      robots[name]?.giveUpIfAbandoned(in: &commons)
      robots[name]?.answerOverdue(in: &commons)
      robots[name]?.beginIfReady(in: &commons)
    }
  }
}

// MARK: Robots

extension FleetStateMachine {
  private mutating func join(
    _ id: RobotID, _ instance: UInt64, _ description: RobotDescription,
    _ progress: EpisodeInProgress?
  ) {
    loseIfSilent(id)
    if let robot = robots[id], robot.state.isOnline, robot.instance != instance {
      commons.emit(.refuseRobot(id, instance: instance, .nameTaken))
      return
    }
    let claim = progress.map { progress in
      let verdict = commons.ledger.judge(
        progress.episode, claimedBy: id, session: commons.configuration.session)
      return (progress: progress, verdict: verdict)
    }
    guard claim?.verdict != .foreign else {
      commons.emit(.refuseRobot(id, instance: instance, .foreignEpisode))
      return
    }
    var robot = robots[id] ?? RobotMachine(id, instance: instance, description, in: commons)
    robot.join(instance: instance, description, claim: claim, in: &commons)
    robots[id] = robot
  }

  /// Notes that a process is alive; false if it is not the one that joined under this name.
  private mutating func hear(_ id: RobotID, _ instance: UInt64) -> Bool {
    loseIfSilent(id)
    guard let robot = robots[id], robot.isConnected(instance) else { return false }
    robots[id]?.hear(in: commons)
    return true
  }

  private mutating func loseIfSilent(_ id: RobotID) {
    guard let robot = robots[id], robot.isSilent(in: commons) else { return }
    robots[id]?.lose(in: &commons)
  }
}

// MARK: Operators

extension FleetStateMachine {
  /// Grants a request, or says why not. A stop is honoured from anybody: a console that must join
  /// anew first would cost time.
  private mutating func answer(
    _ request: OperatorRequest, of name: OperatorID, _ instance: UInt64
  ) {
    let isPresent = hear(name, instance)
    let isStop = if case .emergencyStop = request { true } else { false }
    let refusal = isPresent || isStop ? perform(request, for: name) : .notJoined
    if let refusal { commons.emit(.refuseRequest(name, request, refusal)) }
  }

  private mutating func join(_ name: OperatorID, _ instance: UInt64, _ isClosedLoop: Bool) {
    loseIfSilent(name)
    if let presence = commons.roster[name].presence, presence.instance != instance {
      commons.emit(.refuseOperator(name, instance: instance, .nameTaken))
      return
    }
    commons.roster.join(
      name,
      Presence(instance: instance, isClosedLoop: isClosedLoop, heard: commons.attention))
    commons.emit(.welcomeOperator(name))
    if let held = commons.roster[name].robot, let robot = robots[held] {
      robot.announce(to: name, because: robot.cause, in: &commons)
    }
  }

  private mutating func hear(_ name: OperatorID, _ instance: UInt64) -> Bool {
    loseIfSilent(name)
    guard commons.roster.isPresent(name, instance: instance) else { return false }
    commons.roster.hear(name, at: commons.attention)
    return true
  }

  private mutating func loseIfSilent(_ name: OperatorID) {
    guard let presence = commons.roster[name].presence,
      commons.attention - presence.heard > commons.configuration.operatorTimeout
    else { return }
    lose(name)
  }

  /// An operator is gone; their robot holds, and never passes to the policy silently.
  private mutating func lose(_ name: OperatorID) {
    if let held = commons.roster[name].robot { robots[held]?.loseOperator(in: &commons) }
    commons.roster.leave(name)
  }
}

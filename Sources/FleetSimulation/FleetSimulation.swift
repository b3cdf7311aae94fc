public import Fleet
internal import FleetMessages
public import OperatorModel
public import Policy
public import RobotData
internal import SimulatedTasks
internal import Wire

/// All that a simulated fleet depends on, besides its robots and its policy.
public struct FleetSimulationConfiguration: Sendable {
  /// The fleet's rules; whether it is assisted is decided by whether there is a policy.
  public var fleet: FleetConfiguration
  /// The one operator.
  public var person: OperatorModelParameters
  /// How long a scene is laid out between two episodes.
  public var resetTime: Duration
  /// How long the policy takes to answer; no less than one tick.
  public var policyLatency: Duration
  /// How often the operator gets the fleet's status.
  public var statusInterval: Duration
  /// How many steps ahead a branch point counts as near.
  public var branchHorizon: Int

  /// A configuration with these rules and this operator: 2 s of reset, answers at the next tick,
  /// a status every 160 ms, branch points 10 steps ahead.
  public init(fleet: FleetConfiguration, person: OperatorModelParameters) {
    self.fleet = fleet
    self.person = person
    resetTime = .seconds(2)
    policyLatency = .zero
    statusInterval = .milliseconds(160)
    branchHorizon = 10
  }
}

/// A whole fleet in simulated time, in one thread: the coordinator's rules, the endpoints' logic,
/// and a modelled operator, all of which are the ones that run in the real fleet, with simulated
/// bodies and a policy. Links take no time. The same seeds give the same result.
public struct FleetSimulation {
  /// The tick of the simulated clock.
  public static let tick = Duration.milliseconds(20)

  private let configuration: FleetSimulationConfiguration
  private let operatorID: OperatorID = "person"
  private let operatorInstance: UInt64 = 1
  private var fleet: FleetStateMachine
  private var robots: [RobotID: SimulatedEndpoint] = [:]
  private let order: [RobotID]
  private var branches: [RobotID: BranchPoints] = [:]
  private var newest: [RobotID: Observation] = [:]
  private var person: OperatorModelMachine
  private var watched: Set<RobotID> = []
  private var policy: (any AssistivePolicy)?
  private var questions: [RobotID: (episode: EpisodeID, step: Int)] = [:]
  private var answers: [(at: FleetInstant, event: FleetEvent, robot: RobotID)] = []
  private var events: [FleetEvent] = []
  private var tally: StudyTally
  private var now = FleetInstant.origin
  private var nextStatus = FleetInstant.origin
  /// Why the policy could not decide, where that happened: the last time.
  public private(set) var policyFailure: String?
  private let witness: ((StudyEvent, FleetInstant) -> Void)?

  /// A fleet of these bodies, which are named robot-01, robot-02 and so on.
  ///
  /// - Parameters:
  ///   - configuration: The rules, the operator, and times.
  ///   - bodies: Of one task and, where there is a policy, of what the policy can drive.
  ///   - policy: What drives them; nil for an unassisted fleet.
  ///   - witness: Is told everything that happens, for traces.
  /// - Throws: What compresses pictures cannot be had: there is no memory.
  public init(
    _ configuration: FleetSimulationConfiguration, bodies: [any SimulatedBody],
    policy: (any AssistivePolicy)?, witness: ((StudyEvent, FleetInstant) -> Void)? = nil
  ) throws {
    var configuration = configuration
    configuration.fleet.isAssisted = policy != nil
    self.configuration = configuration
    self.policy = policy
    self.witness = witness
    fleet = FleetStateMachine(configuration: configuration.fleet)
    person = OperatorModelMachine(
      name: operatorID, instance: operatorInstance, parameters: configuration.person)
    var order: [RobotID] = []
    for (index, body) in bodies.enumerated() {
      let name = index < 9 ? "robot-0\(index + 1)" : "robot-\(index + 1)"
      guard let id = try? RobotID(name) else { continue }
      order.append(id)
      robots[id] = try SimulatedEndpoint(
        id, instance: UInt64(index + 1), body, resetTime: configuration.resetTime)
      if let task = SimulatedTasks.named(body.description.task.name) {
        branches[id] = BranchPoints(
          task: task, horizon: configuration.branchHorizon, period: body.description.period)
      }
    }
    self.order = order
    tally = StudyTally(robots: order)
  }

  /// Runs for `duration` of simulated time, or until `isStopped` says so.
  ///
  /// - Returns: What came of it until then.
  /// - Throws: What a body throws.
  public mutating func run(
    for duration: Duration, isStopped: () -> Bool = { false }
  ) throws -> StudyMeasures {
    while now - .origin < duration, !isStopped() {
      try pass()
      now = now + Self.tick
    }
    return tally.measures(at: now)
  }

  /// What the fleet's rules contradict themselves in; empty unless they have a defect.
  public var contradictions: [String] { fleet.contradictions }

  // MARK: - One tick

  private mutating func pass() throws {
    deliverAnswers()
    settle()
    for (index, id) in order.enumerated() where isStarted(index, id) {
      tellFleet(robots[id]?.tick(at: now) ?? [], from: id)
      settle()
    }
    try workOff()
    hear(person.tick(at: now, wall: WallTime(at: now)))
    events.append(.tick)
    settle()
    try workOff()
    if nextStatus <= now {
      nextStatus = now + configuration.statusInterval
      publish()
    }
    settle()
    try askPolicy()
  }

  /// Robots join one after the other, so that their periods lie apart.
  private func isStarted(_ index: Int, _ id: RobotID) -> Bool {
    let period = robots[id]?.body.description.period ?? .zero
    return now - .origin >= period * index / max(order.count, 1)
  }

  /// Lets the robots do all that is due now.
  private mutating func workOff() throws {
    var isWorking = true
    while isWorking {
      isWorking = false
      for id in order {
        while let said = try robots[id]?.work(at: now) {
          isWorking = true
          tellFleet(said, from: id)
          settle()
        }
      }
    }
  }

  /// Lets the fleet handle all that has happened, and carries out what it decides.
  private mutating func settle() {
    var index = 0
    while index < events.count {
      for effect in fleet.handle(events[index], at: now) { perform(effect) }
      index += 1
    }
    events.removeAll(keepingCapacity: true)
  }

  private mutating func note(_ event: StudyEvent) {
    tally.note(event, at: now)
    witness?(event, now)
  }

  // MARK: - Robots

  private mutating func tellFleet(_ messages: [RobotToCoordinator], from id: RobotID) {
    guard let instance = robots[id]?.instance else { return }
    for message in messages {
      switch message {
      case .hello(_, _, let description, let episode, let next, _):
        events.append(
          .robotJoined(
            id, instance: instance, description,
            episode.map { EpisodeInProgress(episode: $0, nextStep: next) }))
      case .heartbeat(let time):
        events.append(.robotHeartbeat(id, instance: instance))
        send(.heartbeatReply(sentTime: time), to: id)
      case .ready: events.append(.robotReady(id, instance: instance))
      case .observation(let observation, _): take(observation, of: id, instance)
      case .outcome(let outcome):
        note(
          .step(
            id, outcome.annotation.author, isMoving: outcome.requestedAction != .hold))
        send(.acknowledge(outcome.episode, steps: outcome.step + 1), to: id)
      case .episodeClosed(let episode, let count):
        send(.acknowledge(episode, steps: count), to: id)
      case .fault(let message):
        events.append(.robotFaulted(id, instance: instance, message: message))
      case .step, .goodbye: break
      }
    }
  }

  private mutating func take(_ observation: Observation, of id: RobotID, _ instance: UInt64) {
    newest[id] = observation
    let reading = observation.reading
    events.append(
      .observed(
        id, instance: instance,
        ObservationSummary(
          episode: observation.episode, step: observation.step,
          endEffectorPose: reading.proprioception.endEffectorPose, progress: reading.progress,
          isFinite: reading.proprioception.isFinite), age: .zero))
    if let progress = reading.progress, let state = reading.simulatedState {
      if observation.step == 0 { branches[id]?.reset() }
      let isBranchPoint =
        branches[id]?.isBranchPoint(
          SceneState(state), progress,
          hand: reading.proprioception.endEffectorPose.position,
          gripperOpening: reading.proprioception.gripperOpening) ?? false
      note(.observed(id, isBranchPoint: isBranchPoint, completed: progress.completed))
    }
    if watched.contains(id) { show(observation, of: id) }
  }

  private mutating func send(_ message: CoordinatorToRobot, to id: RobotID) {
    guard let said = robots[id]?.handle(message, at: now) else { return }
    tellFleet(said, from: id)
  }

  // MARK: - The person

  private mutating func hear(_ messages: [ConsoleToCoordinator]) {
    for message in messages {
      switch message {
      case .hello(_, let instance, _, let closedLoop, _):
        events.append(.operatorJoined(operatorID, instance: instance, closedLoop: closedLoop))
      case .heartbeat(let time):
        events.append(.operatorHeartbeat(operatorID, instance: operatorInstance))
        tellPerson(.heartbeatReply(sentTime: time))
      case .order(let order, _):
        events.append(
          .operatorRequested(
            operatorID, instance: operatorInstance, OperatorRequest(order)))
      case .watch(let robots): watched = Set(robots)
      case .workload: break
      case .goodbye: break
      }
    }
  }

  private mutating func tellPerson(_ message: CoordinatorToConsole) {
    hear(person.handle(message, at: now))
  }

  private mutating func show(_ observation: Observation, of id: RobotID) {
    tellPerson(.observation(id, observation, fleet.status(of: id, at: now)?.uncertainty))
  }

  private mutating func publish() {
    tellPerson(
      .status(
        FleetStatus(
          of: fleet.status(at: now), session: configuration.fleet.session,
          time: WallTime(at: now), isAssisted: configuration.fleet.isAssisted,
          isLockstep: false, counts: CoordinatorCounts())))
  }

  // MARK: - Effects

  private mutating func perform(_ effect: FleetEffect) {
    let session = configuration.fleet.session
    switch effect {
    case .welcomeRobot(let id): send(.welcome(session: session, lockstep: false), to: id)
    case .welcomeOperator: tellPerson(.welcome(session: session, lockstep: false))
    case .startEpisode(let id, let episode, let seed):
      note(.episodeStarted(id))
      send(.startEpisode(episode, seed: seed), to: id)
    case .endEpisode(let id, let episode, let outcome):
      note(.episodeEnded(id, outcome))
      send(.endEpisode(episode, outcome), to: id)
      tellPerson(.episodeEnded(id, episode, outcome))
    case .command(let id, let command): send(.command(command), to: id)
    case .stopRobot(let id, _): send(.stop(reason: "stopped"), to: id)
    case .releaseRobot(let id): send(.release, to: id)
    case .askPolicy(let id, let episode, let step): questions[id] = (episode, step)
    case .resetPolicy(let id):
      policy?.reset(id)
      questions[id] = nil
      answers.removeAll { $0.robot == id }
    case .forwardObservation(let id, let episode, let step, _):
      guard let seen = newest[id], seen.episode == episode, seen.step == step else { return }
      show(seen, of: id)
    case .assigned(let id, _, let cause):
      guard let description = robots[id]?.body.description else { return }
      tellPerson(.assigned(id, cause, description))
    case .unassigned(let id, _, let cause): tellPerson(.unassigned(id, cause))
    case .refuseRequest: tellPerson(.orderRefused(number: 0, reason: "refused"))
    case .handover(let change):
      note(.handover(change.robot, from: change.from, to: change.to, change.cause))
    case .helpWanted(let id, let reason): note(.helpWanted(id, reason))
    case .refuseRobot, .refuseOperator, .changeOutcome, .staleObservation, .thresholdsChanged,
      .fault:
      break
    }
  }

  // MARK: - The policy

  /// All robots whose observations are due, in one batch. Pictures are taken only if they are
  /// looked at.
  private mutating func askPolicy() throws {
    guard var policy, !questions.isEmpty else { return }
    var batch: [PolicyQuestion] = []
    for (id, asked) in questions.sorted(by: { $0.key < $1.key }) {
      guard var seen = newest[id], seen.episode == asked.episode, seen.step == asked.step,
        let description = robots[id]?.body.description
      else { continue }
      if policy.wantsPictures(of: id, at: asked.step) {
        seen.reading.frames = try robots[id]?.look() ?? []
      }
      batch.append(
        PolicyQuestion(
          robot: id, description: description, observation: seen,
          subtask: fleet.status(of: id, at: now)?.subtask))
    }
    questions = [:]
    guard !batch.isEmpty else { return }
    let decisions = try policy.decide(batch)
    self.policy = policy
    let due = now + max(configuration.policyLatency, Self.tick)
    for (question, decision) in zip(batch, decisions) {
      let (robot, episode) = (question.robot, question.observation.episode)
      let step = question.observation.step
      let event: FleetEvent =
        switch decision {
        case .success(let decision): .policyDecided(robot, episode, step: step, decision)
        case .failure: .policyFailed(robot, episode, step: step)
        }
      if case .failure(let failure) = decision { policyFailure = failure.description }
      answers.append((due, event, robot))
    }
  }

  private mutating func deliverAnswers() {
    let due = answers.filter { $0.at <= now }
    answers.removeAll { $0.at <= now }
    events += due.map(\.event)
  }
}

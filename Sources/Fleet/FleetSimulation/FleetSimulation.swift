internal import CoordinatorSession
public import Fleet
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

/// A whole fleet in simulated time, in one thread: the coordinator's session, the endpoints' logic, the
/// codec of their messages, and a modelled operator, all of which are the ones that run in the real fleet,
/// with simulated bodies and a policy. Links take no time and lose nothing, and so does the disk. The same
/// seeds give the same result.
public struct FleetSimulation {
  /// The tick of the simulated clock.
  public static let tick = Duration.milliseconds(20)

  private let configuration: FleetSimulationConfiguration
  private let operatorID: OperatorID = "person"
  private let operatorInstance: UInt64 = 1
  private let operatorIdentity: PeerIdentity = [0]
  private var session: CoordinatorSession
  private var robots: [RobotID: SimulatedEndpoint] = [:]
  private let order: [RobotID]
  private var branches: [RobotID: BranchPoints] = [:]
  private var person: OperatorModelMachine
  private var policy: (any AssistivePolicy)?
  private var questions: [RobotID: SessionPolicyQuestion] = [:]
  private var answers: [(at: FleetInstant, input: SessionInput, robot: RobotID)] = []
  private var inputs: [SessionInput] = []
  private var committed: [EpisodeID: Int] = [:]
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
    session = CoordinatorSession(
      SessionConfiguration(fleet: configuration.fleet),
      at: SessionMoment(now: .origin, wall: WallTime(at: .origin)))
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
  public var contradictions: [String] { session.contradictions }

  // MARK: - One tick

  private mutating func pass() throws {
    deliverAnswers()
    try settle()
    for (index, id) in order.enumerated() where isStarted(index, id) {
      try hear(robots[id]?.tick(at: now) ?? [], from: id)
      try settle()
    }
    try workOff()
    try hear(person.tick(at: now, wall: WallTime(at: now)))
    inputs.append(.tick)
    try settle()
    try workOff()
    if nextStatus <= now {
      nextStatus = now + configuration.statusInterval
      inputs.append(.statusDue(RecordingState()))
    }
    try settle()
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
          try hear(said, from: id)
          try settle()
        }
      }
    }
  }

  /// Lets the session handle all that has happened, and carries out what it decides.
  private mutating func settle() throws {
    var index = 0
    while index < inputs.count {
      let moment = SessionMoment(now: now, wall: WallTime(at: now))
      for effect in session.handle(inputs[index], at: moment) { try carryOut(effect) }
      index += 1
    }
    inputs.removeAll(keepingCapacity: true)
  }

  private mutating func note(_ event: StudyEvent) {
    tally.note(event, at: now)
    witness?(event, now)
  }

  // MARK: - Messages

  /// A robot said something: as bytes, which the coordinator reads.
  private mutating func hear(_ messages: [RobotToCoordinator], from id: RobotID) throws {
    for message in messages {
      switch message {
      case .observation(let observation, _): watchBranches(observation, of: id)
      case .outcome(let outcome):
        note(.step(id, outcome.annotation.author, isMoving: outcome.requestedAction != .hold))
      default: break
      }
      guard case .robot(let heard) = try ToCoordinator(frames: message.frames()) else { continue }
      inputs.append(.robot(heard, from: Self.identity(of: id), user: nil, refusal: nil))
    }
  }

  private mutating func hear(_ messages: [ConsoleToCoordinator]) throws {
    for message in messages {
      guard case .console(let heard) = try ToCoordinator(frames: message.frames()) else { continue }
      inputs.append(.console(heard, from: operatorIdentity, user: nil))
    }
  }

  private static func identity(of robot: RobotID) -> PeerIdentity { Array(robot.name.utf8) }

  private mutating func watchBranches(_ observation: Observation, of id: RobotID) {
    let reading = observation.reading
    guard let progress = reading.progress, let state = reading.simulatedState else { return }
    if observation.step == 0 { branches[id]?.reset() }
    let isBranchPoint =
      branches[id]?.isBranchPoint(
        SceneState(state), progress,
        hand: reading.proprioception.endEffectorPose.position,
        gripperOpening: reading.proprioception.gripperOpening) ?? false
    note(.observed(id, isBranchPoint: isBranchPoint, completed: progress.completed))
  }

  // MARK: - Effects

  private mutating func carryOut(_ effect: SessionEffect) throws {
    switch effect {
    case .sendToRobot(let message, let identity):
      guard let id = order.first(where: { Self.identity(of: $0) == identity }) else { return }
      let read = try CoordinatorToRobot(frames: message.frames())
      guard let said = robots[id]?.handle(read, at: now) else { return }
      try hear(said, from: id)
    case .sendToConsole(let message, _):
      try hear(person.handle(CoordinatorToConsole(frames: message.frames()), at: now))
    case .record(let entry): keep(entry)
    case .askPolicy(let question): questions[question.robot] = question
    case .resetPolicy(let id):
      policy?.reset(id)
      questions[id] = nil
      answers.removeAll { $0.robot == id }
    case .helpWanted(let id, let reason): note(.helpWanted(id, reason))
    case .log(.handover(let change)):
      note(.handover(change.robot, from: change.from, to: change.to, change.cause))
    case .log(.episodeStarted(let id, _)): note(.episodeStarted(id))
    case .log(.episodeEnded(let id, _, let outcome)): note(.episodeEnded(id, outcome))
    case .publish, .recordWorkload, .log: break
    }
  }

  /// The disk of a simulation is fast and never full.
  private mutating func keep(_ entry: RecordingEntry) {
    switch entry {
    case .episodeStarted(let episode, _, _, _, _): inputs.append(.committed([episode: 0]))
    case .step(let record, _, _, _):
      let observation = record.observation
      guard observation.step == committed[observation.episode, default: 0] else { return }
      committed[observation.episode] = observation.step + 1
      inputs.append(.committed([observation.episode: observation.step + 1]))
    case .episodeClosed(let episode, _):
      inputs.append(.committed([episode: committed.removeValue(forKey: episode) ?? 0]))
    default: break
    }
  }

  // MARK: - The policy

  /// All robots whose observations are due, in one batch. Pictures are taken only if they are
  /// looked at.
  private mutating func askPolicy() throws {
    guard var policy, !questions.isEmpty else { return }
    var batch: [PolicyQuestion] = []
    for (id, asked) in questions.sorted(by: { $0.key < $1.key }) {
      var seen = asked.observation
      if policy.wantsPictures(of: id, at: seen.step) {
        seen.reading.frames = try robots[id]?.look() ?? []
      }
      batch.append(
        PolicyQuestion(
          robot: id, description: asked.description, observation: seen, subtask: asked.subtask))
    }
    questions = [:]
    guard !batch.isEmpty else { return }
    let decisions = try policy.decide(batch)
    self.policy = policy
    let due = now + max(configuration.policyLatency, Self.tick)
    for (question, decision) in zip(batch, decisions) {
      let (robot, episode) = (question.robot, question.observation.episode)
      let step = question.observation.step
      if case .failure(let failure) = decision { policyFailure = failure.description }
      let answer = decision.mapError { SessionPolicyFailure($0.description) }
      answers.append((due, .policyAnswered(robot, episode, step: step, answer), robot))
    }
  }

  private mutating func deliverAnswers() {
    let due = answers.filter { $0.at <= now }
    answers.removeAll { $0.at <= now }
    inputs += due.map(\.input)
  }
}

import Fleet
import RobotData

/// How bad the weather is: probabilities, of which each seed turns half off altogether.
struct Weather {
  var lostObservation = 0.0
  var duplicate = 0.0
  var stale = 0.0
  var wrongInstance = 0.0
  var notFinite = 0.0
  var lostEffect = 0.0
  var lostDecision = 0.0
  var failedDecision = 0.0
  var unsureDecision = 0.0
  var robotNap = 0.0
  var robotCrash = 0.0
  var robotLeaves = 0.0
  var robotFault = 0.0
  var operatorNap = 0.0
  var operatorCrash = 0.0
  var stop = 0.0
  var pause = 0.0
  var restart = 0.0
  var stall = 0.0
  var nonsense = 0.0

  static func drawn(_ random: inout SeededGenerator) -> Weather {
    var weather = Weather()
    func draw(_ most: Double) -> Double {
      random.chance(0.5) ? 0 : Double.random(in: 0...most, using: &random)
    }
    weather.lostObservation = draw(0.2)
    weather.duplicate = draw(0.2)
    weather.stale = draw(0.2)
    weather.wrongInstance = draw(0.1)
    weather.notFinite = draw(0.02)
    weather.lostEffect = draw(0.1)
    weather.lostDecision = draw(0.3)
    weather.failedDecision = draw(0.05)
    weather.unsureDecision = draw(0.4)
    weather.robotNap = draw(0.02)
    weather.robotCrash = draw(0.02)
    weather.robotLeaves = draw(0.01)
    weather.robotFault = draw(0.02)
    weather.operatorNap = draw(0.02)
    weather.operatorCrash = draw(0.02)
    weather.stop = draw(0.05)
    weather.pause = draw(0.05)
    weather.restart = draw(0.005)
    weather.stall = draw(0.01)
    weather.nonsense = draw(0.2)
    return weather
  }
}

/// Robots, operators and a policy around a fleet, all moved by one seed. Crude on purpose: it does
/// what a real shell does, and much that none should.
struct World {
  struct Endpoint {
    var id: RobotID
    var instance: UInt64
    var isJoined = false
    var isAsleep = false
    var episode: EpisodeID?
    var nextStep = 0
    /// In lockstep: the step that was sent and waits for its command.
    var sent: Int?
    var isReady = false
    var isStopped = false
    var driven = 0
    var finished = 0
    var heartbeat = FleetInstant.origin
  }

  struct Person {
    var name: OperatorID
    var instance: UInt64
    var isClosedLoop: Bool
    var isJoined = false
    var isAsleep = false
    var robot: RobotID?
    var lastRobot: RobotID?
    var shown: [Int] = []
    var drives = 0
    var heartbeat = FleetInstant.origin
  }

  let seed: UInt64
  var random: SeededGenerator
  var weather: Weather
  var fleet: FleetStateMachine
  var witness: Witness
  var now = FleetInstant(nanoseconds: 1_000_000_000)
  var robots: [Endpoint] = []
  var people: [Person] = []
  var asked: [(RobotID, EpisodeID, Int)] = []
  let isLockstep: Bool
  var restarts: UInt64 = 0
  var violations: [String] = []
  var refusals: Set<Refusal> = []
  var causes: Set<HandoverCause> = []
  /// Rare things that were seen: a run of traces that never shows them proves little.
  var sights: Set<String> = []
  /// What happened last: when, what, and what the fleet said to it.
  var transcript: [(FleetInstant, FleetEvent, [FleetEffect])] = []
  private var isHealed = false

  init(seed: UInt64) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    weather = .drawn(&random)
    isLockstep = random.chance(0.5)
    let configuration = Self.configuration(seed: seed, &random)
    fleet = FleetStateMachine(configuration: configuration)
    witness = Witness(configuration)
    for name in ["r1", "r2", "r3", "r4"].prefix(Int.random(in: 1...4, using: &random)) {
      if let id = try? RobotID(name) { robots.append(Endpoint(id: id, instance: random.next())) }
    }
    for name in ["ann", "bob", "eve"].prefix(Int.random(in: 1...3, using: &random)) {
      guard let id = try? OperatorID(name) else { continue }
      people.append(
        Person(name: id, instance: random.next(), isClosedLoop: random.chance(0.5)))
    }
  }

  private static func configuration(
    seed: UInt64, _ random: inout SeededGenerator
  ) -> FleetConfiguration {
    var configuration = FleetConfiguration(session: SessionID(seed &+ 1000), seed: seed)
    configuration.isAssisted = random.chance(0.7)
    if random.chance(0.5) {
      configuration.stagnation = StagnationRule(radius: 0.04, limit: .seconds(1))
    }
    let rules: [GatingRule] = [
      .plain, .asymmetric(resume: 0.6), .dwell(.milliseconds(400)),
      .confirmed(.milliseconds(300)),
    ]
    configuration.gating = rules[Int.random(in: 0..<rules.count, using: &random)]
    configuration.strategy = ServiceStrategy.allCases[Int.random(in: 0..<4, using: &random)]
    configuration.patience = .seconds(Int.random(in: 1...30, using: &random))
    configuration.returnsAutomatically = random.chance(0.7)
    configuration.endsOnSuccess = random.chance(0.5)
    configuration.stepLimit = Int.random(in: 5...60, using: &random)
    configuration.robotTimeout = .milliseconds(Int.random(in: 400...2000, using: &random))
    configuration.operatorTimeout = .milliseconds(Int.random(in: 400...2000, using: &random))
    configuration.episodeAbandonment = .seconds(Int.random(in: 1...10, using: &random))
    if random.chance(0.5) { configuration.plan = CollectionPlan(orders: [["red"], ["blue"]]) }
    return configuration
  }

  /// What this seed drew, for the message of a failure.
  var story: String {
    "lockstep \(isLockstep), \(fleet.configuration), \(weather), last: "
      + transcript.suffix(12).map { "\($0) \($1) -> \($2)" }.joined(separator: "\n")
  }

  // MARK: The fleet

  mutating func tell(_ event: FleetEvent) {
    let effects = fleet.handle(event, at: now)
    transcript.append((now, event, effects))
    if transcript.count > 400 { transcript.removeFirst(200) }
    witness.configuration.thresholds = fleet.configuration.thresholds
    witness.saw(event, effects, at: now)
    witness.compare(with: fleet.status(at: now))
    violations += witness.violations + fleet.contradictions
    for effect in effects {
      if case .handover(let handover) = effect { note(handover, during: event) }
      note(refusal: effect)
      if !random.chance(isHealed ? 0 : weather.lostEffect) { carryOut(effect) }
    }
  }

  private mutating func note(_ handover: Handover, during event: FleetEvent) {
    causes.insert(handover.cause)
    if case .human = handover.from, handover.cause == .uncertaintyFell {
      sights.insert("went on by itself after a nudge")
    }
    if case .operatorRequested(_, _, .drive) = event { sights.insert("taken back by a movement") }
    if case .hold = handover.from, case .policy = handover.to, handover.cause == .uncertaintyFell {
      sights.insert("request withdrawn")
    }
    if handover.episode?.session != fleet.configuration.session {
      sights.insert("episode of an earlier run")
    }
  }

  private mutating func note(refusal effect: FleetEffect) {
    switch effect {
    case .refuseRobot(_, _, let refusal), .refuseOperator(_, _, let refusal),
      .refuseRequest(_, _, let refusal):
      refusals.insert(refusal)
    default: break
    }
  }

  private mutating func carryOut(_ effect: FleetEffect) {
    switch effect {
    case .startEpisode(let id, let episode, _): start(episode, on: id)
    case .endEpisode(let id, let episode, let outcome):
      update(id) { robot in
        guard robot.episode == episode else { return }
        robot.episode = nil
        if outcome == .success || outcome == .failure { robot.finished += 1 }
      }
    case .command(let id, let command):
      update(id) { robot in
        if command.action != .hold { robot.driven += 1 }
        guard let sent = robot.sent, command.respondsTo == sent else { return }
        robot.sent = nil
        robot.nextStep = sent + 1
      }
    case .stopRobot(let id, _): update(id) { $0.isStopped = true }
    case .releaseRobot(let id): update(id) { $0.isStopped = false }
    case .refuseRobot(let id, let instance, .notJoined):
      update(id) { if $0.instance == instance { $0.isJoined = false } }
    case .refuseRobot(let id, _, .foreignEpisode):
      update(id) { robot in  // someone restarts the endpoint
        robot.episode = nil
        robot.isJoined = false
      }
    case .refuseOperator(let name, let instance, .notJoined):
      update(name) { if $0.instance == instance { $0.isJoined = false } }
    case .askPolicy(let id, let episode, let step): asked.append((id, episode, step))
    case .assigned(let id, to: let name, _):
      update(name) { person in
        person.robot = id
        person.lastRobot = id
        person.shown = []
        person.drives = 0
      }
    case .unassigned(_, from: let name, _): update(name) { $0.robot = nil }
    case .forwardObservation(_, _, let step, to: let name): update(name) { $0.shown.append(step) }
    default: break
    }
  }

  private mutating func start(_ episode: EpisodeID, on id: RobotID) {
    update(id) { robot in
      guard robot.episode != episode else { return }
      robot.episode = episode
      robot.nextStep = 0
      robot.sent = nil
      robot.driven = 0
      robot.isReady = false
    }
  }

  mutating func update(_ id: RobotID, _ body: (inout Endpoint) -> Void) {
    if let index = robots.firstIndex(where: { $0.id == id }) { body(&robots[index]) }
  }

  mutating func update(_ name: OperatorID, _ body: (inout Person) -> Void) {
    if let index = people.firstIndex(where: { $0.name == name }) { body(&people[index]) }
  }

  // MARK: Robots

  mutating func join(_ index: Int) {
    let robot = robots[index]
    let progress = robot.episode.map { EpisodeInProgress(episode: $0, nextStep: robot.nextStep) }
    robots[index].isJoined = true
    robots[index].isReady = false
    robots[index].sent = nil
    robots[index].heartbeat = now
    tell(.robotJoined(robot.id, instance: robot.instance, .bench, progress))
  }

  mutating func observe(_ index: Int) {
    let robot = robots[index]
    guard let episode = robot.episode else {
      if !robot.isReady {
        robots[index].isReady = true
        tell(.robotReady(robot.id, instance: robot.instance))
      }
      return
    }
    // An endpoint that waits for an answer for too long does not wait for ever.
    guard robot.sent == nil || random.chance(0.1) else { return }
    let step = robot.nextStep
    robots[index].sent = isLockstep ? step : nil
    if !isLockstep { robots[index].nextStep += 1 }
    if !isHealed, random.chance(weather.lostObservation) { return }
    let isStale = !isHealed && random.chance(weather.stale)
    let summary = ObservationSummary(
      episode: episode, step: step, endEffectorPose: .rest,
      progress: TaskProgress(completed: [], available: [], isSuccess: robot.driven >= 12),
      isFinite: isHealed || !random.chance(weather.notFinite))
    let isWrong = !isHealed && random.chance(weather.wrongInstance)
    let instance = isWrong ? robot.instance &+ 1 : robot.instance
    let milliseconds = isStale ? 900 : Int.random(in: 0...(isHealed ? 20 : 90), using: &random)
    let event = FleetEvent.observed(
      robot.id, instance: instance, summary, age: .milliseconds(milliseconds))
    tell(event)
    if !isHealed, random.chance(weather.duplicate) { tell(event) }
  }

  // MARK: The policy

  mutating func decide() {
    guard !asked.isEmpty else { return }
    let index = isHealed ? 0 : Int.random(in: 0..<asked.count, using: &random)
    let (id, episode, step) = asked.remove(at: index)
    if asked.count > 40 { asked.removeFirst(20) }
    if !isHealed, random.chance(weather.lostDecision) { return }
    if !isHealed, random.chance(weather.failedDecision) {
      tell(.policyFailed(id, episode, step: step))
      return
    }
    let isUnsure = random.chance(isHealed ? 0.02 : weather.unsureDecision)
    let isBroken = !isHealed && random.chance(weather.notFinite)
    let uncertainty = Uncertainty(
      task: isBroken ? .nan : Double.random(in: 0...(isUnsure ? 0.6 : 0.15), using: &random),
      policy: Double.random(in: 0...(isUnsure ? 0.3 : 0.08), using: &random))
    let action =
      random.chance(0.1) ? Action.hold : .moving(Double.random(in: 0.1...1, using: &random))
    let decision = PolicyDecision(action: action, uncertainty: uncertainty, subgoal: nil)
    tell(.policyDecided(id, episode, step: step, decision))
  }

  mutating func beHealed() { isHealed = true }
}

extension String {
  /// The first word: the name of an enum's case without its values.
  var word: String { String(prefix { $0.isLetter }) }
}

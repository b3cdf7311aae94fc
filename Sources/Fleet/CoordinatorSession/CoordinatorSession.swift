public import Fleet
public import RobotData
internal import Wire

/// All that a coordinator's behaviour depends on, besides what reaches it.
public struct SessionConfiguration: Sendable {
  /// The fleet's rules.
  public var fleet: FleetConfiguration
  /// The fleet that started the coordinator; nil for none.
  public var fleetID: FleetID?
  /// Whether robots wait for each answer instead of pacing themselves by the clock.
  public var isLockstep = false
  /// Whether to end when all episodes of `fleet.episodeLimit` have ended.
  public var endsWithLastEpisode = false
  /// Episodes of earlier runs in the same recording that have not ended, and their robots.
  public var openEpisodes: [EpisodeID: RobotID] = [:]
  /// Steps that earlier runs of the same fleet had recorded, by robot.
  public var earlierSteps: [RobotID: StepCounts] = [:]

  /// A configuration with these rules, for a fleet that begins anew.
  public init(fleet: FleetConfiguration) { self.fleet = fleet }
}

/// Steps of a robot.
public struct StepCounts: Hashable, Sendable {
  /// All of them.
  public var all = 0
  /// Those of which the robot's loop began late.
  public var late = 0

  /// These counts.
  public init(all: Int = 0, late: Int = 0) {
    self.all = all
    self.late = late
  }
}

/// A coordinator without sockets, clock, disk or threads: who may say what, what is sent, what is
/// recorded, what the policy is asked, and when a run is over. Whatever reaches it becomes effects, which
/// a shell carries out in their order; the same inputs at the same moments give the same effects.
public struct CoordinatorSession: Sendable {
  /// What was set.
  public let configuration: SessionConfiguration
  var fleet: FleetStateMachine
  var peers = Peers()
  var assembler = StepAssembler()
  var counts = CoordinatorCounts()
  var steps: [RobotID: StepCounts]
  /// What was last told of each robot's failed decisions.
  var lastFailure: [RobotID: String] = [:]
  /// Whose episode it is: where acknowledgements go.
  var robotOfEpisode: [EpisodeID: RobotID] = [:]
  var committed: [EpisodeID: Int] = [:]
  var announced: [EpisodeID: Int] = [:]
  /// Episodes whose beginning is not on disk yet. Their robots hear of them when it is: a coordinator
  /// that is started again finds each episode that a robot may be in.
  var unrecordedStarts: [EpisodeID: (robot: RobotID, seed: UInt64)] = [:]
  /// Episodes of earlier runs in this recording that have not ended yet.
  var awaited: [EpisodeID: RobotID]
  /// What was already told of each sender of messages that cannot be read.
  var malformedBySender: [String: Int] = [:]
  private let earlierSteps: Int
  private let startedAt: FleetInstant
  private var finishedAt: FleetInstant?

  // Of the input that is being handled.
  var moment: SessionMoment
  var effects: [SessionEffect] = []

  /// A session that begins at `moment`.
  public init(_ configuration: SessionConfiguration, at moment: SessionMoment) {
    self.configuration = configuration
    self.moment = moment
    fleet = FleetStateMachine(configuration: configuration.fleet)
    awaited = configuration.openEpisodes
    steps = configuration.earlierSteps
    earlierSteps = steps.values.reduce(0) { $0 + $1.all }
    for (robot, counts) in steps { self.counts.lateSteps[robot] = counts.late }
    startedAt = moment.now
  }

  /// Takes one input.
  ///
  /// - Parameters:
  ///   - input: What reached the coordinator.
  ///   - moment: When; never earlier than before.
  /// - Returns: What is to be done, in this order.
  public mutating func handle(_ input: SessionInput, at moment: SessionMoment) -> [SessionEffect] {
    self.moment = moment
    switch input {
    case .robot(let heard, let identity, let user, let refusal):
      handle(heard, from: identity, user: user, refusal: refusal)
    case .console(let heard, let identity, let user): handle(heard, from: identity, user: user)
    case .unreadable(let error, let identity, let address):
      drop(error, from: identity, address: address)
    case .committed(let counts): acknowledge(counts)
    case .recorderSaid(let text, let warning, let isRecorded):
      log(.recording(text))
      announce(.notice("recording: \(text)"))
      counts.recordingWarning = warning
      if isRecorded { note("unwritten", nil, text) }
    case .policyAnswered(let robot, let episode, let step, let answer):
      take(answer, robot, episode, step)
    case .tick: tell(.tick)
    case .statusDue(let state): publish(state)
    }
    defer { effects = [] }
    return effects
  }

  /// What everybody who was let in is told when the coordinator ends.
  public func goodbyes() -> [SessionEffect] {
    peers.admittedRobots.map { .sendToRobot(.goodbye, $0) }
      + peers.allConsoles.map { .sendToConsole(.goodbye, $0.identity) }
  }

  // MARK: - What came of it

  /// The fleet as it stands.
  public func snapshot(at now: FleetInstant) -> FleetSnapshot { fleet.status(at: now) }
  /// Rules of the fleet that were found broken: none, or a fault of Mallard's.
  public var contradictions: [String] { fleet.contradictions }
  /// Messages that could not be read.
  public var malformedMessages: Int { counts.malformedMessages }
  /// Steps that were recorded, by robot, those of earlier runs of the fleet included.
  public var stepCounts: [RobotID: StepCounts] { steps }

  /// Whether all episodes have begun and none is in progress, those included that an earlier run
  /// left behind, and all their steps are on disk; or too long after.
  ///
  /// - Parameter now: The time; from the first on at which all episodes had ended, it is waited for the
  ///   disk.
  /// - Returns: Whether it is over.
  public mutating func isFinished(at now: FleetInstant) -> Bool {
    guard configuration.endsWithLastEpisode, let limit = configuration.fleet.episodeLimit else {
      return false
    }
    let status = fleet.status(at: now)
    guard status.begun >= limit, status.robots.allSatisfy({ $0.episode == nil }) else {
      return false
    }
    // Robots that an earlier run left in mid-episode are waited for, but not for ever.
    let waited = now - startedAt
    guard awaited.isEmpty || waited > configuration.fleet.episodeAbandonment else { return false }
    let isWritten = robotOfEpisode.keys.allSatisfy { episode in
      announced[episode].map { $0 <= committed[episode] ?? 0 } ?? false
    }
    if isWritten { return true }
    if finishedAt == nil { finishedAt = now }
    return finishedAt.map { now - $0 > .seconds(5) } ?? false
  }

  // MARK: - For what follows

  func status() -> FleetStatus {
    FleetStatus(
      of: fleet.status(at: moment.now), session: configuration.fleet.session, time: moment.wall,
      isAssisted: configuration.fleet.isAssisted, isLockstep: configuration.isLockstep,
      counts: counts)
  }

  mutating func send(_ message: CoordinatorToRobot, to identity: PeerIdentity) {
    effects.append(.sendToRobot(message, identity))
  }

  mutating func send(_ message: CoordinatorToConsole, to identity: PeerIdentity) {
    effects.append(.sendToConsole(message, identity))
  }

  mutating func send(_ message: CoordinatorToRobot, to robot: RobotID) {
    if let identity = peers.robot(robot)?.identity { send(message, to: identity) }
  }

  mutating func record(_ entry: RecordingEntry) { effects.append(.record(entry)) }

  mutating func log(_ event: CoordinatorLogEvent) { effects.append(.log(event)) }

  /// The same to all consoles.
  mutating func announce(_ message: CoordinatorToConsole) {
    for console in peers.allConsoles { send(message, to: console.identity) }
  }

  /// Puts a line into the recording's table of events.
  mutating func note(_ kind: String, _ robot: RobotID?, _ text: String) {
    record(.event(kind: kind, robot: robot, text: text, at: moment.wall))
  }

  /// One event for the fleet, and what comes of it.
  mutating func tell(_ event: FleetEvent, _ context: EventContext = EventContext()) {
    for effect in fleet.handle(event, at: moment.now) { perform(effect, context) }
  }

  // MARK: - Small inputs

  private mutating func publish(_ state: RecordingState) {
    counts.recordingBytes = state.bytes
    counts.recordingWarning = state.warning
    counts.freeBytes = state.freeBytes
    counts.committedSteps = earlierSteps + state.committedSteps
    let status = status()
    announce(.status(status))
    effects.append(.publish(status))
  }

  private mutating func acknowledge(_ counts: [EpisodeID: Int]) {
    for (episode, steps) in counts.sorted(by: { $0.key < $1.key }) {
      committed[episode] = steps
      if let start = unrecordedStarts.removeValue(forKey: episode) {
        send(.startEpisode(episode, seed: start.seed), to: start.robot)
        continue
      }
      guard let robot = robotOfEpisode[episode] else { continue }
      send(.acknowledge(episode, steps: steps), to: robot)
    }
  }

  private mutating func take(
    _ answer: Result<PolicyDecision, SessionPolicyFailure>, _ robot: RobotID,
    _ episode: EpisodeID, _ step: Int
  ) {
    switch answer {
    case .success(let decision):
      lastFailure[robot] = nil
      tell(.policyDecided(robot, episode, step: step, decision))
    case .failure(let failure):
      // A robot that waits is asked about ten times a second: the same reason is told once.
      if lastFailure.updateValue(failure.reason, forKey: robot) != failure.reason {
        note("policy-failed", robot, failure.reason)
        log(.policyFailed(robot, failure.reason))
      }
      tell(.policyFailed(robot, episode, step: step))
    }
  }

  /// A message that cannot be read is counted, and its sender named; peers of another version
  /// are told so.
  private mutating func drop(
    _ error: WireError, from identity: PeerIdentity, address: String
  ) {
    counts.malformedMessages += 1
    if case .version(_, let name) = error {
      send(CoordinatorToRobot.refused(reason: error.description), to: identity)
      log(.refused(name: name, reason: error.description))
    }
    let known = peers.name(of: identity)
    let name = known.map { "\($0) (\(address))" } ?? address
    // A peer that sends rubbish at full speed must not fill disk and terminal.
    malformedBySender[name, default: 0] += 1
    guard malformedBySender[name, default: 0] <= 10 else { return }
    log(.malformedMessage(sender: name, reason: error.description))
    note("malformed-message", nil, "\(name): \(error.description)")
  }
}

/// Whose message led to an event of the fleet.
struct EventContext {
  /// The connection that said hello, for its welcome.
  var greeted: PeerIdentity?
  /// The number of an operator's order, for its refusal.
  var order: UInt32 = 0
  /// The operator who marks an episode.
  var marker: OperatorID?
}

internal import Clocks
internal import Fleet
internal import FleetMessages
internal import PlainErrors
public import Policy
internal import RecordingStore
internal import RobotData
internal import Wire
public import ZeroMQ

/// What other threads tell a coordinator's loop.
enum CoordinatorLetter: Sendable {
  /// So many steps of these episodes are on disk.
  case committed([EpisodeID: Int])
  /// What the recorder says of itself.
  case recording(RecorderNews)
  /// The policy answered.
  case answered([PolicyRunner.Answer])
}

/// Joins sockets, the fleet's rules, the policy and the recording. It decides nothing itself:
/// each message becomes an event of `FleetStateMachine`, each effect becomes a message or a row.
/// Everything happens in the thread that calls `run()`.
public final class Coordinator {
  let configuration: CoordinatorConfiguration
  let router: Socket
  /// Unbound, and so without effect, where no viewers are wanted.
  let telemetry: Socket
  let mailbox: Mailbox<CoordinatorLetter>
  let recorder: Recorder
  let policy: PolicyRunner?
  /// Why the policy cannot drive a robot; nil where it can, or where there is no policy.
  let policyRefusal: (RobotDescription) -> String?
  /// What was last told of each robot's failed decisions.
  var lastFailure: [RobotID: String] = [:]
  let news: (CoordinatorNews) -> Void
  private let stopping: Mailbox<Void>

  var fleet: FleetStateMachine
  var peers = Peers()
  var assembler = StepAssembler()
  var counts = CoordinatorCounts()
  var stepCounts: [RobotID: Int] = [:]
  /// Whose episode it is: where acknowledgements go.
  var robotOfEpisode: [EpisodeID: RobotID] = [:]
  var committed: [EpisodeID: Int] = [:]
  var announced: [EpisodeID: Int] = [:]
  /// Episodes whose beginning is not on disk yet. Their robots hear of them when it is: a coordinator
  /// that is started again finds each episode that a robot may be in.
  var unrecordedStarts: [EpisodeID: (robot: RobotID, seed: UInt64)] = [:]
  /// Steps that earlier runs of the same fleet had recorded.
  private var earlierSteps = 0
  /// Who said the hello that is being handled, for the welcome.
  var greeted: [UInt8] = []
  /// The number of the order that is being handled, for refusals.
  var orderNumber: UInt32 = 0
  /// The operator whose mark is being handled.
  var marker: OperatorID?
  /// What was already told of each sender of messages that cannot be read.
  var malformedBySender: [String: Int] = [:]
  /// Episodes of earlier runs in this recording that have not ended yet.
  var awaited: [EpisodeID: RobotID] = [:]
  private let startedAt = SystemClock.now
  private var lastTick = FleetInstant.origin
  private var lastStatus = FleetInstant.origin
  private var lastSizes = FleetInstant.origin
  private var finishedAt: FleetInstant?

  /// Opens the recording and listens. `stopping` ends `run()`; `news` is called in its thread.
  ///
  /// - Throws: `RecordingError`, `ZMQError` (an address in use), `CoordinatorError`.
  public init(
    _ configuration: CoordinatorConfiguration, policy: (any AssistivePolicy)?,
    context: Context, stopping: Mailbox<Void>, news: @escaping (CoordinatorNews) -> Void
  ) throws {
    for address in [configuration.address, configuration.telemetryAddress].compactMap({ $0 }) {
      guard
        configuration.keys != nil || configuration.allowsPlaintextOnNetwork
          || EndpointReach(of: address) == .thisMachine
      else { throw CoordinatorError.plaintextOnNetwork(address: address) }
    }
    var configuration = configuration
    configuration.fleet.isAssisted = policy != nil
    self.configuration = configuration
    self.stopping = stopping
    self.news = news
    let mailbox = try Mailbox<CoordinatorLetter>()
    self.mailbox = mailbox
    let policyName = policy?.name
    var options = try Self.options(configuration, context)
    // Sockets first: nobody shall find a new session in the recording because of a wrong address.
    options.isRouterMandatory = true
    router = try Socket(.router, in: context, options: options)
    let bound = try router.bind(configuration.address)
    var telemetryBound: String?
    options.isRouterMandatory = false
    telemetry = try Socket(.xpub, in: context, options: options)
    if let address = configuration.telemetryAddress {
      telemetryBound = try telemetry.bind(address)
    }
    recorder = try Recorder(
      path: configuration.recordingPath,
      session: SessionRecord(
        id: configuration.fleet.session, startedAt: SystemClock.wall,
        software: configuration.software, policy: policyName,
        isLockstep: configuration.isLockstep, settings: configuration.settings),
      rotateSize: configuration.rotateSize,
      onCommit: { mailbox.post(.committed($0)) }, onTrouble: { _ in },
      onNews: { mailbox.post(.recording($0)) })
    awaited = recorder.openEpisodes
    policyRefusal = { policy?.refusal(of: $0) }
    self.policy = policy.map { PolicyRunner($0) { mailbox.post(.answered($0)) } }
    if let fleetID = configuration.fleetID {
      let history = try FleetHistory(of: fleetID, in: recorder.paths)
      configuration.fleet.earlier = EarlierEpisodes(history)
      earlierSteps = history.episodes.reduce(0) { $0 + $1.steps }
      for episode in history.episodes {
        stepCounts[episode.robot, default: 0] += episode.steps
        counts.lateSteps[episode.robot, default: 0] += episode.lateSteps
      }
    }
    fleet = FleetStateMachine(configuration: configuration.fleet)
    news(.listening(bound, telemetry: telemetryBound))
  }

  private static func options(
    _ configuration: CoordinatorConfiguration, _ context: Context
  ) throws -> SocketOptions {
    var options = SocketOptions()
    options.frameBytesLimit = WireLimits.pictureBytes
    options.framesPerMessage = WireLimits.pictures + 3
    if let keys = configuration.keys {
      let authenticator = try Authenticator(for: context, allowed: configuration.allowedKeys)
      options.security = .server(keys, authenticator)
    }
    return options
  }

  /// Runs until somebody posts to `stopping`, or the last episode has ended where the
  /// configuration says so.
  ///
  /// - Throws: `ZMQError` when the context is shut down.
  public func run() throws -> CoordinatorResult {
    var poller = Poller()
    _ = poller.add(router)
    _ = poller.add(mailbox.wakeup)
    _ = poller.add(stopping.wakeup)
    while stopping.take().isEmpty, !isFinished {
      _ = try poller.wait(atMost: .milliseconds(10))
      try receive()
      for letter in mailbox.take() { try open(letter) }
      let now = SystemClock.now
      if now - lastTick >= .milliseconds(20) {
        lastTick = now
        try tell(.tick)
      }
      if now - lastStatus >= configuration.statusInterval {
        lastStatus = now
        try publish(at: now)
      }
      drainSubscriptions()
    }
    return try end()
  }

  /// Whether all episodes have begun and none is in progress, those included that an earlier run
  /// left behind, and all their steps are on disk; or too long after.
  private var isFinished: Bool {
    guard configuration.endsWithLastEpisode, let limit = configuration.fleet.episodeLimit else {
      return false
    }
    let now = SystemClock.now
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

  private func end() throws -> CoordinatorResult {
    for identity in peers.admitted { try send(CoordinatorToRobot.goodbye, to: identity) }
    policy?.close()
    _ = recorder.close()
    let unwritten = recorder.unwritten
    for letter in mailbox.take() {
      if case .recording(let said) = letter { news(.recording(said.text(recorder.path))) }
    }
    let status = fleet.status(at: SystemClock.now)
    countRecordedSteps()
    let late = stepCounts.map { robot, all in
      (robot, (late: counts.lateSteps[robot] ?? 0, all: all))
    }
    return CoordinatorResult(
      session: configuration.fleet.session, outcomes: status.outcomes,
      begunEpisodes: status.begun, committedSteps: earlierSteps + recorder.committedSteps,
      lateSteps: Dictionary(uniqueKeysWithValues: late),
      malformedMessages: counts.malformedMessages, unwrittenEntries: unwritten.count,
      unwritten: unwritten.account,
      recordingBytes: recorder.fileBytes, contradictions: fleet.contradictions,
      policyTiming: policy?.timing)
  }

  /// Where coordinators of the same fleet were killed, robots sent steps again that were on disk already:
  /// the file says how many there are.
  private func countRecordedSteps() {
    guard let fleetID = configuration.fleetID,
      let history = try? FleetHistory(of: fleetID, in: recorder.paths)
    else { return }
    stepCounts = [:]
    counts.lateSteps = [:]
    for episode in history.episodes {
      stepCounts[episode.robot, default: 0] += episode.steps
      counts.lateSteps[episode.robot, default: 0] += episode.lateSteps
    }
  }

  // MARK: - In and out

  /// Takes what has come, but never so much that a tick is late.
  private func receive() throws {
    for _ in 0..<256 {
      guard let message = try router.receiveNow() else { return }
      let parts = message.parts
      guard let identity = parts.first else { continue }
      let sender = message.userID ?? message.peerAddress ?? "an unknown address"
      let heard: ToCoordinator
      do throws(WireError) {
        heard = try ToCoordinator(frames: Array(parts.dropFirst()))
      } catch {
        try drop(error, from: identity, sender: sender)
        continue
      }
      switch heard {
      case .robot(let heard): try handle(heard, from: identity, user: message.userID)
      case .console(let heard): try handle(heard, from: identity, user: message.userID)
      }
    }
  }

  /// A message that cannot be read is counted, and its sender named; peers of another version
  /// are told so.
  private func drop(_ error: WireError, from identity: [UInt8], sender: String) throws {
    counts.malformedMessages += 1
    if case .version(_, let name) = error {
      try send(CoordinatorToRobot.refused(reason: error.description), to: identity)
      news(.refused(name: name, reason: error.description))
    }
    let known =
      peers.robots[identity].map { $0.id.name } ?? peers.consoles[identity].map { $0.id.name }
    let name = known.map { "\($0) (\(sender))" } ?? sender
    // A peer that sends rubbish at full speed must not fill disk and terminal.
    malformedBySender[name, default: 0] += 1
    guard malformedBySender[name, default: 0] <= 10 else { return }
    news(.malformedMessage(sender: name, reason: error.description))
    note("malformed-message", nil, "\(name): \(PlainError.sentence(error))")
  }

  func send(_ message: some WireMessage, to identity: [UInt8]) throws {
    do throws(ZMQError) {
      let frames: [[UInt8]]
      do throws(WireError) { frames = try message.frames() } catch {
        news(.malformedMessage(sender: "this coordinator", reason: error.description))
        return
      }
      _ = try router.sendNow([identity] + frames)
    } catch {
      // Whoever has gone is noticed by silence; whoever reads nothing loses messages.
      guard error.reason == .peerUnreachable else { throw error }
    }
  }

  func send(_ message: CoordinatorToRobot, to robot: RobotID) throws {
    if let identity = peers.robot(robot)?.identity { try send(message, to: identity) }
  }

  /// One event for the fleet, and what comes of it.
  func tell(_ event: FleetEvent) throws {
    for effect in fleet.handle(event, at: SystemClock.now) { try perform(effect) }
  }

  /// Puts a line into the recording's table of events.
  func note(_ kind: String, _ robot: RobotID?, _ text: String) {
    _ = recorder.offer(.event(kind: kind, robot: robot, text: text, at: SystemClock.wall))
  }

  private func open(_ letter: CoordinatorLetter) throws {
    switch letter {
    case .committed(let counts):
      for (episode, steps) in counts.sorted(by: { $0.key < $1.key }) {
        committed[episode] = steps
        if let start = unrecordedStarts.removeValue(forKey: episode) {
          try send(.startEpisode(episode, seed: start.seed), to: start.robot)
          continue
        }
        guard let robot = robotOfEpisode[episode] else { continue }
        try send(.acknowledge(episode, steps: steps), to: robot)
      }
    case .recording(let said): try tell(said)
    case .answered(let answers): for answer in answers { try take(answer) }
    }
  }

  private func take(_ answer: PolicyRunner.Answer) throws {
    let (robot, episode, step) = (answer.robot, answer.episode, answer.step)
    switch answer.decision {
    case .success(let decision):
      lastFailure[robot] = nil
      try tell(.policyDecided(robot, episode, step: step, decision))
    case .failure(let failure):
      // A robot that waits is asked about ten times a second: the same reason is told once.
      if lastFailure.updateValue(failure.description, forKey: robot) != failure.description {
        note("policy-failed", robot, failure.description)
        news(.policyFailed(robot, failure.description))
      }
      try tell(.policyFailed(robot, episode, step: step))
    }
  }

  /// The same to all consoles.
  func announce(_ message: CoordinatorToConsole) throws {
    for identity in peers.consoles.keys { try send(message, to: identity) }
  }

  /// What consoles are shown of the fleet.
  func status(at now: FleetInstant) -> CoordinatorToConsole {
    .status(
      FleetStatus(
        of: fleet.status(at: now), session: configuration.fleet.session, time: SystemClock.wall,
        isAssisted: configuration.fleet.isAssisted, isLockstep: configuration.isLockstep,
        counts: counts))
  }

  private func publish(at now: FleetInstant) throws {
    if now - lastSizes >= .seconds(1) {
      lastSizes = now
      counts.recordingBytes = recorder.fileBytes
      counts.recordingWarning = recorder.warning
      counts.freeBytes = recorder.freeBytes
    }
    counts.committedSteps = earlierSteps + recorder.committedSteps
    let status = status(at: now)
    try announce(status)
    _ = try telemetry.sendNow([Array("status".utf8)] + status.frames())
  }

  /// XPUB: subscriptions are received, or they would pile up.
  private func drainSubscriptions() {
    while (try? telemetry.receiveNow()) != nil {}
  }
}

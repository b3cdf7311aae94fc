internal import Clocks
public import CoordinatorSession
internal import Fleet
internal import Foundation
public import Policy
internal import RecordingStore
internal import RobotData
internal import Wire
public import ZeroMQ

/// What other threads tell a coordinator's loop.
enum InboxMessage: Sendable {
  /// This many steps of these episodes are on disk.
  case committed([EpisodeID: Int])
  /// What the recorder says of itself.
  case recording(RecorderNews)
  /// The policy answered.
  case answered([PolicyRunner.Answer])
}

/// Joins sockets, policy and recording to a `CoordinatorSession`, which decides everything: each message
/// becomes one of its inputs, each of its effects a message, a row or a question.
/// Everything happens in the thread that calls `run()`.
public final class Coordinator {
  private let configuration: CoordinatorConfiguration
  private let router: Socket
  /// Unbound, and so without effect, where no viewers are wanted.
  private let telemetry: Socket
  private let mailbox: Mailbox<InboxMessage>
  private let recorder: Recorder
  private let policy: PolicyRunner?
  /// Why the policy cannot drive a robot; nil where it can, or where there is no policy.
  private let policyRefusal: (RobotDescription) -> String?
  private let log: (CoordinatorLogEvent) -> Void
  private let stopping: Mailbox<Void>
  private var session: CoordinatorSession
  private var recording = RecordingState()
  private var lastTick = FleetInstant.origin
  private var lastStatus = FleetInstant.origin
  private var lastSizes = FleetInstant.origin

  /// Opens the recording and listens. `stopping` ends `run()`; `log` is called in its thread.
  ///
  /// - Throws: `RecordingError`, `ZMQError` (an address in use), `CoordinatorError`.
  public init(
    _ configuration: CoordinatorConfiguration, policy: (any AssistivePolicy)?,
    context: Context, stopping: Mailbox<Void>, log: @escaping (CoordinatorLogEvent) -> Void
  ) throws {
    for address in [configuration.address, configuration.telemetryAddress].compactMap({ $0 }) {
      guard
        configuration.keys != nil || configuration.allowsPlaintextOnNetwork
          || EndpointReach(of: address) == .thisMachine
      else { throw CoordinatorError.plaintextOnNetwork(address: address) }
    }
    var configuration = configuration
    configuration.fleet.isAssisted = policy != nil
    self.stopping = stopping
    self.log = log
    let mailbox = try Mailbox<InboxMessage>()
    self.mailbox = mailbox
    var options = try Self.options(configuration, context)
    // Sockets first: no one shall find a new session in the recording because of a wrong address.
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
        software: configuration.software, policy: policy?.name,
        isLockstep: configuration.isLockstep, settings: configuration.settings),
      rotateSize: configuration.rotateSize,
      onCommit: { mailbox.post(.committed($0)) }, onTrouble: { _ in },
      onNews: { mailbox.post(.recording($0)) })
    policyRefusal = { policy?.refusal(of: $0) }
    self.policy = policy.map { PolicyRunner($0) { mailbox.post(.answered($0)) } }
    session = CoordinatorSession(
      try Self.start(&configuration, recorder),
      at: SessionMoment(now: SystemClock.now, wall: SystemClock.wall))
    self.configuration = configuration
    log(.listening(bound, telemetry: telemetryBound))
  }

  /// What the session begins with: after a coordinator of the same fleet was killed, what it had recorded.
  private static func start(
    _ configuration: inout CoordinatorConfiguration, _ recorder: Recorder
  ) throws -> SessionConfiguration {
    var earlier: [RobotID: StepCounts] = [:]
    if let fleetID = configuration.fleetID {
      let history = try FleetHistory(of: fleetID, in: recorder.paths)
      configuration.fleet.earlier = EarlierEpisodes(history)
      earlier = history.stepCounts
    }
    var start = SessionConfiguration(fleet: configuration.fleet)
    start.fleetID = configuration.fleetID
    start.isLockstep = configuration.isLockstep
    start.endsWithLastEpisode = configuration.endsWithLastEpisode
    start.openEpisodes = recorder.openEpisodes
    start.earlierSteps = earlier
    return start
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

  /// Runs until something is posted to `stopping`, or the last episode has ended where the
  /// configuration says so.
  ///
  /// - Throws: `ZMQError` when the context is shut down.
  public func run() throws -> CoordinatorResult {
    var poller = Poller()
    _ = poller.add(router)
    _ = poller.add(mailbox.wakeup)
    _ = poller.add(stopping.wakeup)
    while stopping.take().isEmpty, !session.isFinished(at: SystemClock.now) {
      _ = try poller.wait(atMost: .milliseconds(10))
      try receive()
      for message in mailbox.take() { try handle(message) }
      let now = SystemClock.now
      if now - lastTick >= .milliseconds(20) {
        lastTick = now
        try submit(.tick)
      }
      if now - lastStatus >= configuration.statusInterval {
        lastStatus = now
        try submit(.statusDue(recordingState(at: now)))
      }
      drainSubscriptions()
    }
    return try end()
  }

  private func end() throws -> CoordinatorResult {
    for effect in session.goodbyes() { try carryOut(effect) }
    policy?.close()
    _ = recorder.close()
    let unwritten = recorder.unwritten
    for case .recording(let said) in mailbox.take() { log(.recording(said.text(recorder.path))) }
    let status = session.snapshot(at: SystemClock.now)
    return CoordinatorResult(
      session: configuration.fleet.session, outcomes: status.outcomes,
      begunEpisodes: status.begun,
      committedSteps: earlierSteps + recorder.committedSteps,
      lateSteps: recordedSteps().mapValues { (late: $0.late, all: $0.all) },
      malformedMessages: session.malformedMessages, unwrittenEntries: unwritten.count,
      unwritten: unwritten.account,
      recordingBytes: recorder.fileBytes, contradictions: session.contradictions,
      policyTiming: policy?.timing)
  }

  private var earlierSteps: Int {
    session.configuration.earlierSteps.values.reduce(0) { $0 + $1.all }
  }

  /// Where coordinators of the same fleet were killed, robots sent steps again that were on disk already:
  /// the file says how many there are.
  private func recordedSteps() -> [RobotID: StepCounts] {
    guard let fleetID = configuration.fleetID,
      let history = try? FleetHistory(of: fleetID, in: recorder.paths)
    else { return session.stepCounts }
    return history.stepCounts
  }

  // MARK: - In

  /// Takes what has come, but never so much that a tick is late.
  private func receive() throws {
    for _ in 0..<256 {
      guard let message = try router.receiveNow() else { return }
      let parts = message.parts
      guard let identity = parts.first else { continue }
      let heard: ToCoordinator
      do throws(WireError) {
        heard = try ToCoordinator(frames: Array(parts.dropFirst()))
      } catch {
        let address = message.userID ?? message.peerAddress ?? "an unknown address"
        try submit(.unreadable(error, from: identity, address: address))
        continue
      }
      switch heard {
      case .robot(let heard):
        var refusal: String?
        if case .hello(let id, _, let description, _, _, _) = heard {
          refusal = policyRefusal(description) ?? recorder.refusal(of: id, description)
        }
        try submit(.robot(heard, from: identity, user: message.userID, refusal: refusal))
      case .console(let heard):
        try submit(.console(heard, from: identity, user: message.userID))
      }
    }
  }

  private func handle(_ message: InboxMessage) throws {
    switch message {
    case .committed(let counts): try submit(.committed(counts))
    case .recording(let said):
      try submit(
        .recorderSaid(
          said.text(recorder.path), warning: recorder.warning, isRecorded: said.isRecorded))
    case .answered(let answers):
      for answer in answers {
        try submit(
          .policyAnswered(
            answer.robot, answer.episode, step: answer.step,
            answer.decision.mapError { SessionPolicyFailure($0.description) }))
      }
    }
  }

  private func submit(_ input: SessionInput) throws {
    let moment = SessionMoment(
      now: SystemClock.now, wall: SystemClock.wall, hasRoomForSteps: recorder.hasRoomForSteps)
    for effect in session.handle(input, at: moment) { try carryOut(effect) }
  }

  private func recordingState(at now: FleetInstant) -> RecordingState {
    if now - lastSizes >= .seconds(1) {
      lastSizes = now
      recording.bytes = recorder.fileBytes
      recording.warning = recorder.warning
      recording.freeBytes = recorder.freeBytes
    }
    recording.committedSteps = recorder.committedSteps
    return recording
  }

  // MARK: - Out

  private func carryOut(_ effect: SessionEffect) throws {
    switch effect {
    case .sendToRobot(let message, let identity): try send(message, to: identity)
    case .sendToConsole(let message, let identity): try send(message, to: identity)
    case .publish(let status):
      _ = try telemetry.sendNow(
        [Array("status".utf8)] + CoordinatorToConsole.status(status).frames())
    case .record(let entry): _ = recorder.offer(entry)
    case .recordWorkload(let name, let ratings):
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let answers = try encoder.encode(WorkloadNote(operator: name.name, ratings: ratings))
      _ = recorder.offer(
        .event(
          kind: "workload", robot: nil, text: String(decoding: answers, as: UTF8.self),
          at: SystemClock.wall))
    case .askPolicy(let question):
      policy?.ask(
        PolicyQuestion(
          robot: question.robot, description: question.description,
          observation: question.observation, subtask: question.subtask))
    case .resetPolicy(let robot): policy?.reset(robot)
    case .helpWanted: break  // The session has told operators.
    case .log(let event): log(event)
    }
  }

  private func send(_ message: some WireMessage, to identity: PeerIdentity) throws {
    do throws(ZMQError) {
      let frames: [[UInt8]]
      do throws(WireError) { frames = try message.frames() } catch {
        log(.malformedMessage(sender: "this coordinator", reason: error.description))
        return
      }
      _ = try router.sendNow([identity] + frames)
    } catch {
      // Whoever has gone is noticed by silence; whoever reads nothing loses messages.
      guard error.reason == .peerUnreachable else { throw error }
    }
  }

  /// XPUB: subscriptions are received, or they would pile up.
  private func drainSubscriptions() {
    while (try? telemetry.receiveNow()) != nil {}
  }
}

/// What a recording keeps of an operator's answers, as JSON.
private struct WorkloadNote: Encodable {
  var `operator`: String
  var ratings: WorkloadRatings
}

internal import RobotData

/// One robot as the fleet sees it: a state machine whose every change of control passes through
/// `enter(_:because:in:)`, so that none can be forgotten in the recording.
struct RobotMachine: Sendable {
  let id: RobotID
  /// What the robot said of itself when it joined last.
  private(set) var description: RobotDescription
  /// The process that joined last.
  private(set) var instance: UInt64
  private(set) var state: RobotState
  /// When it was last heard of, on the fleet's clock of attention.
  private(set) var heard: FleetInstant
  /// When the present state began: the instant of the last hand-over.
  private(set) var entered: FleetInstant
  /// The cause of the last hand-over.
  private(set) var cause: HandoverCause = .robotReturned
  /// The number of the last command; rises for ever, through all episodes and connections.
  private(set) var sequence: UInt64
  /// The episode that ended last.
  private(set) var lastEnded: EpisodeID?
  /// How long the last interventions took.
  private var services = ServiceTimes()

  /// A robot that has not joined yet.
  init(
    _ id: RobotID, instance: UInt64, _ description: RobotDescription, in commons: FleetCommons
  ) {
    self.id = id
    self.instance = instance
    self.description = description
    state = .offline(Absence(since: commons.now, episode: nil, stop: .none))
    heard = commons.attention
    entered = commons.now
    sequence = commons.configuration.sequenceOrigin
  }

  /// What this robot's last interventions for such a reason took on average; of a robot that had none,
  /// the fleet's; zero where there was none at all.
  private func expectedService(for reason: HelpReason, in commons: FleetCommons) -> Duration {
    services.expected(for: reason) ?? commons.services.expected(for: reason) ?? .zero
  }

  /// Whether this process is the one that is connected.
  func isConnected(_ instance: UInt64) -> Bool { state.isOnline && self.instance == instance }

  /// Whether the robot was silent for longer than it may be.
  func isSilent(in commons: FleetCommons) -> Bool {
    state.isOnline && commons.attention - heard > commons.configuration.robotTimeout
  }

  /// The robot's request for a person, where it waits for one.
  func request(in commons: FleetCommons) -> HelpRequest? {
    guard let waiting = state.waiting, let episode = state.episode else { return nil }
    let waited = commons.now - waiting.since
    return HelpRequest(
      robot: id, since: waiting.since,
      isOverdue: commons.configuration.patience.map { waited > $0 } ?? false,
      waitedInAll: episode.waitedBefore + waited,
      urgency: commons.gate.urgency(of: waiting.reason),
      expectedService: expectedService(for: waiting.reason, in: commons))
  }

  mutating func hear(in commons: FleetCommons) { heard = commons.attention }

  mutating func identify(instance: UInt64, _ description: RobotDescription) {
    self.instance = instance
    self.description = description
  }

  /// Changes what is known of the state without a change of control.
  mutating func settle(_ next: RobotState) { state = next }

  @discardableResult
  mutating func updateEpisode<R>(_ body: (inout Episode) -> R) -> R? { state.updateEpisode(body) }

  @discardableResult
  mutating func updateTenure<R>(_ body: (inout Tenure) -> R) -> R? { state.updateTenure(body) }

  /// Passes control on: the only way in which the author, or the reason to hold, changes.
  ///
  /// Records the hand-over, frees an operator who no longer holds the robot, and makes the change
  /// bumpless: decisions on earlier observations are void, and a robot that was moving, or waits
  /// for an answer, is first told to hold. Its new author moves it only in answer to an
  /// observation that is taken from now on.
  mutating func enter(
    _ next: RobotState, because cause: HandoverCause, in commons: inout FleetCommons
  ) {
    let before = state
    let waited = before.waiting.map { commons.now - $0.since }
    state = next
    entered = commons.now
    self.cause = cause
    let episode = before.episode ?? next.episode
    commons.emit(
      .handover(
        Handover(
          robot: id, episode: episode?.id, step: episode?.latestStep, from: before.author,
          to: next.author, cause: cause, waited: waited)))
    let wasMoving = before.author != .hold
    let unanswered = updateEpisode { episode in
      episode.asked.removeAll()
      if let waited { episode.waitedBefore += waited }
      return next.isOnline && !next.isStopped ? episode.open.takeNewest() : nil
    }
    if let tenure = before.tenure, next.tenure?.holder != tenure.holder {
      finish(tenure, because: cause, in: &commons)
    }
    if let sighting = unanswered ?? nil {
      send(.hold, respondsTo: sighting.step, in: &commons)
    } else if wasMoving {
      send(.hold, respondsTo: nil, in: &commons)
    }
  }

  private mutating func finish(
    _ tenure: Tenure, because cause: HandoverCause, in commons: inout FleetCommons
  ) {
    commons.roster.free(tenure.holder)
    commons.emit(.unassigned(id, from: tenure.holder, cause))
    guard let reason = tenure.serves else { return }
    services.note(commons.now - tenure.since, for: reason)
    commons.services.note(commons.now - tenure.since, for: reason)
  }

  /// Ends the episode in progress with `outcome` and goes to `next`.
  mutating func endEpisode(
    _ outcome: EpisodeOutcome, leaving next: RobotState = .idle(isReady: false),
    because cause: HandoverCause = .episodeEnded, in commons: inout FleetCommons
  ) {
    guard let episode = state.episode else { return }
    enter(next, because: cause, in: &commons)
    commons.ledger.close(episode.id, outcome)
    lastEnded = episode.id
    commons.emit(.endEpisode(id, episode.id, outcome))
  }

  /// Commands `action`, unless the robot is stopped or in no episode. While the policy has
  /// control this is a hold that it did not decide, whose author is no one. A person who lets the
  /// robot rest is the author of its holding.
  mutating func send(_ action: Action, respondsTo step: Int?, in commons: inout FleetCommons) {
    guard case .active(let episode, _) = state else { return }
    let author: Author = state.author == .policy ? .hold : state.author
    send(action, respondsTo: step, by: author, of: episode, in: &commons)
  }

  /// Commands what the policy decided.
  mutating func sendDecision(_ action: Action, step: Int, in commons: inout FleetCommons) {
    guard case .active(let episode, .assisted) = state else { return }
    send(action, respondsTo: step, by: .policy, of: episode, in: &commons)
  }

  private mutating func send(
    _ action: Action, respondsTo step: Int?, by author: Author, of episode: Episode,
    in commons: inout FleetCommons
  ) {
    sequence += 1
    commons.emit(
      .command(
        id,
        Command(
          sequence: sequence, episode: episode.id, respondsTo: step,
          validity: commons.configuration.commandValidity, action: action,
          annotation: StepAnnotation(
            author: author, cause: cause, uncertainty: episode.uncertainty(at: step),
            subtask: episode.subtask))))
  }
}

internal import RobotData

/// Who has control: episodes begin, people come and go, the fleet pauses.
extension RobotMachine {
  /// Begins the next episode, if the robot is ready and the fleet allows another.
  mutating func beginIfReady(in commons: inout FleetCommons) {
    guard case .idle(isReady: true) = state, commons.mayBegin(on: id) else { return }
    let configuration = commons.configuration
    let order = commons.nextOrder(for: description.task)
    let (episode, seed) = commons.beginEpisode(on: id, order: order)
    commons.emit(.startEpisode(id, episode, seed: seed))
    var fresh = Episode(episode, seed: seed)
    if let order, let plan = configuration.plan { fresh.chosen = plan.orders[order] }
    if configuration.isAssisted {
      assist(fresh, because: .episodeStarted, in: &commons)
    } else {
      wait(fresh, for: .unassisted, because: .helpRequested(.unassisted), in: &commons)
    }
  }

  /// The robot has reset its scene. In an episode of which nothing was seen yet this means that
  /// it did not hear of it.
  mutating func makeReady(in commons: inout FleetCommons) {
    switch state {
    case .idle:
      settle(.idle(isReady: true))
      beginIfReady(in: &commons)
    case .stopped(let cause, .idle):
      settle(.stopped(cause, .idle(isReady: true)))
    case .active(let episode, _):
      guard episode.latestStep == nil, let seed = episode.seed else { return }
      commons.emit(.startEpisode(id, episode.id, seed: seed))
    case .offline, .stopped(_, .during): break
    }
  }

  /// Gives control to the policy, which forgets what it was doing with this robot.
  mutating func assist(
    _ episode: Episode, because cause: HandoverCause, returnedFrom: OperatorID? = nil,
    in commons: inout FleetCommons
  ) {
    commons.emit(.resetPolicy(id))
    let assistance = Assistance(returnedFrom: returnedFrom)
    enter(.active(episode, .assisted(assistance)), because: cause, in: &commons)
  }

  /// Lets the robot hold and wait for a person.
  mutating func wait(
    _ episode: Episode, for reason: HelpReason, because cause: HandoverCause,
    in commons: inout FleetCommons
  ) {
    let waiting = Waiting(reason: reason, since: commons.now)
    enter(.active(episode, .awaiting(waiting)), because: cause, in: &commons)
    commons.emit(.helpWanted(id, reason))
  }

  /// The robot asks for a person by itself.
  mutating func requestHelp(_ reason: HelpReason, in commons: inout FleetCommons) {
    guard case .active(let episode, _) = state else { return }
    wait(episode, for: reason, because: .helpRequested(reason), in: &commons)
  }

  /// Why `name` cannot take the robot now; nil when they can.
  func refusal(toTakeBy name: OperatorID) -> Refusal? {
    switch state {
    case .offline: return .unknownRobot
    case .idle: return .noEpisode
    case .stopped: return .stopped
    case .active(_, .paused): return .paused
    case .active(_, .teleoperated(let tenure)):
      return tenure.holder == name ? nil : .heldByOther(tenure.holder)
    case .active(_, .assisted), .active(_, .awaiting): return nil
    }
  }

  /// Gives control to a person who is free, and shows them what the robot sees.
  mutating func assign(
    to name: OperatorID, isClosedLoop: Bool, in commons: inout FleetCommons
  ) {
    guard case .active(let episode, let control) = state else { return }
    let request: HelpReason? =
      if case .awaiting(let waiting) = control { waiting.reason } else { nil }
    let cause: HandoverCause = request == nil ? .operatorTookOver : .requestServed
    let tenure = Tenure(
      holder: name, isClosedLoop: isClosedLoop, serves: request, since: commons.now)
    commons.roster.seize(id, by: name)
    enter(.active(episode, .teleoperated(tenure)), because: cause, in: &commons)
    announce(to: name, because: cause, in: &commons)
  }

  /// Tells an operator that the robot is theirs, with the present observation if it is fresh.
  func announce(
    to name: OperatorID, because cause: HandoverCause, in commons: inout FleetCommons
  ) {
    commons.emit(.assigned(id, to: name, cause))
    guard let episode = state.episode, let step = episode.latestStep,
      let taken = episode.latestTaken,
      commons.now - taken <= commons.configuration.observationAgeLimit
    else { return }
    commons.emit(.forwardObservation(id, episode.id, step: step, to: name))
  }

  /// Takes control from the operator who holds the robot; the policy continues, or the robot waits
  /// where there is none. During a pause the robot keeps holding.
  mutating func handBack(in commons: inout FleetCommons) {
    guard case .active(let episode, let control) = state, state.tenure != nil else { return }
    guard commons.configuration.isAssisted else {
      wait(episode, for: .unassisted, because: .handedBack, in: &commons)
      return
    }
    if case .paused = control {
      enter(.active(episode, .paused(.assisted)), because: .handedBack, in: &commons)
    } else {
      assist(episode, because: .handedBack, in: &commons)
    }
  }

  /// The operator who holds the robot is gone: it holds and waits for another.
  mutating func loseOperator(in commons: inout FleetCommons) {
    guard case .active(let episode, _) = state, state.tenure != nil else { return }
    wait(episode, for: .interrupted, because: .operatorLost, in: &commons)
  }

  /// Holds until the fleet continues; a robot that waits for a person keeps waiting.
  mutating func pause(in commons: inout FleetCommons) {
    guard case .active(let episode, let control) = state else { return }
    switch control {
    case .assisted:
      enter(.active(episode, .paused(.assisted)), because: .fleetPaused, in: &commons)
    case .teleoperated(let tenure):
      let next = Control.paused(.teleoperated(tenure.renewed))
      enter(.active(episode, next), because: .fleetPaused, in: &commons)
    case .awaiting, .paused: break
    }
  }

  /// Continues as before the pause.
  mutating func resume(in commons: inout FleetCommons) {
    guard case .active(let episode, .paused(let intermission)) = state else { return }
    switch intermission {
    case .assisted:
      assist(episode, because: .fleetResumed, in: &commons)
    case .teleoperated(let tenure):
      let next = Control.teleoperated(tenure.renewed)
      enter(.active(episode, next), because: .fleetResumed, in: &commons)
    }
  }

  /// Notes which subtasks the operator chose.
  mutating func choose(_ subtasks: [SubtaskName]) {
    updateEpisode { $0.chosen = subtasks }
  }
}

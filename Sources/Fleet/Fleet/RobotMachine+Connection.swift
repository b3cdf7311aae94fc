internal import RobotData

/// The robot comes and goes, is stopped and released.
extension RobotMachine {
  /// Takes in a process that may have this name. `claim` is the episode that it says it is in,
  /// and what the ledger thinks of that; foreign claims were refused before.
  mutating func join(
    instance: UInt64, _ description: RobotDescription,
    claim: (progress: EpisodeInProgress, verdict: EpisodeLedger.Claim)?,
    in commons: inout FleetCommons
  ) {
    let isSameProcess = isConnected(instance)
    identify(instance: instance, description)
    hear(in: commons)
    commons.emit(.welcomeRobot(id))
    if let claim, state.episode?.id == claim.progress.episode {
      updateEpisode { $0.resume(at: claim.progress.nextStep) }
      updateTenure { $0 = $0.renewed }
    } else {
      endEpisode(.interrupted, leaving: stateWithoutEpisode(in: commons), in: &commons)
    }
    if let claim, case .ended(let outcome) = claim.verdict {
      commons.emit(.endEpisode(id, claim.progress.episode, outcome))
    }
    let adopted = claim.flatMap { adopt($0.progress, $0.verdict, in: &commons) }
    if !isSameProcess || adopted != nil { comeOnline(with: adopted, in: &commons) }
    remindOfControl(in: &commons)
  }

  /// The state after the episode is gone while the robot joins.
  private func stateWithoutEpisode(in commons: FleetCommons) -> RobotState {
    switch state {
    case .offline(let absence):
      .offline(Absence(since: absence.since, episode: nil, stop: absence.stop))
    case .stopped(let cause, _): .stopped(cause, .idle(isReady: false))
    case .idle, .active: .idle(isReady: false)
    }
  }

  private func adopt(
    _ progress: EpisodeInProgress, _ verdict: EpisodeLedger.Claim,
    in commons: inout FleetCommons
  ) -> Episode? {
    guard verdict == .valid, state.episode == nil else { return nil }
    commons.ledger.adopt(progress.episode, on: id)
    return Episode(progress.episode, seed: nil, nextStep: progress.nextStep)
  }

  /// Leaves `offline`, or takes up an episode that the fleet did not know of.
  private mutating func comeOnline(
    with adopted: Episode?, in commons: inout FleetCommons
  ) {
    let stop: Absence.Stop
    switch state {
    case .offline(let absence): stop = absence.stop
    case .stopped(let cause, _): stop = .stopped(cause)
    case .idle, .active: stop = .none
    }
    let episode = adopted ?? state.episode
    let everyoneStopped = commons.allStoppedBy.map { StopCause.emergencyStop(by: $0) }
    let remembered: StopCause? = if case .stopped(let cause) = stop { cause } else { nil }
    if let cause = remembered ?? everyoneStopped {
      let stoppage = episode.map { Stoppage.during($0) } ?? .idle(isReady: false)
      enter(.stopped(cause, stoppage), because: cause.handover, in: &commons)
      return
    }
    if stop == .released { commons.emit(.releaseRobot(id)) }
    if let episode {
      wait(episode, for: .interrupted, because: .robotReturned, in: &commons)
    } else {
      settle(.idle(isReady: false))
    }
  }

  /// Says again what the robot, or whoever drives it, may have missed while the link was broken.
  private func remindOfControl(in commons: inout FleetCommons) {
    switch state {
    case .stopped(let cause, _): commons.emit(.stopRobot(id, cause.handover))
    case .active(_, .assisted): commons.emit(.resetPolicy(id))
    case .offline, .idle, .active: break
    }
  }

  /// The robot is silent, or its link is gone: it holds by itself, and its episode stays open for
  /// its return.
  mutating func lose(in commons: inout FleetCommons) {
    guard state.isOnline else { return }
    let stop: Absence.Stop =
      if case .stopped(let cause, _) = state { .stopped(cause) } else { .none }
    let absence = Absence(since: commons.now, episode: state.episode, stop: stop)
    if case .active = state {
      enter(.offline(absence), because: .robotLost, in: &commons)
    } else {
      settle(.offline(absence))
    }
  }

  /// The robot leaves in good order: its episode is over.
  mutating func leave(in commons: inout FleetCommons) {
    lose(in: &commons)
    giveUpEpisode(in: &commons)
  }

  /// Ends the episode of a robot that is offline.
  mutating func giveUpEpisode(in commons: inout FleetCommons) {
    guard case .offline = state else { return }
    endEpisode(.interrupted, leaving: stateWithoutEpisode(in: commons), in: &commons)
  }

  /// Ends the episode of a robot that has been offline for too long.
  mutating func giveUpIfAbandoned(in commons: inout FleetCommons) {
    guard case .offline(let absence) = state, absence.episode != nil,
      commons.attention - heard > commons.configuration.episodeAbandonment
    else { return }
    giveUpEpisode(in: &commons)
  }

  /// Stops the robot at once; a robot that is stopped already is told again.
  mutating func stop(_ cause: StopCause, in commons: inout FleetCommons) {
    commons.emit(.stopRobot(id, cause.handover))
    switch state {
    case .offline(let absence):
      if case .stopped = absence.stop { return }
      settle(
        .offline(Absence(since: absence.since, episode: absence.episode, stop: .stopped(cause))))
    case .idle(let isReady):
      enter(.stopped(cause, .idle(isReady: isReady)), because: cause.handover, in: &commons)
    case .active(let episode, _):
      enter(.stopped(cause, .during(episode)), because: cause.handover, in: &commons)
    case .stopped: break
    }
  }

  /// Stops the robot because something is broken.
  mutating func fault(_ message: String, in commons: inout FleetCommons) {
    commons.emit(.fault(id, message: message))
    stop(.fault(message: message), in: &commons)
  }

  /// Lets the robot move again. Told also to a robot that the fleet does not hold stopped: the
  /// stop may be one that an earlier run of the coordinator ordered.
  mutating func release(in commons: inout FleetCommons) {
    switch state {
    case .offline(let absence):
      guard case .stopped = absence.stop else { return }
      settle(.offline(Absence(since: absence.since, episode: absence.episode, stop: .released)))
    case .stopped(_, let stoppage):
      commons.emit(.releaseRobot(id))
      switch stoppage {
      case .idle(let isReady):
        enter(.idle(isReady: isReady), because: .stopReleased, in: &commons)
        beginIfReady(in: &commons)
      case .during(let episode):
        wait(episode, for: .interrupted, because: .stopReleased, in: &commons)
      }
    case .idle, .active:
      commons.emit(.releaseRobot(id))
    }
  }
}

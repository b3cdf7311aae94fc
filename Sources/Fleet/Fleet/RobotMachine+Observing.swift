internal import RobotData

/// What the robot sees, what the policy and people make of it, and which command answers it.
///
/// Every fresh observation of an episode is answered by exactly one command with its step, unless
/// a newer one is answered first: at once by a hold while no one drives; by the policy's decision,
/// or a hold after `decisionTimeout`; at once by a person's last input; by the answer of a
/// closed-loop operator, or their last input after `inputValidity`. While the robot is stopped
/// nothing is answered; when it is released its newest observation is answered by a hold.
extension RobotMachine {
  /// Takes in an observation: checks it, notes it, ends the episode if it is over, answers it.
  mutating func observe(
    _ summary: ObservationSummary, age: Duration, in commons: inout FleetCommons
  ) {
    guard state.isOnline, let episode = state.episode, episode.id == summary.episode,
      summary.step >= episode.leastStep
    else { return }
    let isNewStep = summary.step != episode.latestStep
    let age = max(age, .zero)
    let sighting = Sighting(
      step: summary.step, arrived: commons.now, taken: commons.now + (.zero - age))
    let isFinite = summary.isFinite && summary.endEffectorPose.isFinite
    let isFresh = age <= commons.configuration.observationAgeLimit
    let isDriven = state.author != .hold
    updateEpisode { episode in
      episode.latestStep = summary.step
      episode.leastStep = summary.step
      episode.observationAge = age
      // An unusable observation stops the robot; it is answered by the hold after the release.
      if isFresh || !isFinite { episode.open.append(sighting) }
      guard isFresh, isFinite else { return }
      episode.latestTaken = sighting.taken
      episode.follow(summary.progress)
      if isDriven, isNewStep { episode.drivenSteps += 1 }
    }
    if !isFinite {
      reportUnusable(step: summary.step, in: &commons)
    } else if !isFresh {
      commons.emit(.staleObservation(id, episode.id, step: summary.step, age: age))
    } else if let outcome = outcome(in: commons), !state.isStopped {
      endEpisode(outcome, in: &commons)
    } else {
      if isNewStep { followHand(summary.endEffectorPose.position, in: commons) }
      answer(sighting, in: &commons)
    }
  }

  /// Notes where the hand is that the policy drives.
  private mutating func followHand(_ hand: Vector3, in commons: FleetCommons) {
    guard let rule = commons.configuration.stagnation,
      case .active(let episode, .assisted(var assistance)) = state
    else { return }
    assistance.stay.follow(hand, radius: rule.radius)
    settle(.active(episode, .assisted(assistance)))
  }

  /// The request of a robot whose hand gets nowhere.
  private func stagnation(_ assistance: Assistance, in commons: FleetCommons) -> HelpReason? {
    guard let rule = commons.configuration.stagnation else { return nil }
    let stay = assistance.stay.duration(period: description.period)
    return stay > rule.limit ? .noProgress(stay.inSeconds) : nil
  }

  private mutating func reportUnusable(step: Int, in commons: inout FleetCommons) {
    guard !state.isStopped else { return }
    fault("the observation of step \(step) holds a number that is not finite", in: &commons)
  }

  /// How the episode ends with what was seen, if it does.
  private func outcome(in commons: FleetCommons) -> EpisodeOutcome? {
    guard let episode = state.episode else { return nil }
    if commons.configuration.endsOnSuccess, episode.progress?.isSuccess == true { return .success }
    return episode.drivenSteps > commons.configuration.stepLimit ? .failure : nil
  }

  private mutating func answer(_ sighting: Sighting, in commons: inout FleetCommons) {
    if case .assisted = state.control, !commons.configuration.isAssisted {
      requestHelp(.unassisted, in: &commons)  // answers by a hold
      return
    }
    switch state.control {
    case .awaiting:
      hold(answering: sighting.step, in: &commons)
      ask(about: sighting, in: &commons)
    case .paused:
      hold(answering: sighting.step, in: &commons)
    case .assisted:
      if sighting.taken < entered {
        hold(answering: sighting.step, in: &commons)
      } else {
        ask(about: sighting, in: &commons)
      }
    case .teleoperated(let tenure):
      show(sighting, to: tenure, in: &commons)
      ask(about: sighting, in: &commons)
    case nil: break
    }
  }

  /// Answers the observation of `step`, and with it all older ones, by a hold.
  private mutating func hold(answering step: Int, in commons: inout FleetCommons) {
    updateEpisode { $0.open.drop(upTo: step) }
    send(.hold, respondsTo: step, in: &commons)
  }

  private mutating func ask(about sighting: Sighting, in commons: inout FleetCommons) {
    guard commons.configuration.isAssisted, let episode = state.episode else { return }
    updateEpisode { $0.asked.append(sighting) }
    commons.emit(.askPolicy(id, episode.id, step: sighting.step))
  }

  private mutating func show(
    _ sighting: Sighting, to tenure: Tenure, in commons: inout FleetCommons
  ) {
    guard let episode = state.episode else { return }
    commons.emit(.forwardObservation(id, episode.id, step: sighting.step, to: tenure.holder))
    guard sighting.taken >= entered else {
      hold(answering: sighting.step, in: &commons)
      return
    }
    updateTenure { tenure in
      if tenure.firstStep == nil { tenure.firstStep = sighting.step }
      // The robot stood still and looked again: the answer to its last look came too late.
      if tenure.answered == sighting.step { tenure.answered = nil }
      tenure.shown.append(sighting)
    }
    guard !tenure.isClosedLoop else { return }
    updateEpisode { $0.open.drop(upTo: sighting.step) }
    send(currentInput(in: commons), respondsTo: sighting.step, in: &commons)
  }

  /// What the person who drives last asked for, while it is valid; else a hold.
  private func currentInput(in commons: FleetCommons) -> Action {
    guard let input = state.tenure?.input,
      commons.now - input.at <= commons.configuration.inputValidity
    else { return .hold }
    return input.action
  }

  /// Takes in an input of the operator who drives.
  ///
  /// Inputs from before the first observation that was taken in this tenure are dropped.
  /// - Returns: why the input does not count; nil when it does, or is dropped as told above.
  mutating func drive(
    _ action: Action, respondsTo step: Int?, in commons: inout FleetCommons
  ) -> Refusal? {
    guard let tenure = state.tenure, let firstStep = tenure.firstStep else { return nil }
    let limit = commons.configuration.inputValidity
    if let step {
      guard step >= firstStep, step != tenure.answered else { return nil }
      let shown = updateTenure { $0.shown.take(step) } ?? nil
      guard let shown, commons.now - shown.arrived <= limit else { return .tooLate }
    }
    let now = commons.now
    updateTenure { tenure in
      tenure.input = (action, now)
      if let step { tenure.answered = step }
      if action != .hold { tenure.moved = now }
    }
    let isAnswer =
      updateEpisode { episode in
        guard let step else { return false }
        return episode.open.take(step) != nil
      } ?? false
    send(action, respondsTo: isAnswer ? step : nil, in: &commons)
    return nil
  }

  /// Takes in what the policy decided on an observation. Counts only for the present episode, an
  /// observation since the last hand-over that nothing newer was answered after, and in time.
  mutating func decide(
    _ decision: PolicyDecision, on episode: EpisodeID, step: Int, in commons: inout FleetCommons
  ) {
    guard let sighting = takeAsked(episode, step, in: commons) else { return }
    guard decision.action.isFinite, decision.uncertainty.isFinite else {
      failPolicy(in: &commons)
      return
    }
    updateEpisode { episode in
      episode.uncertainty = (step, decision.uncertainty)
      episode.subgoal = decision.subgoal
    }
    switch state.control {
    case .assisted: follow(decision, step: step, in: &commons)
    case .awaiting(let waiting):
      goOn(after: waiting.reason, decision.uncertainty, in: &commons)
    case .teleoperated(let tenure):
      guard commons.configuration.returnsAutomatically, let reason = tenure.serves,
        let moved = tenure.moved, sighting.taken >= moved,
        commons.now - moved >= commons.configuration.inputValidity
      else { return }
      goOn(after: reason, decision.uncertainty, returnedFrom: tenure.holder, in: &commons)
    case .paused, nil: break
    }
  }

  private mutating func takeAsked(
    _ episode: EpisodeID, _ step: Int, in commons: FleetCommons
  ) -> Sighting? {
    guard case .active(let current, _) = state, current.id == episode else { return nil }
    guard let sighting = updateEpisode({ $0.asked.take(step) }) ?? nil,
      commons.now - sighting.arrived <= commons.configuration.decisionTimeout
    else { return nil }
    return sighting
  }

  /// Drives by the policy's decision, or asks for a person.
  private mutating func follow(
    _ decision: PolicyDecision, step: Int, in commons: inout FleetCommons
  ) {
    guard case .active(let episode, .assisted(var assistance)) = state,
      episode.open.contains(step)
    else { return }
    let unsure = commons.gate.reasonToAsk(
      decision.uncertainty, sinceHandover: commons.now - entered,
      doubtfulFor: assistance.doubtfulFor(period: description.period))
    if let reason = unsure ?? stagnation(assistance, in: commons) {
      requestHelp(reason, in: &commons)
      return
    }
    assistance.missed = 0
    assistance.note(isAbove: commons.gate.isAbove(decision.uncertainty))
    settle(.active(episode, .assisted(assistance)))
    updateEpisode { $0.open.drop(upTo: step) }
    sendDecision(decision.action, step: step, in: &commons)
  }

  /// Lets the policy go on if the uncertainty that was the reason for a request has fallen.
  private mutating func goOn(
    after reason: HelpReason, _ uncertainty: Uncertainty, returnedFrom name: OperatorID? = nil,
    in commons: inout FleetCommons
  ) {
    guard case .active(let episode, _) = state, commons.configuration.isAssisted,
      !commons.isPaused,
      commons.gate.mayGoOn(after: reason, uncertainty, sinceHandover: commons.now - entered)
    else { return }
    assist(episode, because: .uncertaintyFell, returnedFrom: name, in: &commons)
  }

  /// The policy could not decide on an observation.
  mutating func failPolicy(
    on episode: EpisodeID, step: Int, in commons: inout FleetCommons
  ) {
    guard takeAsked(episode, step, in: commons) != nil else { return }
    failPolicy(in: &commons)
  }

  private mutating func failPolicy(in commons: inout FleetCommons) {
    guard case .assisted = state.control else { return }
    requestHelp(.policyFailed, in: &commons)
  }

  /// Answers what was not answered in time.
  mutating func answerOverdue(in commons: inout FleetCommons) {
    guard case .active(_, let control) = state else { return }
    let now = commons.now
    let configuration = commons.configuration
    updateEpisode { _ = $0.asked.takeOverdue(after: configuration.decisionTimeout, at: now) }
    switch control {
    case .assisted:
      replaceOverdueDecision(in: &commons)
    case .teleoperated:
      let limit = configuration.inputValidity
      updateTenure { _ = $0.shown.takeOverdue(after: limit, at: now) }
      if let overdue = updateEpisode({ $0.open.takeOverdue(after: limit, at: now) }) ?? nil {
        send(currentInput(in: commons), respondsTo: overdue.step, in: &commons)
      }
    case .awaiting, .paused: break
    }
  }

  /// Answers by a hold what the policy did not; asks for a person when that happens repeatedly.
  private mutating func replaceOverdueDecision(in commons: inout FleetCommons) {
    guard case .active(var episode, .assisted(var assistance)) = state,
      let overdue = episode.open.takeOverdue(
        after: commons.configuration.decisionTimeout, at: commons.now)
    else { return }
    assistance.missed += 1
    guard assistance.missed < commons.configuration.missedDecisionLimit else {
      requestHelp(.policyFailed, in: &commons)  // answers all that is open
      return
    }
    settle(.active(episode, .assisted(assistance)))
    send(.hold, respondsTo: overdue.step, in: &commons)
  }
}

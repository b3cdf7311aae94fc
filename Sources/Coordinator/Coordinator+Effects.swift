internal import Clocks
internal import Fleet
internal import FleetMessages
internal import Policy
internal import RecordingStore
internal import RobotData
internal import Wire

extension Coordinator {
  /// Carries out what the fleet decided.
  func perform(_ effect: FleetEffect) throws {
    switch effect {
    case .welcomeRobot, .refuseRobot, .welcomeOperator, .refuseOperator:
      try performAdmission(effect)
    case .startEpisode, .endEpisode, .changeOutcome: try performEpisode(effect)
    case .command(let robot, let command): try send(.command(command), to: robot)
    case .stopRobot(let robot, let cause):
      try send(.stop(reason: cause == .robotFault ? "a fault" : "an emergency stop"), to: robot)
    case .releaseRobot(let robot): try send(.release, to: robot)
    case .askPolicy(let robot, let episode, let step): ask(robot, episode, step)
    case .resetPolicy(let robot): policy?.reset(robot)
    case .forwardObservation(let robot, let episode, let step, let name):
      try forward(robot, episode, step, to: name)
    case .assigned, .unassigned, .refuseRequest: try performForOperator(effect)
    case .handover(let handover): record(handover)
    case .helpWanted: break  // the status shows it
    case .staleObservation(let robot, let episode, let step, let age):
      counts.staleObservations[robot, default: 0] += 1
      note("stale-observation", robot, "\(episode) step \(step) arrived \(age) old")
    case .thresholdsChanged(let thresholds, let name):
      note(
        "thresholds-changed", nil,
        "by \(name): task \(thresholds.task), policy \(thresholds.policy)")
    case .fault(let robot, let message):
      news(.fault(robot, message))
      note("fault", robot, message)
      try announce(.notice("\(robot): \(message)"))
    }
  }

  private func performAdmission(_ effect: FleetEffect) throws {
    let session = configuration.fleet.session
    let lockstep = configuration.isLockstep
    switch effect {
    case .welcomeRobot(let id):
      guard let robot = fleet.status(of: id, at: SystemClock.now) else { return }
      peers.admit(id, identity: greeted)
      try send(.welcome(session: session, lockstep: lockstep), to: id)
      _ = recorder.offer(.robotJoined(id, robot.description))
      news(.robotJoined(id, profile: robot.description.profile))
      if let plan = configuration.fleet.plan, plan.indices(for: robot.description.task).isEmpty {
        news(.unplanned(id, robot.description.task.name))
      }
    case .refuseRobot(let id, let instance, let refusal):
      guard let identity = peers.identity(ofRobotInstance: instance) else { return }
      if refusal == .notJoined {
        try send(CoordinatorToRobot.goodbye, to: identity)
      } else {
        let reason = refusal.text(for: id.name)
        try send(CoordinatorToRobot.refused(reason: reason), to: identity)
        news(.refused(name: id.name, reason: reason))
        note("robot-refused", id, reason)
      }
      peers.forgetRobot(identity)
    case .welcomeOperator(let name):
      peers.admit(name, identity: greeted)
      try send(CoordinatorToConsole.welcome(session: session, lockstep: lockstep), to: greeted)
    case .refuseOperator(let name, let instance, let refusal):
      guard let identity = peers.identity(ofConsoleInstance: instance) else { return }
      if refusal == .notJoined {
        try send(CoordinatorToConsole.goodbye, to: identity)
      } else {
        let reason = refusal.text(for: name.name)
        try send(CoordinatorToConsole.refused(reason: reason), to: identity)
        news(.refused(name: name.name, reason: reason))
      }
      peers.forgetConsole(identity)
    default: break
    }
  }

  private func performEpisode(_ effect: FleetEffect) throws {
    switch effect {
    case .startEpisode(let robot, let episode, let seed):
      robotOfEpisode[episode] = robot
      let task = peers.robot(robot)?.description.task.name ?? "unknown"
      _ = recorder.offer(
        .episodeStarted(episode, robot, task: task, seed: seed, at: SystemClock.wall))
      // Told again, it is on disk already.
      if committed[episode] == nil {
        unrecordedStarts[episode] = (robot, seed)
      } else {
        try send(.startEpisode(episode, seed: seed), to: robot)
      }
      news(.episodeStarted(robot, episode))
    case .endEpisode(let robot, let episode, let outcome):
      awaited[episode] = nil
      unrecordedStarts[episode] = nil
      _ = recorder.offer(
        .episodeEnded(episode, outcome, by: marker, at: SystemClock.wall))
      try send(.endEpisode(episode, outcome), to: robot)
      try announce(.episodeEnded(robot, episode, outcome))
      news(.episodeEnded(robot, episode, outcome))
    case .changeOutcome(let episode, let outcome):
      _ = recorder.offer(
        .outcomeChanged(episode, outcome, by: marker, at: SystemClock.wall))
    default: break
    }
  }

  private func performForOperator(_ effect: FleetEffect) throws {
    switch effect {
    case .assigned(let robot, let name, let cause):
      guard let identity = peers.console(name)?.identity,
        let description = fleet.status(of: robot, at: SystemClock.now)?.description
      else { return }
      // Whoever gets a robot knows first why it asked and what it was told, however old the last status.
      try send(status(at: SystemClock.now), to: identity)
      try send(CoordinatorToConsole.assigned(robot, cause, description), to: identity)
    case .unassigned(let robot, let name, let cause):
      guard let identity = peers.console(name)?.identity else { return }
      try send(CoordinatorToConsole.unassigned(robot, cause), to: identity)
    case .refuseRequest(let name, let request, let refusal):
      guard let identity = peers.console(name)?.identity else { return }
      let subject = request.robot?.name ?? name.name
      try send(
        CoordinatorToConsole.orderRefused(
          number: orderNumber, reason: refusal.text(for: subject)), to: identity)
    default: break
    }
  }

  private func ask(_ robot: RobotID, _ episode: EpisodeID, _ step: Int) {
    guard let observation = assembler.observation(of: robot, episode: episode, step: step),
      let description = peers.robot(robot)?.description
    else { return }
    policy?.ask(
      PolicyQuestion(
        robot: robot, description: description, observation: observation,
        subtask: fleet.status(of: robot, at: SystemClock.now)?.subtask))
  }

  private func forward(
    _ robot: RobotID, _ episode: EpisodeID, _ step: Int, to name: OperatorID
  ) throws {
    guard let observation = assembler.observation(of: robot, episode: episode, step: step),
      let identity = peers.console(name)?.identity
    else { return }
    let uncertainty = fleet.status(of: robot, at: SystemClock.now)?.uncertainty
    try send(CoordinatorToConsole.observation(robot, observation, uncertainty), to: identity)
  }

  private func record(_ handover: Handover) {
    _ = recorder.offer(
      .handover(
        HandoverRecord(
          robot: handover.robot, episode: handover.episode, step: handover.step,
          time: SystemClock.wall, from: handover.from, to: handover.to, cause: handover.cause,
          waited: handover.waited)))
    news(.handover(handover))
  }
}

extension OperatorRequest {
  /// Whether the request says how an episode ended.
  var isMark: Bool {
    switch self {
    case .mark, .changeMark: true
    default: false
    }
  }

  /// The robot that the request is about.
  var robot: RobotID? {
    switch self {
    case .takeOver(let robot), .handBack(let robot), .drive(let robot, _, _),
      .chooseSubtasks(let robot, _), .mark(let robot, _), .changeMark(let robot, _),
      .emergencyStop(.one(let robot)), .releaseStop(.one(let robot)):
      robot
    case .takeNext, .emergencyStop(.all), .releaseStop(.all), .setThresholds, .pauseFleet,
      .resumeFleet:
      nil
    }
  }
}

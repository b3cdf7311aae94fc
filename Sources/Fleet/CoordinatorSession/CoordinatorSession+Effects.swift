internal import Fleet
internal import RobotData
internal import Wire

extension CoordinatorSession {
  /// What the fleet decided, as messages, entries and questions.
  mutating func perform(_ effect: FleetEffect, _ context: EventContext) {
    switch effect {
    case .welcomeRobot(let id): welcome(id, context)
    case .refuseRobot(let id, let instance, let refusal): refuse(id, instance, refusal)
    case .welcomeOperator(let name):
      guard let identity = context.greeted else { return }
      peers.admit(name, identity: identity)
      send(
        CoordinatorToConsole.welcome(
          session: configuration.fleet.session, lockstep: configuration.isLockstep), to: identity)
    case .refuseOperator(let name, let instance, let refusal): refuse(name, instance, refusal)
    case .startEpisode(let robot, let episode, let seed): start(episode, of: robot, seed)
    case .endEpisode(let robot, let episode, let outcome):
      end(episode, of: robot, outcome, by: context.marker)
    case .changeOutcome(let episode, let outcome):
      record(.outcomeChanged(episode, outcome, by: context.marker, at: moment.wall))
    case .command(let robot, let command): send(.command(command), to: robot)
    case .stopRobot(let robot, let cause):
      send(.stop(reason: cause == .robotFault ? "a fault" : "an emergency stop"), to: robot)
    case .releaseRobot(let robot): send(.release, to: robot)
    case .askPolicy(let robot, let episode, let step): ask(robot, episode, step)
    case .resetPolicy(let robot): effects.append(.resetPolicy(robot))
    case .forwardObservation(let robot, let episode, let step, let name):
      forward(robot, episode, step, to: name)
    case .assigned(let robot, let name, let cause): assign(robot, to: name, cause)
    case .unassigned(let robot, let name, let cause):
      guard let identity = peers.console(name)?.identity else { return }
      send(CoordinatorToConsole.unassigned(robot, cause), to: identity)
    case .refuseRequest(let name, let request, let refusal):
      guard let identity = peers.console(name)?.identity else { return }
      let subject = request.robot?.name ?? name.name
      send(
        CoordinatorToConsole.orderRefused(
          number: context.order, reason: refusal.text(for: subject)), to: identity)
    case .handover(let handover): keep(handover)
    case .helpWanted(let robot, let reason):
      // At once, not with the next status that is due: a person's time is what a fleet waits for.
      for console in peers.allConsoles where console.role == .operator {
        send(CoordinatorToConsole.status(status()), to: console.identity)
      }
      effects.append(.helpWanted(robot, reason))
    case .staleObservation(let robot, let episode, let step, let age):
      counts.staleObservations[robot, default: 0] += 1
      note("stale-observation", robot, "\(episode) step \(step) arrived \(age) old")
    case .thresholdsChanged(let thresholds, let name):
      note(
        "thresholds-changed", nil,
        "by \(name): task \(thresholds.task), policy \(thresholds.policy)")
    case .fault(let robot, let message):
      log(.fault(robot, message))
      note("fault", robot, message)
      announce(.notice("\(robot): \(message)"))
    }
  }

  private mutating func welcome(_ id: RobotID, _ context: EventContext) {
    guard let robot = fleet.status(of: id, at: moment.now), let identity = context.greeted else {
      return
    }
    peers.admit(id, identity: identity)
    send(
      .welcome(session: configuration.fleet.session, lockstep: configuration.isLockstep), to: id)
    record(.robotJoined(id, robot.description))
    log(.robotJoined(id, profile: robot.description.profile))
    if let plan = configuration.fleet.plan, plan.indices(for: robot.description.task).isEmpty {
      log(.unplanned(id, robot.description.task.name))
    }
  }

  private mutating func refuse(_ id: RobotID, _ instance: UInt64, _ refusal: Refusal) {
    guard let identity = peers.identity(ofRobotInstance: instance) else { return }
    if refusal == .notJoined {
      send(CoordinatorToRobot.goodbye, to: identity)
    } else {
      let reason = refusal.text(for: id.name)
      send(CoordinatorToRobot.refused(reason: reason), to: identity)
      log(.refused(name: id.name, reason: reason))
      note("robot-refused", id, reason)
    }
    peers.forgetRobot(identity)
  }

  private mutating func refuse(_ name: OperatorID, _ instance: UInt64, _ refusal: Refusal) {
    guard let identity = peers.identity(ofConsoleInstance: instance) else { return }
    if refusal == .notJoined {
      send(CoordinatorToConsole.goodbye, to: identity)
    } else {
      let reason = refusal.text(for: name.name)
      send(CoordinatorToConsole.refused(reason: reason), to: identity)
      log(.refused(name: name.name, reason: reason))
    }
    peers.forgetConsole(identity)
  }

  private mutating func start(_ episode: EpisodeID, of robot: RobotID, _ seed: UInt64) {
    robotOfEpisode[episode] = robot
    log(.episodeStarted(robot, episode))
    let task = peers.robot(robot)?.description.task.name ?? "unknown"
    record(.episodeStarted(episode, robot, task: task, seed: seed, at: moment.wall))
    // Told again, it is on disk already.
    if committed[episode] == nil {
      unrecordedStarts[episode] = (robot, seed)
    } else {
      send(.startEpisode(episode, seed: seed), to: robot)
    }
  }

  private mutating func end(
    _ episode: EpisodeID, of robot: RobotID, _ outcome: EpisodeOutcome, by marker: OperatorID?
  ) {
    awaited[episode] = nil
    unrecordedStarts[episode] = nil
    log(.episodeEnded(robot, episode, outcome))
    record(.episodeEnded(episode, outcome, by: marker, at: moment.wall))
    send(.endEpisode(episode, outcome), to: robot)
    announce(.episodeEnded(robot, episode, outcome))
  }

  private mutating func assign(_ robot: RobotID, to name: OperatorID, _ cause: HandoverCause) {
    guard let identity = peers.console(name)?.identity,
      let description = fleet.status(of: robot, at: moment.now)?.description
    else { return }
    // Whoever gets a robot knows first why it asked and what it was told, however old the last status.
    send(CoordinatorToConsole.status(status()), to: identity)
    send(CoordinatorToConsole.assigned(robot, cause, description), to: identity)
  }

  private mutating func ask(_ robot: RobotID, _ episode: EpisodeID, _ step: Int) {
    guard let observation = assembler.observation(of: robot, episode: episode, step: step),
      let description = peers.robot(robot)?.description
    else { return }
    effects.append(
      .askPolicy(
        SessionPolicyQuestion(
          robot: robot, description: description, observation: observation,
          subtask: fleet.status(of: robot, at: moment.now)?.subtask)))
  }

  private mutating func forward(
    _ robot: RobotID, _ episode: EpisodeID, _ step: Int, to name: OperatorID
  ) {
    guard let observation = assembler.observation(of: robot, episode: episode, step: step),
      let identity = peers.console(name)?.identity
    else { return }
    let uncertainty = fleet.status(of: robot, at: moment.now)?.uncertainty
    send(CoordinatorToConsole.observation(robot, observation, uncertainty), to: identity)
  }

  private mutating func keep(_ handover: Handover) {
    record(
      .handover(
        HandoverRecord(
          robot: handover.robot, episode: handover.episode, step: handover.step,
          time: moment.wall, from: handover.from, to: handover.to, cause: handover.cause,
          waited: handover.waited)))
    log(.handover(handover))
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

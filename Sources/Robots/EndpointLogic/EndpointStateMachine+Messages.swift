public import RobotData
public import Wire

extension EndpointStateMachine {
  /// The coordinator said something.
  public mutating func handle(
    _ message: CoordinatorToRobot, at now: FleetInstant
  ) -> [RobotToCoordinator] {
    heard(at: now)
    switch message {
    case .welcome(_, let lockstep):
      return welcomed(lockstep: lockstep, at: now)
    case .refused(let reason):
      link = .refused(reason)
      return []
    case .startEpisode(let episode, let seed):
      return start(episode, seed: seed, at: now)
    case .endEpisode(let episode, _):
      return end(episode, at: now)
    case .command(let command):
      accept(command, at: now)
      return []
    case .stop(let reason):
      if stoppedBecause == nil { mustStop = true }
      stoppedBecause = reason
      newest = nil
      dropObservation()
      return []
    case .release:
      stoppedBecause = nil
      resume(at: now)
      return []
    case .acknowledge(let episode, let steps):
      spool.acknowledge(episode, steps: steps)
      closing.removeAll { $0.episode == episode && $0.steps <= steps }
      return []
    case .heartbeatReply:
      return []
    case .goodbye:
      lose(at: now)
      return []
    }
  }

  /// Something came that is no message of a coordinator: it changes nothing, and is no sign of life.
  public mutating func dropMalformed() { counters.malformedMessages += 1 }

  /// Time passed: hellos, heartbeats, steps to send again. `wall` is the robot's clock.
  public mutating func tick(at now: FleetInstant, wall: WallTime) -> [RobotToCoordinator] {
    switch link {
    case .refused:
      return []
    case .joining(let nextHello):
      guard nextHello <= now else { return [] }
      link = .joining(nextHello: now + configuration.helloInterval)
      return [
        .hello(
          robot: robot, instance: instance, description, episode: activity.run?.episode,
          nextStep: nextStep, fleet: configuration.fleet)
      ]
    case .joined(let lockstep, let heardAt, let nextHeartbeat):
      guard now - heardAt < configuration.linkTimeout else {
        lose(at: now)
        return tick(at: now, wall: wall)
      }
      if lockstep { lookAgain(at: now) }
      var messages = resend(at: now)
      if nextHeartbeat <= now {
        link = .joined(
          lockstep: lockstep, heardAt: heardAt, nextHeartbeat: now + configuration.heartbeatInterval
        )
        messages.append(.heartbeat(sentTime: wall))
      }
      return messages
    }
  }

  private mutating func heard(at now: FleetInstant) {
    guard case .joined(let lockstep, _, let nextHeartbeat) = link else { return }
    link = .joined(lockstep: lockstep, heardAt: now, nextHeartbeat: nextHeartbeat)
  }

  private mutating func welcomed(lockstep: Bool, at now: FleetInstant) -> [RobotToCoordinator] {
    link = .joined(lockstep: lockstep, heardAt: now, nextHeartbeat: now)
    // Commands of the old link are void: control is given anew.
    newest = nil
    spool.forgetSending()
    for index in closing.indices { closing[index].sentAt = FleetInstant(nanoseconds: .min / 2) }
    resume(at: now)
    return activity == .ready ? [.ready] : []
  }

  /// The link is gone: hold, and knock until someone answers.
  private mutating func lose(at now: FleetInstant) {
    link = .joining(nextHello: now)
    newest = nil
    if activity.run != nil { mustStop = true }
    dropObservation()
  }

  /// An observation that no one will answer: the same step is observed afresh later.
  mutating func dropObservation() {
    guard case .deciding(let run, _, _, _) = activity else { return }
    activity = .between(run, dueAt: run.periodStart)
  }

  /// In lockstep a robot stands until it is answered: where observation or answer were lost on the way,
  /// it would stand for ever. It looks again when the coordinator should have answered long ago.
  private mutating func lookAgain(at now: FleetInstant) {
    guard case .deciding(let run, _, _, _) = activity,
      now - run.periodStart > configuration.lockstepPatience
    else { return }
    activity = .between(run, dueAt: now)
  }

  private mutating func resume(at now: FleetInstant) {
    guard case .between(let run, _) = activity else { return }
    activity = .between(run, dueAt: now)
  }

  private mutating func start(
    _ episode: EpisodeID, seed: UInt64, at now: FleetInstant
  ) -> [RobotToCoordinator] {
    guard activity.run?.episode != episode, activity != .preparing(episode) else { return [] }
    let messages = activity.run.map { close($0, at: now) } ?? []
    if activity == .ready, !description.isSimulated {
      begin(episode, at: now)
    } else {
      self.seed = seed
      activity = .preparing(episode)
    }
    return messages
  }

  private mutating func end(_ episode: EpisodeID, at now: FleetInstant) -> [RobotToCoordinator] {
    let messages: [RobotToCoordinator]
    if let run = activity.run, run.episode == episode {
      messages = close(run, at: now)
    } else if activity == .preparing(episode) {
      messages = isJoined ? [.episodeClosed(episode, stepCount: 0)] : []
    } else {
      return []
    }
    guard description.isSimulated else {
      activity = .preparing(nil)
      return messages
    }
    activity = .ready
    return isJoined ? messages + [.ready] : messages
  }

  /// Ends the robot's part in an episode: its last observation becomes a step, and no more will come.
  private mutating func close(_ ended: Run, at now: FleetInstant) -> [RobotToCoordinator] {
    var run = ended
    newest = nil
    mustStop = true
    var messages: [RobotToCoordinator] = []
    if let observation = run.lastObservation {
      let record = StepRecord(
        observation: observation, requestedAction: .hold, executedAction: .hold,
        commandSequence: nil,
        annotation: StepAnnotation(
          author: .hold, cause: .episodeEnded, uncertainty: nil, subtask: nil),
        isLate: false)
      messages = keep(record, in: &run, at: now)
    }
    closing.append((run.episode, run.nextStep, now))
    if isJoined { messages.append(.episodeClosed(run.episode, stepCount: run.nextStep)) }
    return messages
  }

  private mutating func accept(_ command: Command, at now: FleetInstant) {
    guard stoppedBecause == nil, leaving == nil, let run = activity.run,
      command.episode == run.episode, command.sequence > lastSequence, command.action.isFinite
    else {
      counters.refusedCommands += 1
      return
    }
    lastSequence = command.sequence
    newest = (command, now)
    if let step = command.respondsTo { answered = step }
  }

  private mutating func resend(at now: FleetInstant) -> [RobotToCoordinator] {
    let limit = FleetInstant(
      nanoseconds: now.nanoseconds - configuration.resendAfter.wholeNanoseconds)
    let records = spool.due(sentBefore: limit, burst: configuration.resendBurst, now: now)
    counters.resentSteps += records.count
    var messages = records.map { RobotToCoordinator.step($0) }
    for index in closing.indices where closing[index].sentAt < limit {
      closing[index].sentAt = now
      messages.append(
        .episodeClosed(closing[index].episode, stepCount: closing[index].steps))
    }
    return messages
  }
}

internal import Numbers
internal import RobotData
internal import ScriptedExpert
internal import Wire

/// How the operator drives the robot that it holds.
extension OperatorModelMachine {
  /// The operator gets a robot.
  mutating func begin(
    _ robot: RobotID, _ description: RobotDescription, because cause: HandoverCause,
    at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    // A second robot is never asked for while one is held; should one come, the first is kept.
    guard self.robot == nil || self.robot == robot else { return [] }
    let spread = Double.random(in: -1...1, using: &random) * parameters.reactionSpread
    let reaction = isLockstep ? 0 : max(parameters.reactionTime + spread, 0.1)
    counters.taken += 1
    let line = status?.robots.first { $0.robot == robot }
    activity = .driving(
      Drive(
        robot: robot, description: description, cause: cause,
        reason: line?.state == .awaiting ? line?.reason : nil,
        expert: ScriptedExpert(
          task: description.task.name, skill: parameters.skill, seed: random.next()),
        readyAt: now + .saturating(seconds: reaction)))
    memories[robot] = nil
    guard glance != nil else { return [] }
    glance = nil
    return [.watch([])]
  }

  /// The operator let go of a robot, or lost it.
  mutating func rest(at now: FleetInstant) {
    let pause: Duration = isLockstep ? .zero : .saturating(seconds: parameters.pauseBetweenRobots)
    activity = .free(nextAsk: now + pause)
  }

  /// The robot that is driven was seen.
  mutating func see(_ sight: Sight, at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard case .driving(var drive) = activity else { return [] }
    if drive.manner == .undecided {
      drive.manner = manner(of: drive, sight, at: now)
      let thinking = makeUpMind(&drive, sight)
      if !isLockstep { drive.readyAt = max(drive.readyAt, now) + .saturating(seconds: thinking) }
      activity = .driving(drive)
    }
    guard drive.readyAt <= now else {
      drive.waiting = sight
      activity = .driving(drive)
      return []
    }
    // What was seen before is overtaken.
    drive.waiting = nil
    activity = .driving(drive)
    return answer(sight, at: now)
  }

  /// Chooses what is to be done, where the robot is to be told.
  ///
  /// - Returns: How long that takes, s.
  private func makeUpMind(_ drive: inout Drive, _ sight: Sight) -> Double {
    guard let progress = sight.observation.reading.progress, var expert = drive.expert else {
      return 0
    }
    let isNaming = drive.manner == .naming
    guard isNaming || (parameters.guidance == .order && drive.manner == .toEndOfSubtask) else {
      return 0
    }
    let feasible = expert.feasible(progress.available, in: sight.observation.reading)
    drive.wishes = Self.rest(
      of: told(drive.robot, sight.observation), after: progress.completed, feasible)
    let isKnown = !drive.wishes.isEmpty
    if !isKnown {
      drive.wishes =
        parameters.guidance == .order
        ? expert.order(from: feasible, after: progress.completed)
        : expert.choose(from: feasible).map { [$0] } ?? []
    }
    drive.expert = expert
    let later = isKnown ? 0 : max(drive.wishes.count - 1, 0)
    return (isNaming ? parameters.choiceTime : 0) + parameters.laterChoiceTime * Double(later)
  }

  /// What is left of an order, from the first that can be done now.
  private static func rest(
    of order: [SubtaskName], after completed: [SubtaskName], _ feasible: [SubtaskName]
  ) -> [SubtaskName] {
    Array(order.filter { !completed.contains($0) }.drop { !feasible.contains($0) })
  }

  /// What was named to the robot in this episode.
  private func known(_ robot: RobotID, _ observation: Observation) -> Naming? {
    guard let before = named[robot], before.episode == observation.episode else { return nil }
    return before
  }

  /// What the robot was told in this episode: what the operator named, or else what the screen shows of
  /// it, which someone else or a plan has told it.
  private func told(_ robot: RobotID, _ observation: Observation) -> [SubtaskName] {
    if let before = known(robot, observation) { return before.subtasks }
    guard let line = status?.robots.first(where: { $0.robot == robot }),
      line.episode == observation.episode, let subtask = line.subtask
    else { return [] }
    return [subtask] + line.laterSubtasks
  }

  /// How to go about a robot at first sight.
  private func manner(of drive: Drive, _ sight: Sight, at now: FleetInstant) -> Manner {
    guard let status else { return .undecided }
    guard status.isAssisted else { return .throughEpisode }
    guard drive.cause != .operatorTookOver,
      isAboutTask(drive.reason, sight.uncertainty, status.thresholds)
    else { return .toEndOfSubtask }
    switch parameters.guidance {
    case .drive, .noticing: return .toEndOfSubtask
    case .nudge: return .nudging(0)
    case .name, .order:
      let open = sight.observation.reading.progress?.available ?? []
      guard let before = known(drive.robot, sight.observation),
        before.subtasks.contains(where: open.contains),
        (now - before.at).inSeconds < parameters.renamingWindow
      else { return .naming }
      return .toEndOfSubtask
    }
  }

  /// Whether a request is about what to do, rather than about being lost. A request that is
  /// newer than the status is judged by the uncertainty.
  private func isAboutTask(
    _ reason: HelpReason?, _ uncertainty: Uncertainty?, _ thresholds: UncertaintyThresholds
  ) -> Bool {
    switch reason {
    case .taskUncertainty: return true
    case .unassisted, .policyUncertainty, .policyFailed, .noProgress, .interrupted: return false
    case nil:
      guard let uncertainty else { return false }
      return uncertainty.task > thresholds.task
    }
  }

  /// Answers what was seen: ends the episode, lets go of the robot, or moves it.
  mutating func answer(_ sight: Sight, at now: FleetInstant) -> [ConsoleToCoordinator] {
    let reading = sight.observation.reading
    guard case .driving(var drive) = activity, var expert = drive.expert,
      let progress = reading.progress
    else { return [] }
    drive.subtasksAtStart = drive.subtasksAtStart ?? progress.completed.count
    drive.answered += 1
    counters.answers += 1
    if let end = end(of: drive, expert, progress) { return end }
    var said: [ConsoleToCoordinator] = []
    let isOpen = drive.subtask.map { progress.available.contains($0) } ?? false
    if !isOpen, expert.isFree {
      let feasible = expert.feasible(progress.available, in: reading)
      let wishes = wishes(among: feasible, for: drive, sight.observation, &expert)
      guard let next = wishes.first else {
        // Nothing that could be done is left.
        return progress.isSuccess ? [] : finish(drive.robot, .failure)
      }
      drive.subtask = next
      said.append(order(.chooseSubtasks(drive.robot, wishes)))
      let isNaming = drive.manner == .naming
      if isNaming || parameters.guidance == .order {
        named[drive.robot] = Naming(
          episode: sight.observation.episode, subtasks: wishes,
          at: isNaming ? now : named[drive.robot]?.at ?? .origin)
      }
      if isNaming { return said + handBack(drive.robot) }
    }
    let isSure = isSure(sight.uncertainty)
    drive.manner = next(after: drive.manner, isSure: isSure, drive, expert)
    if isOnItsWay(drive, expert, isSure: isSure) { return said + handBack(drive.robot) }
    if case .resting(_, let sure) = drive.manner, sure > parameters.restLimit {
      return said + handBack(drive.robot)
    }
    var action = Action.hold
    if let subtask = drive.subtask, !drive.isAtRest {
      action = expert.action(
        for: reading, subtask: subtask, limits: drive.description.limits,
        period: drive.description.period)
    }
    drive.hasTaken = drive.hasTaken || expert.isTaking
    drive.expert = expert
    activity = .driving(drive)
    return said + [order(.drive(drive.robot, action, respondsTo: sight.observation.step))]
  }

  /// The subtasks that come next. What the operator has made up their mind to, or the robot was told, stays
  /// their wish, from the first of it that can be done.
  private func wishes(
    among feasible: [SubtaskName], for drive: Drive, _ observation: Observation,
    _ expert: inout ScriptedExpert
  ) -> [SubtaskName] {
    let done = observation.reading.progress?.completed ?? []
    for wished in [drive.wishes, told(drive.robot, observation)] {
      let rest = Self.rest(of: wished, after: done, feasible)
      if !rest.isEmpty { return rest }
    }
    return expert.choose(from: feasible).map { [$0] } ?? []
  }

  /// What ends the operator's control, if anything does.
  private mutating func end(
    of drive: Drive, _ expert: ScriptedExpert, _ progress: TaskProgress
  ) -> [ConsoleToCoordinator]? {
    if progress.isSuccess, expert.isFree || drive.answered > parameters.patience {
      return finish(drive.robot, .success)
    }
    if drive.answered > parameters.patience { return finish(drive.robot, .failure) }
    guard drive.manner != .throughEpisode, drive.manner != .undecided else { return nil }
    if drive.answered > parameters.patienceWithSubtask { return finish(drive.robot, .failure) }
    let isDone = progress.completed.count > drive.subtasksAtStart ?? 0
    return isDone && expert.isFree ? handBack(drive.robot) : nil
  }

  /// Whether what the robot was lost at is behind it, and the policy can go on.
  private func isOnItsWay(_ drive: Drive, _ expert: ScriptedExpert, isSure: Bool) -> Bool {
    parameters.handBack == .onItsWay && drive.manner == .toEndOfSubtask && drive.hasTaken
      && expert.isCarrying && isSure
  }

  /// A nudge ends when the policy is sure, and continues when it is not although the person rests.
  private func next(
    after manner: Manner, isSure: Bool, _ drive: Drive, _ expert: ScriptedExpert
  ) -> Manner {
    switch manner {
    case .undecided, .throughEpisode, .toEndOfSubtask, .naming: return manner
    case .nudging(let steps):
      let mayRest = steps >= parameters.leastNudge && isSure && expert.isOnItsWay
      return mayRest ? .resting(1, sure: 1) : .nudging(steps + 1)
    case .resting(let steps, let sure):
      if isSure { return .resting(steps + 1, sure: sure + 1) }
      let rested = Double(steps) * drive.description.period.inSeconds
      return rested < parameters.restTime ? .resting(steps + 1, sure: 0) : .nudging(1)
    }
  }

  private func isSure(_ uncertainty: Uncertainty?) -> Bool {
    guard let uncertainty, let thresholds = status?.thresholds else { return false }
    return uncertainty.task <= thresholds.task && uncertainty.policy <= thresholds.policy
  }

  private mutating func handBack(_ robot: RobotID) -> [ConsoleToCoordinator] {
    activity = .leaving(robot)
    return [order(.handBack(robot))]
  }

  private mutating func finish(
    _ robot: RobotID, _ outcome: EpisodeOutcome
  ) -> [ConsoleToCoordinator] {
    if outcome == .success { counters.successes += 1 } else { counters.failures += 1 }
    activity = .leaving(robot)
    return [order(.mark(robot, outcome))]
  }
}

extension OperatorModelMachine.Drive {
  fileprivate var isAtRest: Bool { if case .resting = manner { true } else { false } }
}

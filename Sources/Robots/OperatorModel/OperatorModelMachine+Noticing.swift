internal import Numbers
internal import RobotData
internal import Wire

/// How an operator notices, without being asked, that a robot needs help: a model.
extension OperatorModelMachine {
  /// Looks at the next robot that a policy drives, when the last glance is over.
  mutating func look(at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard parameters.isWatchful, let status, status.isAssisted else { return [] }
    if let glance, now < glance.until { return [] }
    let driven = status.robots.filter { $0.state == .assisted }.map(\.robot)
    let next = driven.first { robot in glance.map { $0.robot < robot } ?? true } ?? driven.first
    guard let next else { return [] }
    glance = (next, now + .saturating(seconds: parameters.modelledGlanceTime))
    return [.watch([next])]
  }

  /// Sees a robot at a glance, and takes it over when it gets nowhere.
  mutating func notice(
    _ observation: Observation, of robot: RobotID, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    guard case .free = activity, parameters.isWatchful, let glance, glance.robot == robot,
      let progress = observation.reading.progress,
      status?.robots.first(where: { $0.robot == robot })?.state == .assisted
    else { return [] }
    let time =
      observation.reading.simulatedState?.time
      ?? Double(observation.reading.captureTime.nanosecondsSinceEpoch) / 1e9
    let known = memories[robot]
    let isNew = known?.episode != observation.episode || known?.completed != progress.completed
    let memory =
      isNew
      ? Memory(episode: observation.episode, completed: progress.completed, since: time)
      : known
    memories[robot] = memory
    let stuck = time - (memory?.since ?? time) > parameters.modelledPatienceWithRobot
    guard stuck || progress.isSuccess || observation.step > parameters.patience else { return [] }
    memories[robot] = nil
    activity = .free(nextAsk: now + .milliseconds(300))
    return [order(.takeOver(robot))]
  }
}

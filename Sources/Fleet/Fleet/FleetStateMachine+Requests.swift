internal import RobotData

/// What people at consoles ask for. Each request is granted, or refused with its reason.
extension FleetStateMachine {
  /// Carries out what `name` asks for.
  ///
  /// - Returns: why it is refused; nil when it is granted.
  mutating func perform(_ request: OperatorRequest, for name: OperatorID) -> Refusal? {
    switch request {
    case .takeNext: return takeNext(for: name)
    case .takeOver(let id): return takeOver(id, for: name)
    case .handBack(let id):
      return withHeld(id, by: name) { robot, commons in robot.handBack(in: &commons) }
    case .drive(let id, let action, let step):
      return drive(id, action, respondsTo: step, for: name)
    case .chooseSubtasks(let id, let subtasks):
      return withHeld(id, by: name) { robot, _ in robot.choose(subtasks) }
    case .mark(let id, let outcome): return mark(id, outcome, for: name)
    case .changeMark(let id, let outcome): return changeMark(id, outcome)
    case .emergencyStop(let selection): return stop(selection, for: name)
    case .releaseStop(let selection): return release(selection)
    case .setThresholds(let thresholds): return setThresholds(thresholds, for: name)
    case .pauseFleet:
      pause()
      return nil
    case .resumeFleet:
      resume()
      return nil
    }
  }

  /// The robots that wait for a person, the next to be served first.
  var queue: [RobotID] {
    let requests = robots.values.compactMap { $0.request(in: commons) }
    return RequestQueue.order(requests, by: commons.configuration.strategy)
  }

  private mutating func takeNext(for name: OperatorID) -> Refusal? {
    if commons.isPaused { return .paused }
    if let held = commons.roster[name].robot { return .busyWith(held) }
    guard let next = queue.first else { return .noRobotWaits }
    return takeOver(next, for: name)
  }

  private mutating func takeOver(_ id: RobotID, for name: OperatorID) -> Refusal? {
    guard var robot = robots[id] else { return .unknownRobot }
    if let held = commons.roster[name].robot, held != id { return .busyWith(held) }
    if commons.isPaused { return .paused }
    if let refusal = robot.refusal(toTakeBy: name) { return refusal }
    switch commons.roster[name] {
    case .absent: return .notJoined
    case .driving: robot.announce(to: name, because: robot.cause, in: &commons)
    case .free(let presence):
      robot.assign(to: name, isClosedLoop: presence.isClosedLoop, in: &commons)
    }
    robots[id] = robot
    return nil
  }

  /// Does something with a robot that the operator holds.
  private mutating func withHeld(
    _ id: RobotID, by name: OperatorID,
    _ body: (inout RobotMachine, inout FleetCommons) -> Void
  ) -> Refusal? {
    guard var robot = robots[id], robot.state.isOnline else { return .unknownRobot }
    if robot.state.isStopped { return .stopped }
    guard robot.state.tenure?.holder == name else { return .notHeld }
    body(&robot, &commons)
    robots[id] = robot
    return nil
  }

  private mutating func drive(
    _ id: RobotID, _ action: Action, respondsTo step: Int?, for name: OperatorID
  ) -> Refusal? {
    guard action.isFinite else { return .notFinite }
    if mayRetake(id, by: name, with: action) { return takeOver(id, for: name) }
    var refusal: Refusal?
    let denied = withHeld(id, by: name) { robot, commons in
      refusal =
        commons.isPaused ? .paused : robot.drive(action, respondsTo: step, in: &commons)
    }
    return denied ?? refusal
  }

  /// Whether a movement takes back a robot that has just gone on by itself: human input beats
  /// the policy, also when both come at once.
  private func mayRetake(_ id: RobotID, by name: OperatorID, with action: Action) -> Bool {
    guard let robot = robots[id], case .assisted(let assistance) = robot.state.control,
      assistance.returnedFrom == name, case .free = commons.roster[name], action != .hold
    else { return false }
    return commons.now - robot.entered <= commons.configuration.retakeWindow
  }

  private mutating func mark(
    _ id: RobotID, _ outcome: EpisodeOutcome, for name: OperatorID
  ) -> Refusal? {
    guard outcome != .interrupted else { return .outcomeNotAllowed }
    guard let robot = robots[id], robot.state.isOnline else { return .unknownRobot }
    if robot.state.isStopped { return .stopped }
    guard robot.state.episode != nil else { return .noEpisode }
    let isHeld = robot.state.tenure?.holder == name
    guard isHeld || robot.state.waiting != nil else {
      return robot.state.tenure.map { .heldByOther($0.holder) } ?? .notHeld
    }
    robots[id]?.endEpisode(outcome, in: &commons)
    return nil
  }

  private mutating func changeMark(_ id: RobotID, _ outcome: EpisodeOutcome) -> Refusal? {
    guard outcome != .interrupted else { return .outcomeNotAllowed }
    guard let robot = robots[id] else { return .unknownRobot }
    guard let episode = robot.lastEnded else { return .noEpisode }
    commons.ledger.close(episode, outcome)
    commons.emit(.changeOutcome(episode, outcome))
    return nil
  }

  private mutating func stop(_ selection: RobotSelection, for name: OperatorID) -> Refusal? {
    let cause = StopCause.emergencyStop(by: name)
    switch selection {
    case .one(let id):
      guard robots[id] != nil else { return .unknownRobot }
      robots[id]?.stop(cause, in: &commons)
    case .all:
      commons.allStoppedBy = name
      for id in names { robots[id]?.stop(cause, in: &commons) }
    }
    return nil
  }

  private mutating func release(_ selection: RobotSelection) -> Refusal? {
    switch selection {
    case .one(let id):
      guard robots[id] != nil else { return .unknownRobot }
      robots[id]?.release(in: &commons)
    case .all:
      commons.allStoppedBy = nil
      for id in names { robots[id]?.release(in: &commons) }
    }
    return nil
  }

  private mutating func setThresholds(
    _ thresholds: UncertaintyThresholds, for name: OperatorID
  ) -> Refusal? {
    let values = [thresholds.task, thresholds.policy]
    guard values.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return .notFinite }
    commons.configuration.thresholds = thresholds
    commons.emit(.thresholdsChanged(thresholds, by: name))
    return nil
  }

  private mutating func pause() {
    commons.isPaused = true
    for id in names { robots[id]?.pause(in: &commons) }
  }

  private mutating func resume() {
    commons.isPaused = false
    for id in names {
      robots[id]?.resume(in: &commons)
      robots[id]?.beginIfReady(in: &commons)
    }
  }
}

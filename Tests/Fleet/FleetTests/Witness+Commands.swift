import Fleet
import RobotData

/// The rules about commands, and those that must hold after every event.
extension Witness {
  mutating func check(_ command: Command, to id: RobotID, during event: FleetEvent) {
    guard var robot = robots[id] else { return blame("command to \(id), which never joined") }
    if robot.isStopped { blame("\(id) is commanded although it is stopped") }
    if robot.isLost { blame("\(id) is commanded although it is lost") }
    if robot.episode != command.episode { blame("\(id) is commanded for \(command.episode)") }
    if command.sequence <= sequences[id] ?? 0 { blame("\(id): numbers of commands do not rise") }
    sequences[id] = command.sequence
    if command.annotation.cause != robot.cause { blame("\(id): a command has another cause") }
    let isFillIn = robot.author == .policy && command.annotation.author == .hold
    if command.annotation.author != robot.author, !isFillIn {
      blame("\(id): \(command.annotation.author) commands, but \(robot.author) has control")
    }
    if isFillIn || robot.author == .hold, command.action != .hold {
      blame("\(id) moves although no one moves it")
    }
    if isPaused, command.action != .hold { blame("\(id) moves during a pause") }
    if robot.owesBrake, command.action != .hold {
      blame("\(id): the first command after a hand-over is \(command.action)")
    }
    robot.owesBrake = false
    if command.action != .hold { checkOrigin(of: command, robot, id, during: event) }
    if let step = command.respondsTo {
      if robot.pending[step] == nil { blame("\(id): step \(step) is answered, and not open") }
      robot.pending = robot.pending.filter { $0.key > step }
    }
    robot.lastCommand = (command, now)
    robots[id] = robot
  }

  /// Nothing that was decided before the last hand-over, or on what was seen before it, moves a
  /// robot; nor does anything that no one asked for.
  private mutating func checkOrigin(
    of command: Command, _ robot: Robot, _ id: RobotID, during event: FleetEvent
  ) {
    guard let handoverAt = robot.handoverAt else { return blame("\(id) moves before it may") }
    if let step = command.respondsTo, let seen = robot.takenAt[step], seen.taken < handoverAt {
      blame("\(id) answers step \(step), which was taken before the hand-over")
    }
    if command.annotation.author == .policy {
      guard case .policyDecided = event, let decision = robot.decision,
        decision.step == command.respondsTo, decision.action == command.action
      else { return blame("\(id) does what the policy did not decide") }
      if let seen = robot.takenAt[decision.step],
        now - seen.arrived > configuration.decisionTimeout
      {
        blame("\(id) follows a decision that came too late")
      }
    } else {
      guard let input = robot.lastInput, input.action == command.action else {
        return blame("\(id) does what the person did not ask for")
      }
      if now - input.at > configuration.inputValidity { blame("\(id) follows an old input") }
      guard let first = robot.firstAfterHandover, first.arrived <= input.at else {
        return blame("\(id) follows an input from before anything was seen since the hand-over")
      }
    }
  }

  mutating func checkStaleness(_ event: FleetEvent, _ effects: [FleetEffect]) {
    guard case .observed(let id, _, let summary, let age) = event,
      age > configuration.observationAgeLimit, summary.isFinite
    else { return }
    for effect in effects {
      switch effect {
      case .command(id, let command) where command.respondsTo == summary.step:
        blame("\(id) is commanded after stale step \(summary.step)")
      case .askPolicy(id, _, step: summary.step), .forwardObservation(id, _, summary.step, to: _):
        blame("\(id): stale step \(summary.step) is acted on")
      default: break
      }
    }
  }

  mutating func checkAfter(_ event: FleetEvent) {
    for id in robots.keys.sorted() {
      guard let robot = robots[id], robot.isActive else { continue }
      if robot.owesBrake { blame("\(id) is not told to hold at a hand-over") }
      let overdue = robot.pending.filter { step, seen in
        switch robot.author {
        case .hold: return true
        case .policy:
          return event == .tick && now - seen.arrived > configuration.decisionTimeout
        case .human(let name):
          guard closedLoop[name] == true else { return true }
          return event == .tick && now - seen.arrived > configuration.inputValidity
        }
      }
      if !overdue.isEmpty {
        blame("\(id): steps \(overdue.keys.sorted()) are not answered, author \(robot.author)")
      }
    }
    if case .operatorLeft(let name, let instance) = event, processes[name] == instance,
      let id = holds[name]
    {
      blame("\(name) left and still drives \(id)")
    }
  }

  /// Compares what the fleet says of itself with what was seen of it.
  mutating func compare(with status: FleetSnapshot) {
    let waiting = robots.filter { $0.value.waitingSince != nil }.keys.sorted()
    if status.queue.sorted() != waiting {
      blame("the queue is \(status.queue), but \(waiting) wait")
    }
    for snapshot in status.robots {
      guard let robot = robots[snapshot.robot] else { continue }
      if snapshot.author != robot.author {
        blame("\(snapshot.robot): status says \(snapshot.author), seen was \(robot.author)")
      }
      if snapshot.episode != robot.episode {
        blame("\(snapshot.robot): status and witness differ on the episode")
      }
    }
    let driving = status.operators.compactMap(\.robot)
    if Set(driving).count != driving.count { blame("two operators hold one robot: \(driving)") }
    for outcome in EpisodeOutcome.allCases {
      let count = ended.values.filter { $0 == outcome }.count
      if status.outcomes[outcome] != count {
        blame("\(status.outcomes[outcome] ?? 0) × \(outcome) counted, \(count) seen")
      }
    }
  }
}

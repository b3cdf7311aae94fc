internal import Numbers
package import RobotData
package import Wire

/// A console of lines: says what changes, and understands words. For screen readers, logs and
/// pipes; the same dialogue with the coordinator as the screen's.
package struct PlainConsole: Sendable {
  /// The dialogue.
  package private(set) var machine: ConsoleMachine
  private var told: [RobotID: RobotStatus] = [:]
  private var toldMessages = 0
  private var lines: [String] = []

  /// What `help` prints.
  package static let help = [
    "status            one line a robot", "next              take the robot that needs you most",
    "take NAME         take this robot", "back              hand it back",
    "move X Y Z        cm to move the hand: away, left, up; it drives and then stands still",
    "turn DEGREES      turn the hand to the left", "open, close       the gripper",
    "where             where the hand is",
    "subtask NAME      say what comes next; several names: in that order",
    "success, failure, discard   end the episode",
    "stop [NAME]       EMERGENCY STOP of all, or one",
    "release [NAME]    let all, or one, move again", "pause, resume     the fleet",
    "thresholds W G    set task and policy threshold", "session           what was done so far",
    "quit              leave",
  ]

  /// A console that has not joined yet.
  package init(_ settings: ConsoleSettings) { machine = ConsoleMachine(settings) }

  /// The lines since the last call.
  package mutating func takeLines() -> [String] {
    defer { lines = [] }
    return lines
  }

  /// The coordinator said something.
  package mutating func handle(
    _ message: CoordinatorToConsole, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    let said = machine.handle(message, at: now)
    if case .status = message { tellChanges() }
    tellMessages()
    return said
  }

  /// Time passed.
  package mutating func tick(at now: FleetInstant, wall: WallTime) -> [ConsoleToCoordinator] {
    let said = machine.tick(at: now, wall: wall)
    tellMessages()
    return said + steer(at: now)
  }

  private mutating func tellMessages() {
    // Only the last few messages are kept, but all are counted.
    let all = machine.messageCount
    for message in machine.messages.suffix(min(all - toldMessages, machine.messages.count)) {
      lines.append((message.isAlarm ? "ATTENTION: " : "") + message.text)
    }
    toldMessages = all
  }

  private mutating func tellChanges() {
    for robot in machine.status?.robots ?? [] {
      let before = told.updateValue(robot, forKey: robot.robot)
      if before?.state != robot.state || before?.holder != robot.holder {
        lines.append("\(robot.robot): " + Wording.change(from: before, to: robot))
      } else if before?.completed != robot.completed, let done = robot.completed.last {
        lines.append("\(robot.robot): \(done) is done")
      }
    }
  }

  private static func line(_ robot: RobotStatus) -> String {
    let who = robot.holder.map { "driven by \($0)" } ?? Wording.word(robot.state)
    var parts = ["\(robot.robot)", who]
    parts.append(robot.subtask?.name ?? robot.task?.name ?? "no task")
    if let episode = robot.episode { parts.append("episode \(episode.ordinal) step \(robot.step)") }
    parts.append("for \(Wording.time(robot.inState))")
    let reason = Wording.reason(robot)
    if !reason.isEmpty { parts.append(reason) }
    return parts.joined(separator: ", ")
  }

  // MARK: - Words

  /// A line was typed.
  package mutating func read(_ line: String, at now: FleetInstant) -> [ConsoleToCoordinator] {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let verb = words.first else { return [] }
    let rest = Array(words.dropFirst())
    if let said = answer(verb, at: now) { return said }
    if machine.settings.role == .viewer, verb != "stop" {
      lines.append("a viewer may look, and stop robots; join without --viewer to drive")
      return []
    }
    // Whoever has been told of no robot means none; stops are for all that there are.
    guard verb == "stop" || (machine.isJoined && machine.status != nil) else {
      lines.append("nothing was done: the coordinator has not told of its robots yet")
      return []
    }
    guard let order = order(verb, rest, at: now) else { return [] }
    return [machine.order(order)]
  }

  /// What needs no order; nil for everything else.
  private mutating func answer(_ verb: String, at now: FleetInstant) -> [ConsoleToCoordinator]? {
    switch verb {
    case "help", "?": lines += Self.help
    case "status": lines += machine.sorted.map(Self.line)
    case "session": lines += machine.summary(at: now)
    case "quit":
      machine.end("")
      return [.goodbye]
    case "where":
      guard let hand = hand else {
        lines.append("you hold no robot, or have not seen it yet")
        break
      }
      func centimetres(_ value: Double) -> String { Wording.fixed(100 * value, places: 1) }
      lines.append(
        "away \(centimetres(hand.x)) left \(centimetres(hand.y)) up \(centimetres(hand.z)) cm")
    default: return nil
    }
    return []
  }

  private var hand: Vector3? {
    machine.held.flatMap { machine.sights[$0.robot] }?.observation.reading.proprioception
      .endEffectorPose.position
  }

  private mutating func order(
    _ verb: String, _ rest: [String], at now: FleetInstant
  ) -> OperatorOrder? {
    let named = rest.first.flatMap { try? RobotID($0) }
    switch verb {
    case "next": return .takeNext
    case "stop":
      course = nil
      return .emergencyStop(named)
    case "release": return .releaseStop(named)
    case "pause": return .pauseFleet
    case "resume": return .resumeFleet
    case "take":
      guard let named else { break }
      return .takeOver(named)
    case "thresholds":
      guard rest.count == 2, let task = Double(rest[0]), let policy = Double(rest[1]) else { break }
      return .setThresholds(UncertaintyThresholds(task: task, policy: policy))
    case "back", "success", "failure", "discard", "subtask", "move", "turn", "open", "close":
      guard let held = machine.held else {
        lines.append("you hold no robot; next takes the one that needs you most")
        return nil
      }
      return order(verb, rest, for: held, at: now)
    default:
      lines.append("\"\(verb)\" is not known; help lists what is")
      return nil
    }
    lines.append("\(verb): \(Self.help.first { $0.hasPrefix(verb) } ?? "") is how it is said")
    return nil
  }

  private mutating func order(
    _ verb: String, _ rest: [String], for held: ConsoleMachine.Held, at now: FleetInstant
  ) -> OperatorOrder? {
    switch verb {
    case "back": return .handBack(held.robot)
    case "success": return .mark(held.robot, .success)
    case "failure": return .mark(held.robot, .failure)
    case "discard": return .mark(held.robot, .discarded)
    case "subtask":
      let subtasks = rest.compactMap { try? SubtaskName($0) }
      guard !subtasks.isEmpty, subtasks.count == rest.count else {
        let open = machine.choices(of: held.robot).map(\.name).joined(separator: ", ")
        lines.append("subtask NAME, or several in order: of \(open)")
        return nil
      }
      return .chooseSubtasks(held.robot, subtasks)
    default:
      if let obstacle = obstacle(held.robot, at: now) {
        lines.append("\(verb): \(obstacle)")
        return nil
      }
      course = PlainCourse(verb, rest, limits: held.description.limits, at: now)
      if course == nil { lines.append("\(verb) needs numbers: move 5 0 -2, or turn 30") }
      return nil
    }
  }

  // MARK: - Driving

  private var course: PlainCourse?

  /// Why words do not move the robot now: nothing is known of where it is, or it is too old.
  private func obstacle(_ robot: RobotID, at now: FleetInstant) -> String? {
    guard machine.sights[robot] != nil else { return "it was not seen yet" }
    return machine.obstacle(at: now)
  }

  private mutating func steer(at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard let held = machine.held else {
      course = nil
      return []
    }
    if course != nil, let obstacle = obstacle(held.robot, at: now) {
      course = nil
      lines.append("\(held.robot) stands still: \(obstacle)")
      return [machine.order(.drive(held.robot, .hold, respondsTo: nil))]
    }
    guard let action = course?.due(at: now) else { return [] }
    if course?.isOver(at: now) == true {
      course = nil
      lines.append("\(held.robot): done moving")
    }
    return [machine.order(.drive(held.robot, action, respondsTo: nil))]
  }
}

/// A motion of a wished length, for people who cannot see the robot move.
struct PlainCourse: Hashable, Sendable {
  private let action: Action
  private let until: FleetInstant
  private var lastSent: FleetInstant?

  /// Half of the greatest speed, for as long as the distance takes; nil where words make no sense.
  init?(_ verb: String, _ rest: [String], limits: ActionLimits, at now: FleetInstant) {
    let numbers = rest.compactMap { Double($0) }
    guard numbers.count == rest.count, numbers.allSatisfy(\.isFinite) else { return nil }
    switch verb {
    case "open", "close":
      action = Action(twist: .zero, gripper: verb == "open" ? .open : .close)
      until = now + .seconds(1)
    case "move":
      guard numbers.count == 3 else { return nil }
      let way = Vector3(numbers[0], numbers[1], numbers[2]) * 0.01
      guard way.length > 0, way.length < 1 else { return nil }
      let speed = limits.linearSpeed / 2
      action = Action(
        twist: Twist(linear: way * (speed / way.length), angular: .zero), gripper: .hold)
      until = now + .saturating(seconds: way.length / speed)
    case "turn":
      guard numbers.count == 1, numbers[0] != 0, abs(numbers[0]) <= 180 else { return nil }
      let angle = numbers[0] * Double.pi / 180
      let speed = limits.angularSpeed / 2
      action = Action(
        twist: Twist(linear: .zero, angular: Vector3(0, 0, angle > 0 ? speed : -speed)),
        gripper: .hold)
      until = now + .saturating(seconds: abs(angle) / speed)
    default: return nil
    }
  }

  func isOver(at now: FleetInstant) -> Bool { now >= until }

  mutating func due(at now: FleetInstant) -> Action? {
    if isOver(at: now) { return .hold }
    if let lastSent, now - lastSent < .milliseconds(50) { return nil }
    lastSent = now
    return action
  }
}

package import RobotData
package import Wire

/// What a person can see on a screen: decides which keys work.
package struct Visibility: Hashable, Sendable {
  /// The view that was drawn; nil where none can be seen.
  package var view: ConsoleMachine.View?
  /// The robots that are shown by name and state.
  package var robots: Set<RobotID> = []
  /// The robot that is shown well enough to drive it: its view, with a newest reading, and with an
  /// image where it has cameras.
  package var drivable: RobotID?
  /// The question or text over the view.
  package var overlay: ConsoleMachine.Overlay?

  /// Nothing can be seen: the terminal is too small, or nothing was drawn yet.
  package static let nothing = Visibility()
}

extension ConsoleMachine.Overlay {
  /// Whether both are the same question or text; a page or an answer may differ.
  func isSameKind(as other: Self?) -> Bool {
    switch (self, other) {
    case (.help, .help), (.leaving, .leaving): true
    case (.changeMark(let robot), .changeMark(let asked)): robot == asked
    default: false
    }
  }

  /// Whether no robot can be seen below it.
  var coversView: Bool { if case .changeMark = self { false } else { true } }
}

extension KeyCommand {
  /// What a person must see before a command may be carried out.
  enum Need: Hashable, Sendable {
    /// Nothing: stops and leaving always work.
    case nothing
    /// A view, with or without robots.
    case view
    /// A view with one robot or more.
    case robots
    /// The robot that the command is about, by name and state.
    case subject
    /// The view of the robot that is held.
    case heldView
    /// The newest reading and images of the robot that is held.
    case heldReading
  }

  var need: Need {
    switch self {
    case .stopAll, .stopRobot, .quit: .nothing
    case .back, .help: .view
    case .selectUp, .selectDown, .view, .takeNext, .handBackAndNext, .releaseAll, .changeMark,
      .pause, .taskLower, .taskHigher,
      .policyLower, .policyHigher:
      .robots
    case .takeThis, .releaseRobot, .handBack, .success, .failure, .discard: .subject
    case .slower, .faster, .subtask1, .subtask2, .subtask3, .subtask4, .subtask5, .subtask6,
      .subtask7, .subtask8, .subtask9, .noSubtask:
      .heldView
    case .forward, .backward, .left, .right, .up, .down, .rollLeft, .rollRight, .pitchUp,
      .pitchDown, .yawLeft, .yawRight, .gripper:
      .heldReading
    }
  }
}

/// When a key went down, and when it was last heard of.
struct KeyHold: Hashable, Sendable {
  var since: FleetInstant
  var last: FleetInstant
}

/// No one drives blind: what was drawn last is part of the state, and keys and devices work only on
/// what it shows.
extension ConsoleMachine {
  /// What can be seen now: what was drawn last, as long as it is still what is to be seen.
  package var visible: Visibility {
    guard let drawnView = drawn.view, drawnView == view, overlay?.coversView != true else {
      return .nothing
    }
    return drawn
  }

  /// Whether keys and devices move the robot that is held: a person has it before their eyes.
  package var seesHeldRobot: Bool {
    guard let held else { return false }
    return visible.drivable == held.robot
  }

  /// A screen was drawn on the terminal, and this can be seen on it.
  package mutating func showed(
    _ shows: Visibility, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    drawn = shows
    return keepGrip(at: now)
  }

  /// The dead man's grip: motion ends as soon as the robot that is held cannot be seen, and begins
  /// only with keys and pushes that begin after it is seen again.
  mutating func keepGrip(at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard seesHeldRobot else {
      seenSince = nil
      let wasMoving = motion.isMoving
      motion.stop()
      guard wasMoving, isJoined, let held else { return [] }
      return [order(.drive(held.robot, .hold, respondsTo: nil))]
    }
    if seenSince == nil { seenSince = now }
    return []
  }

  /// A terminal repeats a key that is held down: keeps when it went down.
  mutating func note(_ key: Key, at now: FleetInstant) -> KeyHold {
    keyHolds = keyHolds.filter { now - $0.value.last <= motion.settings.repeatDelay }
    var hold = keyHolds[key] ?? KeyHold(since: now, last: now)
    hold.last = now
    keyHolds[key] = hold
    return hold
  }

  /// Why a key may not do this by what can be seen; nil where it may.
  func blindness(_ command: KeyCommand, _ hold: KeyHold) -> String? {
    let stop = settings.bindings.name(of: .stopAll)
    let visible = visible
    switch command.need {
    case .nothing: return nil
    case .view: if visible.view != nil { return nil }
    case .robots: if !visible.robots.isEmpty { return nil }
    case .subject:
      let robot = command == .handBack ? held?.robot : subject
      if let robot {
        if visible.robots.contains(robot) { return nil }
      } else if !visible.robots.isEmpty {
        return nil
      }
    case .heldView, .heldReading:
      // Without a robot in hand the command itself says so.
      guard let held else { return visible.robots.isEmpty ? unseen(stop) : nil }
      if command.need == .heldView {
        if visible.view == .robot(held.robot) { return nil }
      } else if let seenSince, seesHeldRobot {
        if hold.since >= seenSince { return nil }
        return "let the key go first: it was down before \(held.robot) was seen"
      }
    }
    return unseen(stop)
  }

  private func unseen(_ stop: String) -> String {
    "nothing was done: the robot was not on the screen; \(stop) stops all robots"
  }

  /// What the screen shows of robots as it is drawn now.
  func shows(robots: Set<RobotID>, view: View?) -> Visibility {
    var shows = Visibility(view: view, robots: robots, overlay: overlay)
    if case .robot(let robot) = view, robots.contains(robot), let held, held.robot == robot,
      let reading = sights[robot]?.observation.reading,
      held.description.cameras.isEmpty || !reading.frames.isEmpty
    {
      shows.drivable = robot
    }
    return shows
  }
}

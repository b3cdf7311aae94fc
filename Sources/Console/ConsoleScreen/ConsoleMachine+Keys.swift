package import RobotData
package import Wire

/// What keys do.
extension ConsoleMachine {
  /// A key was pressed.
  package mutating func press(_ key: Key, at now: FleetInstant) -> [ConsoleToCoordinator] {
    act(on: key, note(key, at: now), at: now) + keepGrip(at: now)
  }

  private mutating func act(
    on key: Key, _ hold: KeyHold, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    let isRobotView = if case .robot = view { true } else { false }
    let command = settings.bindings.command(for: key, inRobotView: isRobotView)
    // Whatever lies over the view, the emergency stop works.
    if command == .stopAll { return perform(.stopAll, at: now) }
    if let overlay, overlay.isSameKind(as: drawn.overlay) {
      return press(key, command, in: overlay, at: now)
    }
    // What cannot be read asks nothing: whoever wants to leave leaves.
    if command == .quit, overlay != nil || drawn == .nothing { return leave([]) }
    guard let command else { return [] }
    if overlay != nil, command != .stopRobot { return [] }
    if settings.role == .viewer, command.isForOperators { return perform(command, at: now) }
    if let blindness = blindness(command, hold) {
      say(blindness, at: now, isAlarm: true)
      return []
    }
    return perform(command, at: now)
  }

  /// Text was pasted: a terminal that marks it as such has no hand on its keys, and nothing moves.
  package mutating func paste(count: Int, at now: FleetInstant) {
    say("\(count) pasted characters were ignored: keys are pressed one by one", at: now)
  }

  private mutating func press(
    _ key: Key, _ command: KeyCommand?, in overlay: Overlay, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    switch overlay {
    case .help(let page):
      switch key {
      case .down, .pageDown, .right: self.overlay = .help(page: page + 1)
      case .up, .pageUp, .left: self.overlay = .help(page: max(page - 1, 0))
      default: self.overlay = nil
      }
      return []
    case .changeMark(let robot):
      self.overlay = nil
      let outcomes: [KeyCommand: EpisodeOutcome] = [
        .success: .success, .failure: .failure, .discard: .discarded,
      ]
      guard let command, let outcome = outcomes[command] else {
        say("the mark of \(robot) stays as it is", at: now)
        return []
      }
      say("\(robot): the last episode is now: \(Wording.word(outcome))", at: now)
      return [order(.changeMark(robot, outcome))]
    case .leaving(let form): return press(key, in: form)
    }
  }

  private mutating func press(_ key: Key, in form: WorkloadForm) -> [ConsoleToCoordinator] {
    var form = form
    switch key {
    case .up, .backTab: form.move(by: -1)
    case .down, .tab: form.move(by: 1)
    case .left: form.change(by: -1)
    case .right: form.change(by: 1)
    case .escape:
      overlay = nil
      return []
    case .enter:
      return leave(form.ratings.map { [.workload($0)] } ?? [])
    case .character("q"), .control("c"): return leave([])
    default: break
    }
    overlay = .leaving(form)
    return []
  }

  /// Who leaves hands back first: the recording then says so, and not that the operator was lost.
  private mutating func leave(_ said: [ConsoleToCoordinator]) -> [ConsoleToCoordinator] {
    let handBack = isJoined ? held.map { order(.handBack($0.robot)) } : nil
    motion.stop()
    end("")
    return said + (handBack.map { [$0] } ?? []) + [.goodbye]
  }

  // MARK: - Commands

  private mutating func perform(
    _ command: KeyCommand, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    if settings.role == .viewer, command.isForOperators {
      say("a viewer may look, and stop robots; join without --viewer to drive", at: now)
      return []
    }
    if let said = performView(command) { return said }
    guard isJoined else {
      say("no coordinator: nothing was sent", at: now, isAlarm: true)
      return []
    }
    if let axis = Self.directions[command] { return move(axis, command, at: now) }
    switch command {
    case .stopAll:
      motion.stop()
      return [order(.emergencyStop(nil))]
    case .releaseAll: return [order(.releaseStop(nil))]
    case .stopRobot: return withRobot(at: now) { .emergencyStop($0) }
    case .releaseRobot: return withRobot(at: now) { .releaseStop($0) }
    case .pause: return [order(status?.isPaused == true ? .resumeFleet : .pauseFleet)]
    case .taskLower, .taskHigher, .policyLower, .policyHigher: return changeThreshold(command)
    case .gripper, .slower, .faster: return adjust(command, at: now)
    case .takeNext: return takeNext(at: now)
    case .takeThis: return withRobot(at: now) { .takeOver($0) }
    case .handBack, .handBackAndNext: return handBack(andNext: command == .handBackAndNext, at: now)
    case .success: return mark(.success, at: now)
    case .failure: return mark(.failure, at: now)
    case .discard: return mark(.discarded, at: now)
    case .changeMark: return askForMark(at: now)
    default: return chooseSubtask(command.subtaskIndex, at: now)
    }
  }

  /// What changes the console alone; nil for everything else.
  private mutating func performView(_ command: KeyCommand) -> [ConsoleToCoordinator]? {
    switch command {
    case .help: overlay = .help(page: 0)
    case .quit: overlay = .leaving(WorkloadForm())
    case .view: if let selected { view = .robot(selected) }
    case .back:
      if case .robot(let robot) = view { selected = robot }
      view = .fleet
    case .selectUp: select(by: -1)
    case .selectDown: select(by: 1)
    default: return nil
    }
    return []
  }

  private mutating func select(by rows: Int) {
    let names = sorted.map(\.robot)
    guard let place = names.firstIndex(where: { $0 == selected }) else {
      selected = names.first
      return
    }
    selected = names[min(max(place + rows, 0), names.count - 1)]
  }

  /// The robot that a command is about: the one on the screen, or under the cursor.
  package var subject: RobotID? {
    switch view {
    case .robot(let robot): robot
    case .fleet: held?.robot ?? selected
    }
  }

  private mutating func withRobot(
    at now: FleetInstant, _ body: (RobotID) -> OperatorOrder
  ) -> [ConsoleToCoordinator] {
    guard let subject else {
      say("there is no robot yet", at: now)
      return []
    }
    return [order(body(subject))]
  }

  private mutating func takeNext(at now: FleetInstant) -> [ConsoleToCoordinator] {
    if let held {
      let key = settings.bindings.name(of: .handBackAndNext)
      say("you hold \(held.robot); \(key) hands it back and takes the next", at: now)
      view = .robot(held.robot)
      return []
    }
    return [order(.takeNext)]
  }

  private mutating func handBack(andNext: Bool, at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard let held else {
      if andNext { return takeNext(at: now) }
      say("you hold no robot", at: now)
      return []
    }
    motion.stop()
    takesNext = andNext
    if !andNext { view = .fleet }
    return [order(.handBack(held.robot))]
  }

  private mutating func mark(
    _ outcome: EpisodeOutcome, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    motion.stop()
    return withRobot(at: now) { .mark($0, outcome) }
  }

  private mutating func askForMark(at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard let lastEnded else {
      say("no episode has ended yet", at: now)
      return []
    }
    overlay = .changeMark(lastEnded.robot)
    return []
  }

  private mutating func changeThreshold(_ command: KeyCommand) -> [ConsoleToCoordinator] {
    guard var thresholds = status?.thresholds else { return [] }
    switch command {
    case .taskLower: thresholds.task /= 1.1
    case .taskHigher: thresholds.task *= 1.1
    case .policyLower: thresholds.policy /= 1.1
    default: thresholds.policy *= 1.1
    }
    return [order(.setThresholds(thresholds))]
  }

  /// The subtasks that can be chosen: those that the robot says are open, then those that can follow.
  package func choices(of robot: RobotID) -> [SubtaskName] {
    let all = held?.robot == robot ? held?.description.task.subtasks ?? [] : []
    guard let line = self.robot(robot), !line.available.isEmpty else { return all }
    return line.available
      + all.filter { !line.available.contains($0) && !line.completed.contains($0) }
  }

  /// Digits that are typed within this time of each other name an order of subtasks.
  static let typingWindow = Duration.milliseconds(1_500)

  private mutating func chooseSubtask(
    _ index: Int?, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    guard let held else {
      say("take a robot first, then choose its subtask", at: now)
      return []
    }
    guard let index else {
      typed = nil
      return [order(.chooseSubtasks(held.robot, []))]
    }
    let choices = choices(of: held.robot)
    guard choices.indices.contains(index) else {
      say("there are \(choices.count) subtasks to choose from", at: now)
      return []
    }
    let subtask = choices[index]
    var subtasks = [subtask]
    if let typed, typed.robot == held.robot, now - typed.at < Self.typingWindow,
      !typed.subtasks.contains(subtask)
    {
      subtasks = typed.subtasks + subtasks
    }
    let open = robot(held.robot)?.available ?? []
    guard open.isEmpty || open.contains(subtasks[0]) else {
      say("\(subtask) is not possible yet: type what comes before it, then it", at: now)
      return []
    }
    typed = (held.robot, subtasks, now)
    say("\(held.robot): \(subtasks.map(\.name).joined(separator: ", then ")) comes next", at: now)
    return [order(.chooseSubtasks(held.robot, subtasks))]
  }

  // MARK: - Driving

  private static let directions: [KeyCommand: Motion.Direction] = [
    .forward: .init(axis: 0, sign: 1), .backward: .init(axis: 0, sign: -1),
    .left: .init(axis: 1, sign: 1), .right: .init(axis: 1, sign: -1),
    .up: .init(axis: 2, sign: 1), .down: .init(axis: 2, sign: -1),
    .rollLeft: .init(axis: 3, sign: 1), .rollRight: .init(axis: 3, sign: -1),
    .pitchUp: .init(axis: 4, sign: 1), .pitchDown: .init(axis: 4, sign: -1),
    .yawLeft: .init(axis: 5, sign: 1), .yawRight: .init(axis: 5, sign: -1),
  ]

  /// Why keys do not move the robot now; nil when they do.
  package func obstacle(at now: FleetInstant) -> String? {
    guard let held else {
      return "you hold no robot; \(settings.bindings.name(of: .takeThis)) takes this one"
    }
    if status?.isPaused == true { return "the fleet is paused" }
    if let age = robot(held.robot)?.observationAge, age > Self.latencyLimit {
      return "pictures are \(Wording.milliseconds(age)) old: too late to drive by"
    }
    return nil
  }

  /// Beyond this age of what is seen, driving is refused: a person would chase the past.
  static let latencyLimit = Duration.milliseconds(500)

  private mutating func move(
    _ direction: Motion.Direction, _ command: KeyCommand, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    if let obstacle = obstacle(at: now) {
      say(obstacle, at: now)
      return []
    }
    motion.press(direction, at: now)
    return drive(at: now)
  }

  private mutating func adjust(
    _ command: KeyCommand, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    if command != .gripper {
      motion.changeSpeed(by: command == .faster ? 1 : -1)
      return []
    }
    if let obstacle = obstacle(at: now) {
      say(obstacle, at: now)
      return []
    }
    let opening = held.flatMap { sights[$0.robot] }?.observation.reading.proprioception
      .gripperOpening
    motion.pressGripper(isOpen: (opening ?? 1) > 0.5, at: now)
    return drive(at: now)
  }
}

public import RobotData
public import Wire

/// What a console is told before it starts.
package struct ConsoleSettings: Hashable, Sendable {
  /// Who sits at it.
  package var name: OperatorID
  /// Drawn at random by each process.
  package var instance: UInt64
  /// What they may do.
  package var role: ConsoleRole
  /// The coordinator's address, for people.
  package var address: String
  /// The fleet that started the console; nil for none.
  package var fleet: FleetID?
  /// Which key does what.
  package var bindings = KeyBindings.standard
  /// How keys become motion.
  package var motion = MotionSettings()

  /// Settings with the standard keys.
  package init(name: OperatorID, instance: UInt64, role: ConsoleRole, address: String) {
    self.name = name
    self.instance = instance
    self.role = role
    self.address = address
  }
}

/// A person's console, as a pure machine: messages and keys in, messages out, and a screen that is
/// a function of its state. It speaks the operator's protocol and holds no socket, clock or
/// terminal.
public struct ConsoleMachine: ConsoleDialogue, Sendable {
  /// The link to the coordinator. Leaves `joining` by a welcome or a refusal; leaves `joined` when
  /// the coordinator is silent for too long, or says goodbye.
  enum Link: Hashable, Sendable {
    case joining(since: FleetInstant?, nextHello: FleetInstant)
    case joined(heardAt: FleetInstant, nextHeartbeat: FleetInstant)
    case over(String)
  }

  /// What is on the screen.
  package enum View: Hashable, Sendable {
    case fleet
    case robot(RobotID)
  }

  /// What lies over the view and takes the keys.
  package enum Overlay: Hashable, Sendable {
    case help(page: Int)
    /// The last mark may be changed.
    case changeMark(RobotID)
    case leaving(WorkloadForm)
  }

  /// A robot that this operator holds.
  package struct Held: Hashable, Sendable {
    package var robot: RobotID
    package var description: RobotDescription
    package var cause: HandoverCause
  }

  /// What was last seen of a robot.
  package struct Sight: Hashable, Sendable {
    package var observation: Observation
    package var uncertainty: Uncertainty?
    package var at: FleetInstant
  }

  /// A line for the person.
  package struct Message: Hashable, Sendable {
    package var text: String
    package var at: FleetInstant
    package var isAlarm: Bool
  }

  /// An episode that ended last.
  package struct Ended: Hashable, Sendable {
    package var robot: RobotID
    package var outcome: EpisodeOutcome
  }

  /// Silence of the coordinator after which the operator joins anew.
  static let linkTimeout = Duration.milliseconds(1_500)

  package let settings: ConsoleSettings
  private(set) var link = Link.joining(since: nil, nextHello: .origin)
  /// The newest status; nil before the first.
  package private(set) var status: FleetStatus?
  package private(set) var histories: [RobotID: RobotHistory] = [:]
  package private(set) var tally = SessionTally()
  package var view = View.fleet
  package var overlay: Overlay?
  /// The robot that the cursor of the fleet view is on.
  package var selected: RobotID?
  package private(set) var held: Held?
  package private(set) var sights: [RobotID: Sight] = [:]
  package private(set) var messages: [Message] = []
  /// How many messages there were, those included that are kept no longer.
  package private(set) var messageCount = 0
  package private(set) var lastEnded: Ended?
  package var motion: Motion
  /// Gamepad and SpaceMouse, where they are there.
  package private(set) var devices: Set<SteeringDevice> = []
  /// Rises whenever the terminal's bell is to ring.
  package private(set) var bells = 0
  /// From a heartbeat to its reply; nil before the first.
  package private(set) var roundTrip: Duration?
  private var heartbeatSent: FleetInstant?
  private var watched: [RobotID] = []
  private var orders: UInt32 = 0
  /// Whether the next robot is to be taken as soon as this one is let go.
  var takesNext = false
  /// The subtasks that were typed last, one after the other.
  var typed: (robot: RobotID, subtasks: [SubtaskName], at: FleetInstant)?
  private var joinedAt: FleetInstant?
  /// What the screen that was drawn last shows.
  var drawn = Visibility.nothing
  /// Since when the robot that is held can be seen without a break; nil while it cannot.
  var seenSince: FleetInstant?
  /// The keys that are down, as far as a terminal tells.
  var keyHolds: [Key: KeyHold] = [:]

  /// A console that has not joined yet.
  package init(_ settings: ConsoleSettings) {
    self.settings = settings
    motion = Motion(settings.motion)
  }

  /// Why the dialogue is over; empty when the person has left.
  public var ending: String? { if case .over(let reason) = link { reason } else { nil } }

  /// Whether the coordinator answers.
  package var isJoined: Bool { if case .joined = link { true } else { false } }

  /// Since when the coordinator is gone; nil while it is there or was never there.
  package var lostSince: FleetInstant? {
    if case .joining(let since, _) = link { since } else { nil }
  }

  // MARK: - Dialogue

  /// The coordinator said something.
  public mutating func handle(
    _ message: CoordinatorToConsole, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    hear(message, at: now) + keepGrip(at: now)
  }

  private mutating func hear(
    _ message: CoordinatorToConsole, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    if case .joined(_, let next) = link { link = .joined(heardAt: now, nextHeartbeat: next) }
    switch message {
    case .welcome:
      if lostSince != nil { say("the coordinator is back", at: now) }
      link = .joined(heardAt: now, nextHeartbeat: now)
      watched = []
    case .refused(let reason): link = .over(reason)
    case .orderRefused(_, let reason):
      takesNext = false
      say("not done: \(reason)", at: now, isAlarm: true)
    case .assigned(let robot, let cause, let description):
      if held?.robot != robot { motion.stop() }
      // What was seen of it long ago is not where it is now.
      if let sight = sights[robot], now - sight.at > Self.latencyLimit { sights[robot] = nil }
      held = Held(robot: robot, description: description, cause: cause)
      view = .robot(robot)
      say("you hold \(robot): \(Wording.cause(cause))", at: now)
    case .unassigned(let robot, let cause): return release(robot, cause, at: now)
    case .observation(let robot, let observation, let uncertainty):
      sights[robot] = Sight(observation: observation, uncertainty: uncertainty, at: now)
    case .status(let status): note(status, at: now)
    case .episodeEnded(let robot, _, let outcome):
      lastEnded = Ended(robot: robot, outcome: outcome)
      say("\(robot): episode ended: \(Wording.word(outcome))", at: now)
    case .notice(let text):
      say(text, at: now, isAlarm: true)
      bells += 1
    case .heartbeatReply: if let heartbeatSent { roundTrip = now - heartbeatSent }
    case .goodbye: lose(at: now)
    }
    return []
  }

  private mutating func release(
    _ robot: RobotID, _ cause: HandoverCause, at now: FleetInstant
  ) -> [ConsoleToCoordinator] {
    guard held?.robot == robot else { return [] }
    let isBlind = visible.robots.isEmpty
    held = nil
    motion.stop()
    say("\(robot) is no longer yours: \(Wording.cause(cause))", at: now)
    guard takesNext else {
      if cause != .handedBack { bells += 1 }
      return []
    }
    takesNext = false
    guard !isBlind else { return [] }
    view = .fleet
    return [order(.takeNext)]
  }

  /// Time passed: hellos, heartbeats, what is watched, motion.
  public mutating func tick(at now: FleetInstant, wall: WallTime) -> [ConsoleToCoordinator] {
    switch link {
    case .over: return []
    case .joining(let since, let nextHello):
      guard nextHello <= now else { return [] }
      link = .joining(since: since, nextHello: now + .milliseconds(500))
      return [
        .hello(
          settings.name, instance: settings.instance, settings.role, closedLoop: false,
          fleet: settings.fleet)
      ]
    case .joined(let heardAt, let nextHeartbeat):
      guard now - heardAt < Self.linkTimeout else {
        lose(at: now)
        return tick(at: now, wall: wall)
      }
      var said = watchMessages
      if nextHeartbeat <= now {
        link = .joined(heardAt: heardAt, nextHeartbeat: now + .milliseconds(500))
        heartbeatSent = now
        said.append(.heartbeat(sentTime: wall))
      }
      return said + drive(at: now)
    }
  }

  /// The input that keys ask for at this moment.
  mutating func drive(at now: FleetInstant) -> [ConsoleToCoordinator] {
    guard isJoined, let held else { return [] }
    guard seesHeldRobot else { return keepGrip(at: now) }
    // Keys are refused when they are pressed; a stick that is held has to be looked after.
    if motion.isPushed, let obstacle = obstacle(at: now) {
      motion.stop()
      say(obstacle, at: now)
      return [order(.drive(held.robot, .hold, respondsTo: nil))]
    }
    guard let action = motion.due(held.description.limits, at: now) else { return [] }
    return [order(.drive(held.robot, action, respondsTo: nil))]
  }

  /// The pictures of the robot that is looked at come by themselves while it is held.
  private var watchMessages: [ConsoleToCoordinator] {
    mutating get {
      var wanted: [RobotID] = []
      if case .robot(let robot) = view, held?.robot != robot { wanted = [robot] }
      guard wanted != watched else { return [] }
      watched = wanted
      return [.watch(wanted)]
    }
  }

  /// The coordinator is gone: whatever was held is held no longer.
  private mutating func lose(at now: FleetInstant) {
    if isJoined {
      say("the coordinator is gone; robots hold by themselves", at: now, isAlarm: true)
      bells += 1
    }
    link = .joining(since: lostSince ?? now, nextHello: now)
    held = nil
    takesNext = false
    motion.stop()
    roundTrip = nil
  }

  private mutating func note(_ status: FleetStatus, at now: FleetInstant) {
    if joinedAt == nil { joinedAt = now }
    let waitedBefore = Set(self.status?.queue ?? [])
    let begun = status.queue.filter { !waitedBefore.contains($0) }
    if !begun.isEmpty { bells += 1 }
    self.status = status
    tally.note(status, own: settings.name, at: now)
    for robot in status.robots {
      histories[robot.robot, default: RobotHistory()].note(robot, at: now)
    }
    if selected == nil || !status.robots.contains(where: { $0.robot == selected }) {
      selected = sorted.first?.robot
    }
  }

  // MARK: - What others use

  mutating func order(_ order: OperatorOrder) -> ConsoleToCoordinator {
    orders &+= 1
    return .order(order, number: orders)
  }

  mutating func say(_ text: String, at now: FleetInstant, isAlarm: Bool = false) {
    messages.append(Message(text: text, at: now, isAlarm: isAlarm))
    messageCount += 1
    if messages.count > 50 { messages.removeFirst() }
  }

  /// Ends the dialogue; `reason` is for people.
  mutating func end(_ reason: String) { link = .over(reason) }

  /// A gamepad or a SpaceMouse says something.
  package mutating func steer(_ input: SteeringInput, at now: FleetInstant)
    -> [ConsoleToCoordinator]
  {
    switch input {
    case .key(let key): return press(key, at: now)
    case .connected(let device, let name):
      devices.insert(device)
      say("\(device): \(name)", at: now)
    case .lost(let device):
      devices.remove(device)
      motion.push(device, .rest)
      say("the \(device) is gone; nothing it moved moves on", at: now, isAlarm: true)
      return drive(at: now)
    case .unusable(let device, let reason): say("\(device): \(reason)", at: now, isAlarm: true)
    case .pushed(let device, let deflection):
      guard settings.role == .operator else { return [] }
      motion.push(device, deflection)
      return held == nil ? [] : drive(at: now)
    }
    return []
  }

  /// The terminal is gone: lets go of the robot, for no one can drive it any more.
  package mutating func loseKeyboard() -> [ConsoleToCoordinator] {
    motion.stop()
    end("the terminal is gone")
    return [.goodbye]
  }

  /// How long the console has been watching.
  package func elapsed(at now: FleetInstant) -> Duration { joinedAt.map { now - $0 } ?? .zero }

  /// A robot's newest status.
  package func robot(_ id: RobotID) -> RobotStatus? {
    status?.robots.first { $0.robot == id }
  }

  /// The robots sorted by how much they need a person: stopped ones, those that wait in the order
  /// of the queue, the own one, and then what continues by itself.
  package var sorted: [RobotStatus] {
    guard let status else { return [] }
    let place = Dictionary(
      zip(status.queue, 0...), uniquingKeysWith: { first, _ in first })
    func rank(_ robot: RobotStatus) -> (Int, Int) {
      switch robot.state {
      case .stopped: (0, 0)
      case .awaiting: (1, place[robot.robot] ?? Int.max)
      case .teleoperated: (robot.holder == settings.name ? 2 : 3, 0)
      case .assisted: (4, 0)
      case .idle: (5, 0)
      case .offline: (6, 0)
      }
    }
    return status.robots.sorted {
      let (a, b) = (rank($0), rank($1))
      return a == b ? $0.robot < $1.robot : a < b
    }
  }
}

internal import RobotData
internal import Wire

/// Who is connected, and by which identity the ROUTER knows them.
struct Peers: Sendable {
  /// A robot's process.
  struct Robot: Sendable {
    var id: RobotID
    var instance: UInt64
    var description: RobotDescription
    var identity: PeerIdentity
    var clock = LinkClock()
  }

  /// A console's process.
  struct Console: Sendable {
    var id: OperatorID
    var instance: UInt64
    var role: ConsoleRole
    var identity: PeerIdentity
    var watched: Set<RobotID> = []
  }

  private(set) var robots: [PeerIdentity: Robot] = [:]
  private(set) var consoles: [PeerIdentity: Console] = [:]
  private var identityOfRobot: [RobotID: PeerIdentity] = [:]
  private var identityOfOperator: [OperatorID: PeerIdentity] = [:]

  /// A robot said hello; it counts as connected under its name when `admit` says so.
  mutating func note(_ robot: Robot) {
    var robot = robot
    if let known = robots[robot.identity] { robot.clock = known.clock }
    robots[robot.identity] = robot
  }

  /// The process was let in: messages to the robot go there. A connection that the same robot had
  /// before is forgotten.
  mutating func admit(_ robot: RobotID, identity: PeerIdentity) {
    if let old = identityOfRobot[robot], old != identity { robots[old] = nil }
    identityOfRobot[robot] = identity
  }

  mutating func note(_ console: Console) { consoles[console.identity] = console }

  mutating func admit(_ name: OperatorID, identity: PeerIdentity) {
    if let old = identityOfOperator[name], old != identity { consoles[old] = nil }
    identityOfOperator[name] = identity
  }

  mutating func forgetRobot(_ identity: PeerIdentity) {
    guard let robot = robots.removeValue(forKey: identity) else { return }
    if identityOfRobot[robot.id] == identity { identityOfRobot[robot.id] = nil }
  }

  mutating func forgetConsole(_ identity: PeerIdentity) {
    guard let console = consoles.removeValue(forKey: identity) else { return }
    if identityOfOperator[console.id] == identity { identityOfOperator[console.id] = nil }
  }

  mutating func update(_ identity: PeerIdentity, _ body: (inout Robot) -> Void) {
    guard var robot = robots[identity] else { return }
    body(&robot)
    robots[identity] = robot
  }

  mutating func watch(_ robots: [RobotID], by identity: PeerIdentity) {
    consoles[identity]?.watched = Set(robots)
  }

  /// The robot that is let in under this name.
  func robot(_ id: RobotID) -> Robot? { identityOfRobot[id].flatMap { robots[$0] } }

  /// The operator who is let in under this name.
  func console(_ name: OperatorID) -> Console? { identityOfOperator[name].flatMap { consoles[$0] } }

  /// The process with this random number, let in or not.
  func identity(ofRobotInstance instance: UInt64) -> PeerIdentity? {
    robots.values.first { $0.instance == instance }?.identity
  }

  /// The process with this random number, let in or not.
  func identity(ofConsoleInstance instance: UInt64) -> PeerIdentity? {
    consoles.values.first { $0.instance == instance }?.identity
  }

  /// The connections of all robots that are let in, in the order of their names.
  var admittedRobots: [PeerIdentity] {
    identityOfRobot.sorted { $0.key < $1.key }.map(\.value)
  }

  /// All consoles, viewers' too, in the order of their names.
  var allConsoles: [Console] {
    consoles.values.sorted { ($0.id, $0.instance) < ($1.id, $1.instance) }
  }

  /// Whoever said this name over this connection; nil for one that has not said hello.
  func name(of identity: PeerIdentity) -> String? {
    robots[identity]?.id.name ?? consoles[identity]?.id.name
  }

  /// Who wants to see this robot without holding it.
  func watchers(of robot: RobotID) -> [Console] {
    consoles.isEmpty ? [] : allConsoles.filter { $0.watched.contains(robot) }
  }
}

import RobotData
import Wire

/// Who is connected, and by which identity the ROUTER knows them.
struct Peers {
  /// A robot's process.
  struct Robot {
    var id: RobotID
    var instance: UInt64
    var description: RobotDescription
    var identity: [UInt8]
    var clock = LinkClock()
  }

  /// A console's process.
  struct Console {
    var id: OperatorID
    var instance: UInt64
    var role: ConsoleRole
    var identity: [UInt8]
    var watched: Set<RobotID> = []
  }

  private(set) var robots: [[UInt8]: Robot] = [:]
  private(set) var consoles: [[UInt8]: Console] = [:]
  private var identityOfRobot: [RobotID: [UInt8]] = [:]
  private var identityOfOperator: [OperatorID: [UInt8]] = [:]

  /// A robot said hello; it counts as connected under its name when `admit` says so.
  mutating func note(_ robot: Robot) {
    var robot = robot
    if let known = robots[robot.identity] { robot.clock = known.clock }
    robots[robot.identity] = robot
  }

  /// The process was let in: messages to the robot go there. A connection that the same robot had
  /// before is forgotten.
  mutating func admit(_ robot: RobotID, identity: [UInt8]) {
    if let old = identityOfRobot[robot], old != identity { robots[old] = nil }
    identityOfRobot[robot] = identity
  }

  mutating func note(_ console: Console) { consoles[console.identity] = console }

  mutating func admit(_ name: OperatorID, identity: [UInt8]) {
    if let old = identityOfOperator[name], old != identity { consoles[old] = nil }
    identityOfOperator[name] = identity
  }

  mutating func forgetRobot(_ identity: [UInt8]) {
    guard let robot = robots.removeValue(forKey: identity) else { return }
    if identityOfRobot[robot.id] == identity { identityOfRobot[robot.id] = nil }
  }

  mutating func forgetConsole(_ identity: [UInt8]) {
    guard let console = consoles.removeValue(forKey: identity) else { return }
    if identityOfOperator[console.id] == identity { identityOfOperator[console.id] = nil }
  }

  mutating func update(_ identity: [UInt8], _ body: (inout Robot) -> Void) {
    guard var robot = robots[identity] else { return }
    body(&robot)
    robots[identity] = robot
  }

  mutating func watch(_ robots: [RobotID], by identity: [UInt8]) {
    consoles[identity]?.watched = Set(robots)
  }

  /// The robot that is let in under this name.
  func robot(_ id: RobotID) -> Robot? { identityOfRobot[id].flatMap { robots[$0] } }

  /// The operator who is let in under this name.
  func console(_ name: OperatorID) -> Console? { identityOfOperator[name].flatMap { consoles[$0] } }

  /// The process with this random number, let in or not.
  func identity(ofRobotInstance instance: UInt64) -> [UInt8]? {
    robots.values.first { $0.instance == instance }?.identity
  }

  /// The process with this random number, let in or not.
  func identity(ofConsoleInstance instance: UInt64) -> [UInt8]? {
    consoles.values.first { $0.instance == instance }?.identity
  }

  /// Everybody who is let in.
  var admitted: [[UInt8]] { Array(identityOfRobot.values) + consoles.keys }

  /// Who wants to see this robot without holding it.
  func watchers(of robot: RobotID) -> [Console] {
    consoles.values.filter { $0.watched.contains(robot) }
  }
}

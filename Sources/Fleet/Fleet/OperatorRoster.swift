internal import RobotData

/// A process through which an operator is connected.
struct Presence: Hashable, Sendable {
  /// Drawn at random by the process.
  var instance: UInt64
  /// Whether it answers each observation that is forwarded to it.
  var isClosedLoop: Bool
  /// When it was last heard of, on the fleet's clock of attention.
  var heard: FleetInstant
}

/// What an operator is doing.
enum OperatorState: Hashable, Sendable {
  /// Not connected. Leaves to: `free` when a process joins under this name.
  case absent
  /// Connected, holds no robot. Leaves to: `driving` when a robot is taken; `absent` when the
  /// process leaves or is silent for too long.
  case free(Presence)
  /// Holds exactly this robot. Leaves to: `free` when the robot is handed back, continues by
  /// itself, ends its episode, stops or is lost; `absent` when the process leaves or is silent.
  case driving(RobotID, Presence)

  var presence: Presence? {
    switch self {
    case .absent: nil
    case .free(let presence), .driving(_, let presence): presence
    }
  }

  var robot: RobotID? {
    if case .driving(let robot, _) = self { robot } else { nil }
  }
}

/// Everybody who was ever connected to the fleet, by name.
struct OperatorRoster: Sendable {
  private(set) var operators: [OperatorID: OperatorState] = [:]

  /// The names, in order.
  var names: [OperatorID] { operators.keys.sorted() }

  subscript(name: OperatorID) -> OperatorState { operators[name] ?? .absent }

  /// Whether this very process is connected under this name.
  func isPresent(_ name: OperatorID, instance: UInt64) -> Bool {
    self[name].presence?.instance == instance
  }

  /// Lets a process in, or notes that it came again; what it holds stays its own.
  mutating func join(_ name: OperatorID, _ presence: Presence) {
    if case .driving(let robot, _) = self[name] {
      operators[name] = .driving(robot, presence)
    } else {
      operators[name] = .free(presence)
    }
  }

  mutating func hear(_ name: OperatorID, at attention: FleetInstant) {
    switch self[name] {
    case .absent: break
    case .free(var presence):
      presence.heard = attention
      operators[name] = .free(presence)
    case .driving(let robot, var presence):
      presence.heard = attention
      operators[name] = .driving(robot, presence)
    }
  }

  /// Gives a robot to an operator who is free.
  mutating func seize(_ robot: RobotID, by name: OperatorID) {
    guard case .free(let presence) = self[name] else { return }
    operators[name] = .driving(robot, presence)
  }

  /// Takes the robot from an operator.
  mutating func free(_ name: OperatorID) {
    guard case .driving(_, let presence) = self[name] else { return }
    operators[name] = .free(presence)
  }

  /// Notes that an operator is gone; whoever calls has seen to their robot before.
  mutating func leave(_ name: OperatorID) { operators[name] = .absent }
}

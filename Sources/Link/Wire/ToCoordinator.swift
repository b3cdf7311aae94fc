/// Everything that a coordinator receives.
public enum ToCoordinator: Hashable, Sendable, WireMessage {
  /// From a robot.
  case robot(RobotToCoordinator)
  /// From a console.
  case console(ConsoleToCoordinator)

  /// The header, then the pictures of an observation or step.
  public func frames() throws(WireError) -> [[UInt8]] {
    switch self {
    case .robot(let message): try message.frames()
    case .console(let message): try message.frames()
    }
  }

  /// Reads and checks a message.
  public init(frames: [[UInt8]]) throws(WireError) {
    let kind = "ToCoordinator"
    let envelope = try Mallard_V1_ToCoordinator(header: frames, of: kind)
    switch envelope.sender {
    case .robot(let message):
      self = .robot(try RobotToCoordinator(message, pictures: frames.dropFirst()))
    case .console(let message):
      self = .console(try ConsoleToCoordinator(message, pictures: frames.dropFirst()))
    case nil: throw .unknownKind(expected: kind)
    }
  }
}

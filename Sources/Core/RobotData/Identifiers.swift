/// A short name of one kind of thing, safe to use in file names, SQL and terminals.
///
/// The kind is a phantom type, so that a camera's name cannot be passed where a robot's is due.
public struct Identifier<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The name: 1 to 64 ASCII letters, digits, `.`, `_` or `-`, beginning with a letter or digit.
  public let name: String

  /// Checks the name's length and characters.
  ///
  /// - Throws: `IdentifierError` with the name as it was given.
  public init(_ name: String) throws(IdentifierError) {
    let bytes = Array(name.utf8)
    guard (1...64).contains(bytes.count) else { throw .length(name) }
    guard bytes.allSatisfy(Self.allows), bytes[0] != 0x2D, bytes[0] != 0x2E else {
      throw .characters(name)
    }
    self.name = name
  }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  /// The name itself.
  public var description: String { name }

  /// Orders by name, so that what is shown, sent or stored has one order.
  public static func < (a: Self, b: Self) -> Bool { a.name < b.name }
}

extension Identifier: ExpressibleByStringLiteral {
  /// A name written in the program; a bad one is a programmer's error and traps.
  public init(stringLiteral name: StaticString) {
    do {
      self = try Self("\(name)")
    } catch {
      preconditionFailure("\(error)")
    }
  }
}

/// Why a text cannot be an identifier.
public enum IdentifierError: Error, Equatable, CustomStringConvertible {
  /// The name is empty or longer than 64 bytes.
  case length(String)
  /// The name holds a character that is not allowed, or begins with `.` or `-`.
  case characters(String)

  /// What is wrong, and what is allowed.
  public var description: String {
    switch self {
    case .length(let name):
      "name \"\(name.prefix(80))\" has \(name.utf8.count) bytes; 1 to 64 are allowed"
    case .characters(let name):
      "name \"\(name)\" may hold only letters, digits, '.', '_' and '-', "
        + "and begins with a letter or digit"
    }
  }
}

/// The kinds of thing that have an identifier.
public enum IdentifierKind {
  /// A robot endpoint.
  public enum Robot: Sendable {}
  /// A person (or a modelled person) who teleoperates.
  public enum Operator: Sendable {}
  /// A camera of a robot.
  public enum Camera: Sendable {}
  /// A task that a robot is given for an episode.
  public enum Task: Sendable {}
  /// A part of a task.
  public enum Subtask: Sendable {}
  /// A word that people put on an episode.
  public enum Tag: Sendable {}
}

/// Names a robot endpoint within a fleet.
public typealias RobotID = Identifier<IdentifierKind.Robot>
/// Names an operator within a fleet.
public typealias OperatorID = Identifier<IdentifierKind.Operator>
/// Names a camera within a robot, for example `scene` or `wrist`.
public typealias CameraName = Identifier<IdentifierKind.Camera>
/// Names a task, for example `stack`.
public typealias TaskName = Identifier<IdentifierKind.Task>
/// Names a subtask, for example `red-on-blue`.
public typealias SubtaskName = Identifier<IdentifierKind.Subtask>
/// A word that people put on episodes to find them again, for example `pilot-study`.
public typealias EpisodeTag = Identifier<IdentifierKind.Tag>

/// One run of a coordinator: a random number drawn when it starts, so that recordings of
/// different machines never collide when they are merged.
public struct SessionID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The random number.
  public let value: UInt64

  /// Wraps a number that the caller drew at random.
  public init(_ value: UInt64) { self.value = value }

  /// Reads the 16 hexadecimal digits that `description` writes; nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
    self.init(value)
  }

  /// 16 hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Orders by the number.
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// One run of `mallard fleet` on a machine: a random number that all of its parts know, so that no
/// robot or operator of it joins the coordinator of another fleet. Never zero.
public struct FleetID: Hashable, Sendable, CustomStringConvertible {
  /// The random number.
  public let value: UInt64

  /// Wraps a number that the caller drew at random; nil for zero, which stands for no fleet.
  public init?(_ value: UInt64) {
    guard value != 0 else { return nil }
    self.value = value
  }

  /// Reads the 16 hexadecimal digits that `description` writes; nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard let session = SessionID(text) else { return nil }
    self.init(session.value)
  }

  /// 16 hexadecimal digits.
  public var description: String { SessionID(value).description }

  /// Why a process that says it is of the fleet `claimed` may not join a coordinator of `own`; nil
  /// where it may. Whoever was started by hand is of no fleet, and may join any.
  public static func refusal(of claimed: FleetID?, by own: FleetID?) -> String? {
    guard let claimed, claimed != own else { return nil }
    return "it is of another fleet than this coordinator, whose address it was given by mistake; "
      + "give each fleet an --address of its own"
  }
}

/// One attempt at a task on one robot; unique over all machines and recordings.
public struct EpisodeID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The coordinator's run in which the episode began.
  public let session: SessionID
  /// The episode's number within that run, from 1.
  public let ordinal: UInt32

  /// Joins a session and the episode's number in it.
  public init(session: SessionID, ordinal: UInt32) {
    self.session = session
    self.ordinal = ordinal
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let session = SessionID(parts[0]), let ordinal = UInt32(parts[1])
    else { return nil }
    self.init(session: session, ordinal: ordinal)
  }

  /// The session's 16 hexadecimal digits, `-`, and the number.
  public var description: String { "\(session)-\(ordinal)" }

  /// Orders by session, then by number.
  public static func < (a: Self, b: Self) -> Bool {
    (a.session, a.ordinal) < (b.session, b.ordinal)
  }
}

public import RobotData

/// The protocol's version, which both hellos carry.
public struct ProtocolVersion: Hashable, Sendable, CustomStringConvertible {
  /// Peers with another major version are refused.
  public var major: UInt32
  /// A minor version only adds fields, and rules that a peer of an earlier one need not know.
  public var minor: UInt32

  /// A version of these parts.
  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// What this program speaks.
  public static let current = ProtocolVersion(major: 1, minor: 1)

  /// major.minor
  public var description: String { "\(major).\(minor)" }
}

/// What a message may hold at most; more is refused before anything is made of it.
public enum WireLimits {
  /// Bytes of the header frame.
  public static let headerBytes = 1 << 20
  /// Bytes of one picture frame.
  public static let pictureBytes = CameraFrame.bytesLimit
  /// Pictures of one message.
  public static let pictures = 16
  /// Joints of a robot.
  public static let joints = 64
  /// Names in one list: subtasks, robots.
  public static let names = 1_024
  /// Numbers in one list of a simulated state.
  public static let numbers = 8_192
  /// Characters of a text for people; longer ones are cut when they are sent.
  public static let textCharacters = 2_000
}

/// Why a message was refused: which field, what came, what was expected.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The message has no header frame.
  case noHeader
  /// The header frame is larger than any header may be.
  case headerTooLarge(bytes: Int)
  /// The header is not the Protocol Buffers message that was expected.
  case notReadable(expected: String, reason: String)
  /// The header is of a kind that this version does not know, or says nothing.
  case unknownKind(expected: String)
  /// The peer speaks another major version; `name` is what it calls itself.
  case version(ProtocolVersion, name: String)
  /// A field that must be there is not.
  case missing(String)
  /// A field is no name.
  case name(String, IdentifierError)
  /// A number is not finite.
  case notFinite(String)
  /// A value is not allowed.
  case value(String, got: String, allowed: String)
  /// A list has another length.
  case count(String, got: Int, allowed: String)
  /// A picture was refused.
  case picture(CameraFrameError)
  /// The message cannot be put into bytes.
  case notWritable(reason: String)

  /// What is wrong with which field, and what is expected.
  public var description: String {
    switch self {
    case .noHeader: "the message has no header frame"
    case .headerTooLarge(let bytes):
      "the header has \(bytes) bytes; at most \(WireLimits.headerBytes) are allowed"
    case .notReadable(let expected, let reason):
      "the header is no \(expected) message (\(reason))"
    case .unknownKind(let expected):
      "the header is a \(expected) of no kind that protocol \(ProtocolVersion.current) knows"
    case .version(let theirs, let name):
      "\"\(name)\" speaks protocol \(theirs), this program \(ProtocolVersion.current): "
        + "install the same version of Mallard on both sides"
    case .missing(let field): "\(field) is missing"
    case .name(let field, let error): "\(field): \(error)"
    case .notFinite(let field): "\(field) holds a number that is not finite"
    case .value(let field, let got, let allowed): "\(field) is \(got); allowed is \(allowed)"
    case .count(let field, let got, let allowed): "\(field) has \(got) entries; allowed: \(allowed)"
    case .picture(let error): "\(error)"
    case .notWritable(let reason): "the message cannot be sent: \(reason)"
    }
  }
}

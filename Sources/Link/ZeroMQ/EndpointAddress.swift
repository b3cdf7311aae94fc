/// Where a socket listens or connects: `tcp://HOST:PORT`, `ipc://PATH` or `inproc://NAME`.
///
/// libzmq itself takes port 99999 for 34463 (the number modulo 65536), and ends a text at its first
/// zero byte.
public struct EndpointAddress: Hashable, Sendable, CustomStringConvertible {
  /// The longest path of a Unix socket, bytes.
  private static let pathLimit = 107

  /// The address as it was given.
  public let description: String

  /// Checks an address.
  ///
  /// - Throws: `EndpointAddressError`.
  public init(_ text: String) throws(EndpointAddressError) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .characters(text) }
    guard let mark = text.firstRange(of: "://") else { throw .transport(text) }
    let rest = text[mark.upperBound...]
    switch text[..<mark.lowerBound] {
    case "tcp": try Self.checkTCP(rest, text)
    case "ipc":
      guard (1...Self.pathLimit).contains(rest.utf8.count) else { throw .path(text) }
    case "inproc":
      guard !rest.isEmpty else { throw .path(text) }
    default: throw .transport(text)
    }
    description = text
  }

  private static func checkTCP(
    _ rest: Substring, _ text: String
  ) throws(EndpointAddressError) {
    guard let colon = rest.lastIndex(of: ":"), colon != rest.startIndex else { throw .port(text) }
    let port = rest[rest.index(after: colon)...]
    // "*" lets the system choose.
    guard
      port == "*" || (port.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt16(port) != nil)
    else { throw .port(text) }
  }
}

/// Why a text is no address.
public enum EndpointAddressError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It holds a space or a control character.
  case characters(String)
  /// The transport is missing or unknown.
  case transport(String)
  /// The port is missing, no number, or too large.
  case port(String)
  /// The path is empty or too long.
  case path(String)

  /// What is wrong, and what is allowed.
  public var description: String {
    switch self {
    case .characters(let text): "the address \"\(text)\" holds a space or a control character"
    case .transport(let text):
      "the address \"\(text)\" has no known transport; allowed: tcp://host:port, ipc://path"
    case .port(let text):
      "the address \"\(text)\" has no port from 0 to 65535; write for example tcp://127.0.0.1:7447"
    case .path(let text): "the address \"\(text)\" needs a path of 1 to 107 bytes"
    }
  }
}

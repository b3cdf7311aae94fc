import CZeroMQ

/// Who may talk to a socket, and whether what they say is encrypted.
public enum Security: Sendable {
  /// Nothing is encrypted and anybody may connect: for loopback and `ipc`.
  case plain
  /// This side listens: peers must know its public key, and `authenticator` must know theirs.
  case server(KeyPair, Authenticator)
  /// This side connects, to the server with this public key.
  case client(KeyPair, server: PublicKey)

  func apply(to handle: SocketHandle) throws(ZMQError) {
    switch self {
    case .plain: break
    case .server(let keys, let authenticator):
      guard authenticator.context === handle.context else {
        // ZAP is asked over inproc, which does not reach into another context: every peer would
        // be let in unseen.
        throw ZMQError(.option, endpoint: "the authenticator of another context", code: 22)
      }
      try handle.set(ZMQ_CURVE_SERVER, "CURVE_SERVER", 1)
      try handle.set(ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", bytes: Array(keys.secret.utf8))
      try handle.set(ZMQ_ZAP_DOMAIN, "ZAP_DOMAIN", bytes: Array("mallard".utf8))
    case .client(let keys, let server):
      try handle.set(ZMQ_CURVE_SERVERKEY, "CURVE_SERVERKEY", bytes: Array(server.text.utf8))
      try handle.set(
        ZMQ_CURVE_PUBLICKEY, "CURVE_PUBLICKEY", bytes: Array(keys.publicKey.text.utf8))
      try handle.set(ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", bytes: Array(keys.secret.utf8))
    }
  }
}

/// What an endpoint's text says of who can reach it.
public enum EndpointReach: Hashable, Sendable {
  /// Only programs on this machine: loopback, `ipc`, `inproc`.
  case thisMachine
  /// Others may reach it.
  case network

  /// Judges an endpoint such as `tcp://127.0.0.1:7447`.
  public init(of endpoint: String) {
    for transport in ["ipc://", "inproc://"] where endpoint.hasPrefix(transport) {
      self = .thisMachine
      return
    }
    let address = endpoint.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
    let host = address.prefix(upTo: address.lastIndex(of: ":") ?? address.endIndex)
    let isLoopback = host == "localhost" || host == "[::1]" || host == "::1" || host == "lo"
    let isNumber = host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    self = isLoopback || (host.hasPrefix("127.") && isNumber) ? .thisMachine : .network
  }
}

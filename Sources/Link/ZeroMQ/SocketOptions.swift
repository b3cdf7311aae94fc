import CZeroMQ

/// Everything about a socket that is decided before it binds or connects.
public struct SocketOptions: Sendable {
  /// How long messages that were not yet sent survive the closing of the socket; a process's
  /// end waits for them. A second delivers a last `goodbye`, and no exit hangs longer.
  public var linger: Duration = .seconds(1)
  /// Messages that may wait to be sent to each peer; 0 is no limit.
  public var sendHighWaterMark = 1000
  /// Messages from each peer that may wait to be received; 0 is no limit.
  public var receiveHighWaterMark = 1000
  /// How long `send` waits for room; nil waits for ever.
  public var sendTimeout: Duration?
  /// How long `receive` waits for a message; nil waits for ever.
  public var receiveTimeout: Duration?
  /// What a ROUTER knows this socket by: 1 to 255 bytes, the first not 0; nil lets the ROUTER
  /// choose, anew after each reconnection.
  public var identity: [UInt8]?
  /// How long a new connection may take for its handshake; zero is no limit.
  public var handshakeLimit: Duration = .seconds(30)
  /// How often the connection itself is probed (ZMTP PING); nil never.
  public var heartbeatInterval: Duration?
  /// How long the peer may go without traffic before *it* drops the connection; sent with each
  /// probe, and so of use only with `heartbeatInterval`. At most 6553.5 s.
  public var heartbeatTimeToLive: Duration?
  /// How long to wait for an answer to a probe before this side drops the connection; nil is
  /// `heartbeatInterval`.
  public var heartbeatTimeout: Duration?
  /// The most bytes that a received frame may have: a peer that sends more is disconnected;
  /// nil is no limit.
  public var frameBytesLimit: Int?
  /// The most frames of a received message that are kept.
  public var framesPerMessage = 64
  /// Queue messages only for connections that are complete.
  public var isImmediate = false
  /// Whether IPv6 addresses are used beside IPv4.
  public var usesIPv6 = false
  /// The first wait before a lost connection is tried again.
  public var reconnectInterval: Duration = .milliseconds(100)
  /// The longest such wait: it doubles until it reaches this; nil keeps the first wait.
  public var reconnectIntervalLimit: Duration?
  /// How long a TCP connection may take to be made; nil is the system's choice (minutes).
  public var connectTimeout: Duration?
  /// ROUTER: whether sending to an unknown identity throws `peerUnreachable` instead of
  /// dropping the message silently.
  public var isRouterMandatory = false
  /// ROUTER: whether a new connection with an identity that is in use takes it over.
  public var allowsRouterHandover = false
  /// XPUB: whether every subscription is reported, not only the first to each prefix.
  public var reportsAllSubscriptions = false
  /// Who may talk to this socket, and whether it is encrypted.
  public var security: Security = .plain

  /// The options described at each property.
  public init() {}
}

extension SocketOptions {
  func apply(to handle: SocketHandle) throws(ZMQError) {
    try handle.set(ZMQ_LINGER, "LINGER", linger.wholeMilliseconds)
    try handle.set(ZMQ_SNDHWM, "SNDHWM", Int32(clamping: sendHighWaterMark))
    try handle.set(ZMQ_RCVHWM, "RCVHWM", Int32(clamping: receiveHighWaterMark))
    try handle.set(ZMQ_SNDTIMEO, "SNDTIMEO", sendTimeout.wholeMilliseconds ?? -1)
    try handle.set(ZMQ_RCVTIMEO, "RCVTIMEO", receiveTimeout.wholeMilliseconds ?? -1)
    try handle.set(ZMQ_HANDSHAKE_IVL, "HANDSHAKE_IVL", handshakeLimit.wholeMilliseconds)
    try handle.set(ZMQ_IMMEDIATE, "IMMEDIATE", isImmediate ? 1 : 0)
    try handle.set(ZMQ_IPV6, "IPV6", usesIPv6 ? 1 : 0)
    try handle.set(ZMQ_RECONNECT_IVL, "RECONNECT_IVL", reconnectInterval.wholeMilliseconds)
    if let identity { try handle.set(ZMQ_ROUTING_ID, "ROUTING_ID", bytes: identity) }
    if let wait = reconnectIntervalLimit.wholeMilliseconds {
      try handle.set(ZMQ_RECONNECT_IVL_MAX, "RECONNECT_IVL_MAX", wait)
    }
    if let wait = connectTimeout.wholeMilliseconds {
      try handle.set(ZMQ_CONNECT_TIMEOUT, "CONNECT_TIMEOUT", wait)
    }
    if let frameBytesLimit {
      try handle.set(ZMQ_MAXMSGSIZE, "MAXMSGSIZE", wide: Int64(frameBytesLimit))
    }
    try applyHeartbeat(to: handle)
    try applyKind(to: handle)
    try security.apply(to: handle)
  }

  private func applyHeartbeat(to handle: SocketHandle) throws(ZMQError) {
    if let interval = heartbeatInterval.wholeMilliseconds {
      try handle.set(ZMQ_HEARTBEAT_IVL, "HEARTBEAT_IVL", interval)
    }
    if let life = heartbeatTimeToLive.wholeMilliseconds {
      try handle.set(ZMQ_HEARTBEAT_TTL, "HEARTBEAT_TTL", life)
    }
    if let timeout = heartbeatTimeout.wholeMilliseconds {
      try handle.set(ZMQ_HEARTBEAT_TIMEOUT, "HEARTBEAT_TIMEOUT", timeout)
    }
  }

  private func applyKind(to handle: SocketHandle) throws(ZMQError) {
    if isRouterMandatory { try handle.set(ZMQ_ROUTER_MANDATORY, "ROUTER_MANDATORY", 1) }
    if allowsRouterHandover { try handle.set(ZMQ_ROUTER_HANDOVER, "ROUTER_HANDOVER", 1) }
    if reportsAllSubscriptions { try handle.set(ZMQ_XPUB_VERBOSER, "XPUB_VERBOSER", 1) }
  }
}

extension Duration {
  /// Milliseconds, rounded up so that a short wait never becomes none, and never negative.
  var wholeMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < Int64(Int32.max) / 1000 else { return .max }
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(seconds * 1000 + part)
  }
}

extension Duration? {
  var wholeMilliseconds: Int32? { map(\.wholeMilliseconds) }
}

import CZeroMQ
import Glibc

/// A ZeroMQ socket. It belongs to one thread at a time, closes when it goes out of scope, and
/// can be moved to another thread but not shared: it is neither `Sendable` nor copyable.
public struct Socket: ~Copyable {
  /// The pattern that a socket follows.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// Talks to many peers, each by its identity.
    case router
    /// Talks to peers in turn, without waiting for answers.
    case dealer
    /// Publishes, and receives the subscriptions.
    case xpub
    /// Publishes.
    case pub
    /// Receives what it subscribed to.
    case sub
    /// Hands out work.
    case push
    /// Takes work.
    case pull
    /// Talks to one peer.
    case pair
    /// Answers each request.
    case rep
    /// Asks, then receives one answer.
    case req

    var code: Int32 {
      switch self {
      case .router: ZMQ_ROUTER
      case .dealer: ZMQ_DEALER
      case .xpub: ZMQ_XPUB
      case .pub: ZMQ_PUB
      case .sub: ZMQ_SUB
      case .push: ZMQ_PUSH
      case .pull: ZMQ_PULL
      case .pair: ZMQ_PAIR
      case .rep: ZMQ_REP
      case .req: ZMQ_REQ
      }
    }
  }

  let handle: SocketHandle
  private let frameLimit: Int
  /// Keeps the authenticator of a CURVE server alive as long as the socket.
  private let security: Security

  /// Opens a socket; it talks to no one until it binds or connects.
  ///
  /// - Throws: `ZMQError` when an option is out of range or the context is shut down.
  public init(
    _ kind: Kind, in context: Context, options: SocketOptions = SocketOptions()
  ) throws(ZMQError) {
    let handle = try SocketHandle(kind, in: context)
    try options.apply(to: handle)
    self.handle = handle
    frameLimit = max(options.framesPerMessage, 1)
    security = options.security
  }

  /// Listens at `endpoint`: `tcp://host:port`, `ipc:///path` or `inproc://name`; a `*` for the
  /// host is all interfaces, for the port any free one.
  ///
  /// - Returns: the endpoint with wildcards resolved: what a peer connects to (a host `*`
  ///   reads 0.0.0.0).
  @discardableResult
  public func bind(_ endpoint: String) throws(ZMQError) -> String {
    try Self.check(endpoint, .bind)
    // libzmq takes the path of an `ipc` endpoint from whoever listens there, without a word.
    if endpoint.hasPrefix("ipc://"), Self.isListenedOn(path: String(endpoint.dropFirst(6))) {
      throw ZMQError(.bind, endpoint: endpoint, code: EADDRINUSE)
    }
    guard zmq_bind(handle.raw, endpoint) == 0 else {
      throw .latest(.bind, endpoint: endpoint)
    }
    return try handle.lastEndpoint()
  }

  /// Connects to `endpoint`, now or as soon as someone listens there, and again whenever the
  /// connection is lost.
  ///
  /// - Returns: the endpoint as libzmq understood it.
  @discardableResult
  public func connect(_ endpoint: String) throws(ZMQError) -> String {
    try Self.check(endpoint, .connect)
    guard zmq_connect(handle.raw, endpoint) == 0 else {
      throw .latest(.connect, endpoint: endpoint)
    }
    return try handle.lastEndpoint()
  }

  private static func isListenedOn(path: String) -> Bool {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    // A path that begins with "@" is no file: there the system itself refuses a second listener.
    guard bytes.first != UInt8(ascii: "@"),
      bytes.count < MemoryLayout.size(ofValue: address.sun_path)
    else { return false }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard probe >= 0 else { return false }
    defer { close(probe) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  private static func check(
    _ endpoint: String, _ operation: ZMQError.Operation
  ) throws(ZMQError) {
    do throws(EndpointAddressError) {
      _ = try EndpointAddress(endpoint)
    } catch .transport {
      throw ZMQError(operation, endpoint: endpoint, code: EPROTONOSUPPORT)
    } catch {
      throw ZMQError(operation, endpoint: endpoint, code: EINVAL)
    }
  }

  /// Stops listening at an endpoint that `bind` returned; connections that exist stay.
  public func unbind(_ endpoint: String) throws(ZMQError) {
    guard zmq_unbind(handle.raw, endpoint) == 0 else {
      throw .latest(.unbind, endpoint: endpoint)
    }
  }

  /// Gives up a connection that `connect` made.
  public func disconnect(_ endpoint: String) throws(ZMQError) {
    guard zmq_disconnect(handle.raw, endpoint) == 0 else {
      throw .latest(.disconnect, endpoint: endpoint)
    }
  }

  /// SUB: receive messages whose first frame begins with `prefix`; an empty one is all.
  public func subscribe(to prefix: [UInt8]) throws(ZMQError) {
    try handle.set(ZMQ_SUBSCRIBE, "SUBSCRIBE", bytes: prefix)
  }

  // MARK: - Messages

  /// Sends `parts` as one message, waiting for room at most `SocketOptions.sendTimeout`.
  ///
  /// Parts of `Blob.copyLimit` bytes or more are not copied: libzmq reads them where they are,
  /// and they stay in memory until it has sent them. A ROUTER's first part is the identity of
  /// the peer.
  /// - Throws: `ZMQError`: `timedOut`, `peerUnreachable` (mandatory ROUTER), `contextClosed`.
  public func send(_ parts: [[UInt8]]) throws(ZMQError) {
    try send(parts, flags: 0)
  }

  /// Sends `parts` as one message if there is room now.
  ///
  /// - Returns: whether the message was taken; if not, nothing of it was.
  public func sendNow(_ parts: [[UInt8]]) throws(ZMQError) -> Bool {
    do throws(ZMQError) {
      try send(parts, flags: ZMQ_DONTWAIT)
      return true
    } catch {
      guard error.reason == .timedOut else { throw error }
      return false
    }
  }

  private func send(_ parts: [[UInt8]], flags: Int32) throws(ZMQError) {
    precondition(!parts.isEmpty, "a message has at least one part")
    for (index, part) in parts.enumerated() {
      let more = index + 1 < parts.count ? ZMQ_SNDMORE : 0
      try Blob.send(part, on: handle, flags: flags | more)
    }
  }

  /// Receives a message, waiting at most `SocketOptions.receiveTimeout`.
  ///
  /// - Throws: `ZMQError`: `timedOut`, `contextClosed`.
  public func receive() throws(ZMQError) -> Message {
    try receive(flags: 0)
  }

  /// Receives a message that is already here; nil when there is none.
  public func receiveNow() throws(ZMQError) -> Message? {
    do throws(ZMQError) {
      return try receive(flags: ZMQ_DONTWAIT)
    } catch {
      guard error.reason == .timedOut else { throw error }
      return nil
    }
  }

  private func receive(flags: Int32) throws(ZMQError) -> Message {
    var frame = try Frame(from: handle, flags: flags)
    var frames = [frame]
    while frame.isFollowed {
      frame = try Frame(from: handle, flags: flags)
      if frames.count < frameLimit { frames.append(frame) }
    }
    return Message(frames: frames)
  }
}

import CZeroMQ

/// One received frame, in the memory where libzmq put it.
public final class Frame: @unchecked Sendable {
  // `@unchecked Sendable`: the frame is never written after it was received, libzmq counts
  // references to shared content atomically, and only `deinit` closes it.
  private let raw: UnsafeMutablePointer<zmq_msg_t>

  /// Receives one frame, waiting for it unless `flags` say otherwise.
  init(from handle: SocketHandle, flags: Int32) throws(ZMQError) {
    raw = .allocate(capacity: 1)
    raw.initialize(to: zmq_msg_t())
    zmq_msg_init(raw)
    while zmq_msg_recv(raw, handle.raw, flags) < 0 {
      // A throwing initializer of a class runs `deinit`: every property is set.
      guard zmq_errno() == EINTR else { throw .latest(.receive) }
    }
  }

  /// The number of bytes.
  public var count: Int { zmq_msg_size(raw) }

  /// Whether another frame of the same message follows.
  var isFollowed: Bool { zmq_msg_more(raw) != 0 }

  /// Calls `body` with the bytes in place; the pointer is valid during the call only.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: zmq_msg_data(raw), count: count))
  }

  /// A copy of the bytes.
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// What the connection says of itself: `User-Id`, `Peer-Address`, `Socket-Type`; nil where it
  /// says nothing, as over `inproc`.
  public func metadata(_ property: String) -> String? {
    guard let text = zmq_msg_gets(raw, property) else { return nil }
    return String(cString: text)
  }

  deinit {
    zmq_msg_close(raw)
    raw.deallocate()
  }
}

/// A received message: one frame or more.
public struct Message: Sendable {
  /// The frames in order. There are never more than `SocketOptions.framesPerMessage`: what
  /// comes beyond is dropped, so a receiver that checks the count against a lower limit of its
  /// own notices.
  public let frames: [Frame]

  /// Copies of all frames' bytes, in order.
  public var parts: [[UInt8]] { frames.map(\.bytes) }

  /// Who sent it, as the `Authenticator` of the socket vouches; nil on sockets without one.
  public var userID: String? { frames.last?.metadata("User-Id") }

  /// The address from which the sender's connection comes; nil over `inproc`.
  public var peerAddress: String? { frames.last?.metadata("Peer-Address") }
}

import CZeroMQ

/// Bytes on their way to libzmq.
public enum Blob {
  /// Parts of at least this many bytes are sent without copying. Below, a copy costs less than
  /// the allocation and the call back that keep the bytes alive.
  public static let copyLimit = 8 << 10

  static func send(_ bytes: [UInt8], on handle: SocketHandle, flags: Int32) throws(ZMQError) {
    guard bytes.count >= copyLimit else {
      while zmq_send(handle.raw, bytes, bytes.count, flags) < 0 {
        guard zmq_errno() == EINTR else { throw .latest(.send) }
      }
      return
    }
    try sendInPlace(bytes, on: handle, flags: flags)
  }

  private static func sendInPlace(
    _ bytes: [UInt8], on handle: SocketHandle, flags: Int32
  ) throws(ZMQError) {
    let owner = Owner(bytes, countedBy: handle.context)
    var message = zmq_msg_t()
    let hint = Unmanaged.passRetained(owner).toOpaque()
    // The elements of a native array lie in one heap object and stay there while `owner` keeps
    // it and no one writes to it: a writer elsewhere gets a copy, because `owner` shares it.
    let start = bytes.withUnsafeBufferPointer { UnsafeMutableRawPointer(mutating: $0.baseAddress) }
    let made = zmq_msg_init_data(
      &message, start, bytes.count, { _, hint in if let hint { Owner.release(hint) } }, hint)
    guard made == 0 else {
      let error = ZMQError.latest(.send)
      Owner.release(hint)
      throw error
    }
    while zmq_msg_send(&message, handle.raw, flags) < 0 {
      let error = ZMQError.latest(.send)
      guard error.code == EINTR else {
        zmq_msg_close(&message)  // releases the owner
        throw error
      }
    }
  }

  /// Keeps an array alive while libzmq reads it, and counts it for its context.
  // The context is kept by the socket that sends; a message outlives it at most until the
  // context has ended, which releases all messages first. So it must not be kept here as well:
  // its last reference would fall in one of its own threads, which would wait for itself.
  private final class Owner {
    private let bytes: [UInt8]
    private unowned(unsafe) let context: Context

    init(_ bytes: [UInt8], countedBy context: Context) {
      self.bytes = bytes
      self.context = context
      context.countBlob(1)
    }

    static func release(_ hint: UnsafeMutableRawPointer) {
      Unmanaged<Owner>.fromOpaque(hint).release()
    }

    deinit {
      context.countBlob(-1)
    }
  }
}

import CZeroMQ
import Synchronization

/// The home of sockets that may talk over `inproc`, with the threads that move their bytes.
///
/// A context ends when it and all its sockets are released; that waits at most the longest
/// linger of its sockets.
public final class Context: @unchecked Sendable {
  // `@unchecked Sendable`: libzmq promises that a context may be used from any thread, and the
  // pointer never changes.
  let raw: UnsafeMutableRawPointer
  private let blobs = Atomic<Int>(0)

  /// A context with `ioThreads` threads that move bytes; one serves about 1 GB/s.
  ///
  /// - Throws: `ZMQError` when the system has no descriptors left, or the number is out of range.
  public init(ioThreads: Int = 1) throws(ZMQError) {
    guard let raw = zmq_ctx_new() else { throw .latest(.createContext) }
    self.raw = raw
    let threads = Int32(clamping: ioThreads)
    guard zmq_ctx_set(raw, ZMQ_IO_THREADS, threads) == 0 else {
      throw .latest(.option, endpoint: "IO_THREADS \(ioThreads)")
    }
  }

  /// Makes every blocking call of every socket of this context throw `contextClosed`, in any
  /// thread, at once and for ever. May be called from any thread, and repeatedly.
  public func shutDown() {
    zmq_ctx_shutdown(raw)
  }

  /// How many blobs that were sent without copying are not yet released by libzmq: those that
  /// wait in queues, and those that a receiver in this process still holds.
  public var blobsHeld: Int { blobs.load(ordering: .acquiring) }

  func countBlob(_ change: Int) {
    blobs.add(change, ordering: .acquiringAndReleasing)
  }

  deinit {
    // Interrupted by a signal, the call is to be made again; nothing else can be done about an
    // error here.
    while zmq_ctx_term(raw) != 0 && zmq_errno() == EINTR {}
  }
}

/// The libzmq that this process runs with.
public enum ZeroMQLibrary {
  /// Its version, for example `4.3.4`.
  public static var version: String {
    var parts: (Int32, Int32, Int32) = (0, 0, 0)
    zmq_version(&parts.0, &parts.1, &parts.2)
    return "\(parts.0).\(parts.1).\(parts.2)"
  }

  /// Whether it was built with CURVE: encryption and keys.
  public static var hasCurve: Bool { zmq_has("curve") == 1 }
}

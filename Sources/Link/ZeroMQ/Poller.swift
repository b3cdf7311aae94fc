import CZeroMQ
import Glibc

/// Waits until one of several sockets has a message, or a `Wakeup` was signalled.
///
/// It keeps the sockets that it watches open, and belongs to the thread that they belong to.
public struct Poller: ~Copyable {
  /// Which of the watched things are ready, by the order in which they were added.
  public struct Ready: Sendable {
    fileprivate var bits: UInt64

    /// Whether the thing that `add` gave this index is ready.
    public func contains(_ index: Int) -> Bool { bits >> UInt64(index) & 1 == 1 }

    /// Whether nothing is ready: the time was over, or a signal came.
    public var isEmpty: Bool { bits == 0 }
  }

  private var items: [zmq_pollitem_t] = []
  private var owners: [AnyObject] = []

  /// The most things that one poller watches.
  public static let limit = 64

  /// A poller that watches nothing yet.
  public init() {}

  /// Watches a socket for messages to receive.
  ///
  /// - Returns: its index for `Ready.contains(_:)`.
  public mutating func add(_ socket: borrowing Socket) -> Int {
    append(
      zmq_pollitem_t(socket: socket.handle.raw, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
      owner: socket.handle)
  }

  /// Watches for a signal from another thread.
  ///
  /// - Returns: its index for `Ready.contains(_:)`.
  public mutating func add(_ wakeup: Wakeup) -> Int {
    append(
      zmq_pollitem_t(
        socket: nil, fd: wakeup.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
      owner: wakeup)
  }

  /// Watches a file descriptor for bytes to read; the caller keeps it open.
  ///
  /// - Returns: its index for `Ready.contains(_:)`.
  public mutating func add(reading descriptor: Int32) -> Int {
    append(
      zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
      owner: Descriptor())
  }

  /// Stands for a descriptor that someone else keeps open.
  private final class Descriptor {}

  private mutating func append(_ item: zmq_pollitem_t, owner: AnyObject) -> Int {
    precondition(items.count < Self.limit, "a poller watches at most \(Self.limit) things")
    items.append(item)
    owners.append(owner)
    return items.count - 1
  }

  /// Waits until something is ready, at most `timeout`; rounded up to whole milliseconds, because
  /// a shorter wait would come back early and be made again and again.
  ///
  /// - Throws: `ZMQError`: `contextClosed`.
  public mutating func wait(atMost timeout: Duration) throws(ZMQError) -> Ready {
    let count = zmq_poll(&items, Int32(items.count), Int(timeout.wholeMilliseconds))
    if count < 0 {
      let error = ZMQError.latest(.poll)
      // A signal: let the caller see to it.
      guard error.code == EINTR else { throw error }
      return Ready(bits: 0)
    }
    var bits: UInt64 = 0
    for (index, item) in items.enumerated() where item.revents != 0 { bits |= 1 << UInt64(index) }
    return Ready(bits: bits)
  }
}

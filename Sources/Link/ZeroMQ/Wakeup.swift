import CZeroMQ
import Glibc
import Synchronization

/// Wakes a thread that waits in a `Poller`, from any other thread.
public final class Wakeup: Sendable {
  let descriptor: Int32

  /// A wake-up that was not yet signalled.
  ///
  /// - Throws: `ZMQError`: `tooMany` when the process has no descriptors left.
  public init() throws(ZMQError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    guard descriptor >= 0 else { throw ZMQError(.wakeup, code: errno) }
  }

  /// Wakes the thread, now or when it waits next. Signals that no one has taken add up to one.
  public func signal() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Takes the signal, so that the next wait waits.
  public func take() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
  }

  deinit { close(descriptor) }
}

/// Values from other threads for one thread that waits in a `Poller`.
public final class Mailbox<Element: Sendable>: Sendable {
  private let waiting = Mutex<[Element]>([])
  /// What the reading thread's poller watches.
  public let wakeup: Wakeup

  /// An empty mailbox.
  ///
  /// - Throws: `ZMQError`: `tooMany` when the process has no descriptors left.
  public init() throws(ZMQError) { wakeup = try Wakeup() }

  /// Leaves a value; never waits.
  public func post(_ element: Element) {
    waiting.withLock { $0.append(element) }
    wakeup.signal()
  }

  /// All values that were left since the last call, oldest first.
  public func take() -> [Element] {
    wakeup.take()
    return waiting.withLock { elements in
      defer { elements = [] }
      return elements
    }
  }
}

internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// Calls a closure once when Ctrl-C is pressed, SIGTERM is sent, or the terminal goes away (SIGHUP),
/// instead of ending at once. A second Ctrl-C or SIGTERM ends the program at once; a terminal that goes
/// away may say so twice.
public final class Interruption {
  private let sources: [any DispatchSourceSignal]

  /// Begins to listen. A program that a fleet started leaves Ctrl-C and the terminal to the fleet,
  /// which stops all its parts in good order.
  public init(isSupervised: Bool = false, _ body: @escaping @Sendable () -> Void) {
    let once = Once(body)
    if isSupervised {
      signal(SIGINT, SIG_IGN)
      signal(SIGHUP, SIG_IGN)
      // Standard input is a pipe from the fleet: if that was killed, no one else would ever stop
      // this program.
      Thread {
        Self.readToEnd()
        once.call()
      }.start()
    }
    var numbers = isSupervised ? [SIGTERM] : [SIGINT, SIGTERM]
    // Under nohup the terminal may go away.
    if !isSupervised, !Self.isIgnored(SIGHUP) { numbers.append(SIGHUP) }
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in
        if number != SIGHUP { signal(number, SIG_DFL) }
        once.call()
      }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func readToEnd() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(0, &buffer, buffer.count)
      guard count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN)) else { return }
      if count < 0 { usleep(10_000) }
    }
  }
}

/// A closure that is called the first time only.
private final class Once: Sendable {
  private let isCalled = Atomic(false)
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  func call() {
    if !isCalled.exchange(true, ordering: .relaxed) { body() }
  }
}

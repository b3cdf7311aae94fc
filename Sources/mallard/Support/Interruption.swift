import Foundation

/// Calls a closure once when somebody presses Ctrl-C or sends SIGTERM, instead of dying at once.
/// A second signal ends the program at once.
final class Interruption {
  private let sources: [any DispatchSourceSignal]

  /// Begins to listen. A supervised program leaves Ctrl-C to its supervisor, which stops
  /// everybody in good order.
  init(isSupervised: Bool = false, _ body: @escaping @Sendable () -> Void) {
    if isSupervised {
      signal(SIGINT, SIG_IGN)
      // Standard input is a pipe from the supervisor: if that is killed, nobody else would ever
      // stop this program.
      Thread {
        while FileHandle.standardInput.availableData.count > 0 {}
        body()
      }.start()
    }
    sources = (isSupervised ? [SIGTERM] : [SIGINT, SIGTERM]).map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in
        signal(number, SIG_DFL)
        body()
      }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}

import Synchronization

/// Whether somebody wants a long computation to end; asked from its thread, set from another.
final class StopFlag: Sendable {
  private let flag = Atomic(false)

  /// Whether to end.
  var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Asks to end.
  func set() { flag.store(true, ordering: .relaxed) }
}

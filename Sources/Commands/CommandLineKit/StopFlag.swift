internal import Synchronization

/// Whether a long computation is to end; asked from its thread, set from another.
public final class StopFlag: Sendable {
  private let flag = Atomic(false)

  /// A flag that is not set.
  public init() {}

  /// Whether to end.
  public var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Asks to end.
  public func set() { flag.store(true, ordering: .relaxed) }
}

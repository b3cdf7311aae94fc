/// A moment on a monotonic clock of one process; differences are meaningful, the origin is not.
public struct FleetInstant: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Nanoseconds since the clock's origin.
  public let nanoseconds: Int64

  /// A moment that many nanoseconds after the clock's origin.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The clock's origin.
  public static let origin = FleetInstant(nanoseconds: 0)

  /// The moment `duration` later.
  public static func + (instant: Self, duration: Duration) -> Self {
    Self(nanoseconds: instant.nanoseconds &+ duration.wholeNanoseconds)
  }

  /// The time from `earlier` to `later`; negative when they are in the other order.
  public static func - (later: Self, earlier: Self) -> Duration {
    .nanoseconds(later.nanoseconds &- earlier.nanoseconds)
  }

  /// Orders by time.
  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Seconds since the origin.
  public var description: String { "\(Double(nanoseconds) / 1e9) s" }
}

/// A moment of civil time, as a robot's or a coordinator's clock told it.
public struct WallTime: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  public let nanosecondsSinceEpoch: Int64

  /// A moment that many nanoseconds after 1970-01-01T00:00:00Z.
  public init(nanosecondsSinceEpoch: Int64) {
    self.nanosecondsSinceEpoch = nanosecondsSinceEpoch
  }

  /// Stands for a time that nothing tells, for example of a dataset that was collected elsewhere.
  public static let unknown = WallTime(nanosecondsSinceEpoch: 0)

  /// The moment that many seconds later, or the last that there is.
  ///
  /// - Parameter seconds: Not negative; what is not finite is the last moment.
  /// - Returns: The moment.
  public func after(seconds: Double) -> Self {
    let added = Int64(exactly: (seconds * 1e9).rounded()) ?? .max
    let (sum, isTooLate) = nanosecondsSinceEpoch.addingReportingOverflow(added)
    return Self(nanosecondsSinceEpoch: isTooLate ? .max : sum)
  }

  /// The time from `earlier` to `later`; negative when they are in the other order.
  public static func - (later: Self, earlier: Self) -> Duration {
    .nanoseconds(later.nanosecondsSinceEpoch &- earlier.nanosecondsSinceEpoch)
  }

  /// Orders by time.
  public static func < (a: Self, b: Self) -> Bool {
    a.nanosecondsSinceEpoch < b.nanosecondsSinceEpoch
  }

  /// Seconds since the epoch.
  public var description: String { "\(Double(nanosecondsSinceEpoch) / 1e9) s" }
}

extension Duration {
  /// This duration in nanoseconds, clamped to 292 years either way.
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let limit = Int64.max / 1_000_000_000 - 1
    return min(max(seconds, -limit), limit) * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// This duration in seconds.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

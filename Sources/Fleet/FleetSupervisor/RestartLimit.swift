public import RobotData

/// How often a part of a fleet may die before the fleet is given up: whatever dies now and then is
/// started again for ever, whatever dies again and again is not.
public struct RestartLimit: Hashable, Sendable {
  /// Deaths by a signal within `window` that are forgiven.
  public static let deaths = 10
  /// Ends with an error within `window` that are forgiven: starting again seldom cures them.
  public static let errors = 3
  /// How long a death counts.
  public static let window = Duration.seconds(60)

  private struct End: Hashable {
    var at: FleetInstant
    var isError: Bool
  }

  private var ends: [End] = []

  /// Nothing has died yet.
  public init() {}

  /// Whether the part may be started again that ended now; `exitCode` is nil where a signal killed it.
  public mutating func allows(exitCode: Int32?, at now: FleetInstant) -> Bool {
    ends = ends.filter { now - $0.at < Self.window } + [End(at: now, isError: exitCode != nil)]
    return ends.count { $0.isError } <= Self.errors && ends.count <= Self.deaths
  }
}

package import RobotData

/// How old a robot's observations are when they arrive, although its clock is not ours.
///
/// Every message carries the sender's clock at sending. The difference to our clock at arrival is
/// the clocks' offset plus the time on the way; its least value over the last minutes is the
/// offset plus the fastest way. What a message took beyond that is its delay. The fastest way
/// itself (well under a millisecond in one building) cannot be told from the offset by one-way
/// times, and half of the least round trip of the heartbeats is added for it.
package struct LinkClock: Sendable {
  /// The window after which an old least value is forgotten, so that drifting clocks are followed.
  package static let window = Duration.seconds(60)

  private var current: Int64?
  private var previous: Int64?
  private var windowStart: WallTime?

  /// Knows nothing yet of the robot's clock.
  package init() {}

  /// Takes in that a message sent at `sent`, on the robot's clock, arrived at `received`, on ours.
  package mutating func note(sent: WallTime, received: WallTime) {
    let difference = received.nanosecondsSinceEpoch &- sent.nanosecondsSinceEpoch
    if let start = windowStart, received - start < Self.window {
      current = min(current ?? difference, difference)
    } else {
      previous = current
      current = difference
      windowStart = received
    }
  }

  /// The age at `received` of what was captured at `captured`, on the robot's clock; zero while
  /// nothing is known of that clock.
  package func age(of captured: WallTime, at received: WallTime) -> Duration {
    guard let least = [current, previous].compactMap({ $0 }).min() else { return .zero }
    let difference = received.nanosecondsSinceEpoch &- captured.nanosecondsSinceEpoch
    return .nanoseconds(max(difference &- least, 0))
  }
}

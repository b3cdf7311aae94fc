internal import RobotData

/// A robot that waits for a person, with all that a strategy may look at.
struct HelpRequest: Hashable, Sendable {
  var robot: RobotID
  /// When the robot began to wait.
  var since: FleetInstant
  /// Whether it has waited for longer than the fleet's patience.
  var isOverdue: Bool
  /// How long it has waited in this episode, this time included.
  var waitedInAll: Duration
  /// By which factor its uncertainty exceeds the threshold.
  var urgency: Double
  /// How much of an operator's time interventions for such a reason took, on average.
  var expectedService: Duration
}

/// Puts requests in the order in which they are served.
enum RequestQueue {
  /// The robots, the next to be served first. Overdue requests come before all others; equals are
  /// served first come, then by name.
  static func order(_ requests: [HelpRequest], by strategy: ServiceStrategy) -> [RobotID] {
    requests.sorted { precedes($0, $1, by: strategy) }.map(\.robot)
  }

  private static func precedes(
    _ a: HelpRequest, _ b: HelpRequest, by strategy: ServiceStrategy
  ) -> Bool {
    if a.isOverdue != b.isOverdue { return a.isOverdue }
    if a.isOverdue { return (a.since, a.robot) < (b.since, b.robot) }
    switch strategy {
    case .firstCome: break
    case .longestWait where a.waitedInAll != b.waitedInAll: return a.waitedInAll > b.waitedInAll
    case .highestUncertainty where a.urgency != b.urgency: return a.urgency > b.urgency
    case .shortestService where a.expectedService != b.expectedService:
      return a.expectedService < b.expectedService
    case .longestWait, .highestUncertainty, .shortestService: break
    }
    return (a.since, a.robot) < (b.since, b.robot)
  }
}

internal import Numbers
package import RobotData
package import Wire

/// What a console counts of its session, from the statuses that it receives.
package struct SessionTally: Hashable, Sendable {
  private struct Memory: Hashable, Sendable {
    var state: RobotStatus.State
    var holder: OperatorID?
  }

  private struct Base: Hashable, Sendable {
    var successes: Int
    var failures: Int
  }

  private var memories: [RobotID: Memory] = [:]
  private var last: FleetInstant?
  /// What had been counted before the first status.
  private var base: Base?

  /// From the first status to the newest.
  package private(set) var observed = Duration.zero
  /// Robot time under a person, under the policy, and waiting for a person, s.
  package private(set) var humanSeconds = 0.0
  package private(set) var policySeconds = 0.0
  package private(set) var waitingSeconds = 0.0
  /// Time in which this console's operator held a robot, s.
  package private(set) var ownSeconds = 0.0
  /// Sum over time of the queue's length, robot · s.
  private var queueSeconds = 0.0
  /// How often a robot began to wait; one that waited already when the session began counts too.
  package private(set) var requests = 0
  /// Robots that this console's operator took.
  package private(set) var taken = 0
  /// Demonstrations that ended with success, and episodes that ended otherwise, since the first
  /// status.
  package private(set) var successes = 0
  package private(set) var failures = 0

  /// Nothing was counted yet.
  package init() {}

  /// Takes in a status.
  package mutating func note(_ status: FleetStatus, own: OperatorID, at now: FleetInstant) {
    // A gap in the statuses, a coordinator that was gone, counts for nothing.
    let gap = last.map { now - $0 } ?? .zero
    let seconds = gap > .seconds(2) ? 0 : gap.inSeconds
    last = now
    observed += .saturating(seconds: seconds)
    queueSeconds += seconds * Double(status.queue.count)
    if base == nil { base = Base(successes: status.successes, failures: status.failures) }
    if let base {
      // A coordinator that was started again counts from zero.
      if status.successes < base.successes || status.failures < base.failures {
        self.base = Base(
          successes: status.successes - successes, failures: status.failures - failures)
      } else {
        successes = status.successes - base.successes
        failures = status.failures - base.failures
      }
    }
    for robot in status.robots { note(robot, own: own, seconds) }
  }

  private mutating func note(_ robot: RobotStatus, own: OperatorID, _ seconds: Double) {
    switch robot.state {
    case .teleoperated:
      humanSeconds += seconds
      if robot.holder == own { ownSeconds += seconds }
    case .assisted: policySeconds += seconds
    case .awaiting: waitingSeconds += seconds
    case .offline, .idle, .stopped: break
    }
    let before = memories.updateValue(
      Memory(state: robot.state, holder: robot.holder), forKey: robot.robot)
    if robot.state == .awaiting, before?.state != .awaiting { requests += 1 }
    if robot.holder == own, before?.holder != own { taken += 1 }
  }

  /// Demonstrations in an hour of this session; nil before 10 s are over.
  package var demonstrationsPerHour: Double? {
    observed >= .seconds(10) ? Double(successes) * 3600 / observed.inSeconds : nil
  }

  /// Demonstrations in an hour of people's driving; nil before 10 s of it.
  package var demonstrationsPerOperatorHour: Double? {
    humanSeconds >= 10 ? Double(successes) * 3600 / humanSeconds : nil
  }

  /// The share of driven robot time in which a person drove; nil while no one drove.
  package var humanShare: Double? {
    let driven = humanSeconds + policySeconds
    return driven > 0 ? humanSeconds / driven : nil
  }

  /// Requests for each demonstration; nil before the first one.
  package var requestsPerDemonstration: Double? {
    successes > 0 ? Double(requests) / Double(successes) : nil
  }

  /// The queue's mean length; nil before anything was observed.
  package var meanQueue: Double? {
    observed > .zero ? queueSeconds / observed.inSeconds : nil
  }
}

internal import RobotData

/// An observation that was seen and may still be answered.
struct Sighting: Hashable, Sendable {
  /// The step's index.
  var step: Int
  /// When the observation arrived.
  var arrived: FleetInstant
  /// When the robot took it: its arrival less its age.
  var taken: FleetInstant
}

/// Observations that wait for an answer, oldest first. Answering one lets go of all older ones:
/// no one acts on an observation after a newer one was answered.
struct Sightings: Hashable, Sendable {
  /// More are never kept; the oldest are let go of first.
  static let capacity = 64

  private(set) var all: [Sighting] = []

  var isEmpty: Bool { all.isEmpty }

  func contains(_ step: Int) -> Bool { all.contains { $0.step == step } }

  /// Keeps an observation; one of the same step, which the robot has refreshed, takes the place
  /// of the one before.
  mutating func append(_ sighting: Sighting) {
    all.removeAll { $0.step == sighting.step }
    if all.count == Self.capacity { all.removeFirst() }
    all.append(sighting)
  }

  /// The observation of `step`, if it still waits; lets go of it and all older ones.
  mutating func take(_ step: Int) -> Sighting? {
    guard let index = all.firstIndex(where: { $0.step == step }) else { return nil }
    let found = all[index]
    all.removeFirst(index + 1)
    return found
  }

  /// The newest observation that arrived more than `limit` ago; lets go of it and all older ones.
  mutating func takeOverdue(after limit: Duration, at now: FleetInstant) -> Sighting? {
    guard let found = all.last(where: { now - $0.arrived > limit }) else { return nil }
    return take(found.step)
  }

  /// The newest observation; lets go of all.
  mutating func takeNewest() -> Sighting? {
    guard let newest = all.last else { return nil }
    all = []
    return newest
  }

  /// Lets go of `step` and all older ones.
  mutating func drop(upTo step: Int) { all.removeAll { $0.step <= step } }

  mutating func removeAll() { all = [] }
}

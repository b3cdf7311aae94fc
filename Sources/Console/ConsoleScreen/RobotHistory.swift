package import RobotData
package import Wire

/// What a console remembers of a robot.
package struct RobotHistory: Hashable, Sendable {
  /// A change of who has control, as the console saw it.
  package struct Change: Hashable, Sendable {
    package var text: String
    package var at: FleetInstant
  }

  /// How many uncertainties are kept.
  package static let length = 64
  /// How many changes are kept.
  package static let changeCount = 12

  /// The newest uncertainties, oldest first.
  package private(set) var uncertainties: [Uncertainty] = []
  /// The newest changes, oldest first.
  package private(set) var changes: [Change] = []
  private var last: RobotStatus?

  /// Nothing is remembered.
  package init() {}

  /// Takes in the robot's newest status.
  package mutating func note(_ status: RobotStatus, at now: FleetInstant) {
    let isNew = last?.step != status.step || last?.uncertainty != status.uncertainty
    if isNew, let uncertainty = status.uncertainty { note(uncertainty) }
    if last?.state != status.state || last?.holder != status.holder {
      note(Wording.change(from: last, to: status), at: now)
    }
    last = status
  }

  /// Adds an uncertainty.
  package mutating func note(_ uncertainty: Uncertainty) {
    uncertainties.append(uncertainty)
    if uncertainties.count > Self.length { uncertainties.removeFirst() }
  }

  /// Adds a change.
  package mutating func note(_ text: String, at now: FleetInstant) {
    changes.append(Change(text: text, at: now))
    if changes.count > Self.changeCount { changes.removeFirst() }
  }
}

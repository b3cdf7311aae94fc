internal import RobotData

/// What all robots of a fleet share while an event is handled: rules, people, episodes, the
/// time, and the effects so far.
struct FleetCommons: Sendable {
  /// Of a gap between two events, no more than this counts as silence of others.
  static let attentionSpan = Duration.milliseconds(250)

  var configuration: FleetConfiguration
  var roster = OperatorRoster()
  var ledger: EpisodeLedger
  var services = ServiceTimes()
  var isPaused = false
  /// Who stopped all robots; nil when no one did, or the stop was released.
  var allStoppedBy: OperatorID?
  /// The time of the event that is handled; never goes back.
  private(set) var now = FleetInstant.origin
  /// A clock that runs only while the fleet is attended to; silence is measured on it.
  private(set) var attention = FleetInstant.origin
  private var hasBegun = false
  private var effects: [FleetEffect] = []

  init(configuration: FleetConfiguration) {
    self.configuration = configuration
    ledger = EpisodeLedger(after: configuration.earlier)
  }

  var gate: Gate { Gate(rule: configuration.gating, thresholds: configuration.thresholds) }

  /// Whether another episode may begin now on this robot.
  func mayBegin(on robot: RobotID) -> Bool {
    guard !isPaused else { return false }
    if ledger.hasUnstarted(on: robot) { return true }
    guard let limit = configuration.episodeLimit else { return ledger.begun < UInt32.max }
    return Int(ledger.begun) < limit
  }

  /// Begins the robot's next episode, or again the one of an earlier run of which it never heard.
  mutating func beginEpisode(on robot: RobotID, order: Int?) -> (id: EpisodeID, seed: UInt64) {
    if let again = ledger.beginAgain(on: robot, order: order) { return (again.episode, again.seed) }
    let id = ledger.begin(on: robot, session: configuration.session, order: order)
    return (id, episodeSeed(fleet: configuration.seed, ordinal: id.ordinal))
  }

  mutating func advance(to instant: FleetInstant) {
    if hasBegun {
      let gap = max(instant - now, .zero)
      attention = attention + min(gap, Self.attentionSpan)
      now = max(instant, now)
    } else {
      hasBegun = true
      now = instant
    }
  }

  mutating func emit(_ effect: FleetEffect) { effects.append(effect) }

  mutating func takeEffects() -> [FleetEffect] {
    defer { effects = [] }
    return effects
  }
}

internal import RobotData

/// Every episode of this run: who has it, how it ended. An episode belongs to one robot for ever.
///
/// Where earlier runs of the same fleet left episodes, they count too, as begun and by outcome.
struct EpisodeLedger: Sendable {
  /// How an episode stands.
  struct Entry: Hashable, Sendable {
    let robot: RobotID
    /// Nil while the episode is in progress.
    var outcome: EpisodeOutcome?
    /// The plan's order that the episode was told, as an index.
    var order: Int?

    /// Whether it is, or may still become, a demonstration of its order.
    var counts: Bool { outcome == nil || outcome == .success }
  }

  /// What to think of a robot that says it is in an episode.
  enum Claim: Hashable, Sendable {
    /// It is: the episode is in progress on this robot, or comes from an earlier run.
    case valid
    /// It was: the episode has ended, which the robot did not hear.
    case ended(EpisodeOutcome)
    /// It cannot be: the episode is another robot's, or this session never began it.
    case foreign
  }

  /// Episodes begun by the fleet so far; the last one's ordinal.
  private(set) var begun: UInt32
  private(set) var entries: [EpisodeID: Entry] = [:]
  private var earlier: EarlierEpisodes
  private var counts: [EpisodeOutcome: Int] = [:]
  private var countsByOrder: [Int: Int] = [:]

  init(after earlier: EarlierEpisodes) {
    self.earlier = earlier
    begun = UInt32(clamping: earlier.begun)
    for outcome in earlier.ended.values { counts[outcome, default: 0] += 1 }
  }

  /// Episodes of this run that have ended with `outcome`, those of earlier runs left out.
  func ownCount(_ outcome: EpisodeOutcome) -> Int {
    count(outcome) - earlier.ended.values.count { $0 == outcome }
  }

  func count(_ outcome: EpisodeOutcome) -> Int { counts[outcome] ?? 0 }

  /// Successful episodes that were told this order of the plan, and those in progress.
  func demonstrations(of order: Int) -> Int { countsByOrder[order] ?? 0 }

  /// Begins the next episode of `session`, on `robot`, with an order of the plan where there is one.
  mutating func begin(on robot: RobotID, session: SessionID, order: Int? = nil) -> EpisodeID {
    begun += 1
    let id = EpisodeID(session: session, ordinal: begun)
    note(id, on: robot, order: order)
    return id
  }

  /// Whether an earlier run left an episode of which the robot never heard.
  func hasUnstarted(on robot: RobotID) -> Bool { earlier.unstarted[robot] != nil }

  /// Begins an episode again that an earlier run recorded as begun, and of which its robot never
  /// heard; nil where there is none.
  mutating func beginAgain(on robot: RobotID, order: Int? = nil) -> EarlierEpisodes.Unstarted? {
    guard let unstarted = earlier.unstarted.removeValue(forKey: robot) else { return nil }
    note(unstarted.episode, on: robot, order: order)
    return unstarted
  }

  private mutating func note(_ id: EpisodeID, on robot: RobotID, order: Int?) {
    entries[id] = Entry(robot: robot, outcome: nil, order: order)
    if let order { countsByOrder[order, default: 0] += 1 }
  }

  func judge(_ id: EpisodeID, claimedBy robot: RobotID, session: SessionID) -> Claim {
    if let outcome = earlier.ended[id] { return .ended(outcome) }
    guard let entry = entries[id] else { return id.session == session ? .foreign : .valid }
    guard entry.robot == robot else { return .foreign }
    return entry.outcome.map { .ended($0) } ?? .valid
  }

  /// Takes in an episode that an earlier run of the coordinator began.
  mutating func adopt(_ id: EpisodeID, on robot: RobotID) {
    guard entries[id] == nil else { return }
    entries[id] = Entry(robot: robot, outcome: nil)
    earlier.unstarted = earlier.unstarted.filter { $0.value.episode != id }
    // The recording does not know of it yet, the robot does.
    if earlier.sessions.contains(id.session), !earlier.open.contains(id), begun < .max {
      begun += 1
    }
  }

  /// Takes in how an episode of an earlier run ended of which no robot knows any more.
  mutating func closeEarlier(_ id: EpisodeID, _ outcome: EpisodeOutcome) {
    guard entries[id] == nil, earlier.open.remove(id) != nil else { return }
    earlier.ended[id] = outcome
    counts[outcome, default: 0] += 1
  }

  /// Notes the outcome of an episode, the first or another one.
  mutating func close(_ id: EpisodeID, _ outcome: EpisodeOutcome) {
    guard var entry = entries[id] else { return }
    if let before = entry.outcome { counts[before, default: 0] -= 1 }
    let counted = entry.counts
    entry.outcome = outcome
    if let order = entry.order {
      countsByOrder[order, default: 0] += (entry.counts ? 1 : 0) - (counted ? 1 : 0)
    }
    entries[id] = entry
    counts[outcome, default: 0] += 1
  }
}

/// The seed of the scene of the episode with this ordinal, for a fleet seeded with `seed`.
///
/// The `ordinal`-th output of a SplitMix64 generator that starts at `seed`: the state is
/// `seed + ordinal · 0x9E3779B97F4A7C15`, mixed by two rounds of shift, xor and multiplication.
/// The session takes no part, so two runs with one seed see the same scenes.
public func episodeSeed(fleet seed: UInt64, ordinal: UInt32) -> UInt64 {
  var mixed = seed &+ UInt64(ordinal) &* 0x9E37_79B9_7F4A_7C15
  mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
  mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
  return mixed ^ (mixed >> 31)
}

public import Policy

/// Where a look at an observation was taken.
public enum Situation: String, Hashable, Sendable, Codable, CaseIterable {
  /// At a branch point: the hand can go on in two ways that lead it apart.
  case branch
  /// On a stretch with one way, in states like those that were learnt from.
  case familiar
  /// In a state moved outside what was learnt from.
  case unfamiliar
}

/// What a policy says of one observation whose situation is known.
public struct SituationLook: Hashable, Sendable, Codable {
  /// Where it was taken.
  public var situation: Situation
  /// The visit of a branch point, the familiar stretch, or the kind of moved state: looks with
  /// the same text belong together.
  public var visit: String
  /// Task uncertainty of the hierarchy.
  public var task: Double
  /// Task uncertainty once the subtask that the demonstrator was at is named; nil where it was not
  /// asked for.
  public var namedTask: Double?
  /// Policy uncertainty of the hierarchy.
  public var policy: Double
  /// The flat ensemble's disagreement; nil for a bundle without one.
  public var flat: Double?
  /// One less the chance of reaching the end of the subtask; nil for a bundle that cannot tell.
  public var risk: Double?

  /// What an analysis says.
  init(_ situation: Situation, visit: String, _ analysis: PolicyAnalysisFigures) {
    self.situation = situation
    self.visit = visit
    task = analysis.task
    policy = analysis.policy
    flat = analysis.flat
    risk = analysis.risk
  }
}

/// The four figures that thresholds are compared with.
struct PolicyAnalysisFigures: Hashable, Sendable {
  var task: Double
  var policy: Double
  var flat: Double?
  var risk: Double?
}

/// What looks and thresholds say together.
public struct EvaluationSummary: Hashable, Sendable, Codable {
  /// Looks at branch points.
  public var branchLooks: Int
  /// Visits of branch points.
  public var branchVisits: Int
  /// Looks on familiar stretches.
  public var familiarLooks: Int
  /// Familiar stretches.
  public var familiarStretches: Int
  /// Looks in moved states.
  public var unfamiliarLooks: Int
  /// The share of visits of branch points in which the policy asks at least once.
  public var askedAtBranchPoints: Double
  /// The share of familiar stretches in which the policy asks at least once, for either reason.
  public var askedOnFamiliarStretches: Double
  /// The share of familiar looks that ask, for either reason.
  public var familiarLooksThatAsk: Double
  /// The share of looks at branch points whose task uncertainty asks.
  public var branchAboveTask: Double
  /// The share of the same looks whose task uncertainty still asks when the subtask is named; nil where
  /// no subtasks are recorded.
  public var branchAboveTaskNamed: Double?
  /// The share of familiar looks whose task uncertainty asks.
  public var familiarAboveTask: Double
  /// The share of familiar looks whose policy uncertainty asks.
  public var familiarAbovePolicy: Double
  /// The share of looks in moved states whose policy uncertainty asks.
  public var unfamiliarAbovePolicy: Double
  /// The same by kind of moved state.
  public var unfamiliarByKind: [String: Double]

  /// Counts.
  ///
  /// - Parameters:
  ///   - looks: Of all situations.
  ///   - thresholds: ω and γ.
  public init(_ looks: [SituationLook], _ thresholds: PolicyManifest.Thresholds) {
    let branch = looks.filter { $0.situation == .branch }
    let familiar = looks.filter { $0.situation == .familiar }
    let moved = looks.filter { $0.situation == .unfamiliar }
    func asks(_ look: SituationLook) -> Bool {
      look.task > thresholds.task || look.policy > thresholds.policy
    }
    let visits = Dictionary(grouping: branch, by: \.visit)
    let stretches = Dictionary(grouping: familiar, by: \.visit)
    branchLooks = branch.count
    branchVisits = visits.count
    familiarLooks = familiar.count
    familiarStretches = stretches.count
    unfamiliarLooks = moved.count
    askedAtBranchPoints = Self.ratio(
      visits.values.count { $0.contains(where: asks) }, visits.count)
    askedOnFamiliarStretches = Self.ratio(
      stretches.values.count { $0.contains(where: asks) }, stretches.count)
    familiarLooksThatAsk = Self.ratio(familiar.count(where: asks), familiar.count)
    branchAboveTask = ThresholdCalibration.share(
      of: branch.map(\.task), above: thresholds.task)
    let named = branch.compactMap(\.namedTask)
    branchAboveTaskNamed =
      named.isEmpty ? nil : ThresholdCalibration.share(of: named, above: thresholds.task)
    familiarAboveTask = ThresholdCalibration.share(
      of: familiar.map(\.task), above: thresholds.task)
    familiarAbovePolicy = ThresholdCalibration.share(
      of: familiar.map(\.policy), above: thresholds.policy)
    unfamiliarAbovePolicy = ThresholdCalibration.share(
      of: moved.map(\.policy), above: thresholds.policy)
    unfamiliarByKind = Dictionary(grouping: moved, by: \.visit).mapValues { kind in
      ThresholdCalibration.share(of: kind.map(\.policy), above: thresholds.policy)
    }
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}

extension PolicyManifest.Thresholds {
  /// Thresholds at which the policy asks on a wished share of familiar stretches, most of it for the
  /// task; for the other methods the whole of it. What cannot be measured stays.
  ///
  /// Stretches are counted and not looks: one look above a threshold stops the robot, and a stretch is
  /// looked at dozens of times.
  ///
  /// - Parameters:
  ///   - looks: On familiar stretches and at branch points; others are ignored.
  ///   - rate: The share of familiar stretches that may ask, 0 to 1.
  ///   - policyShare: The share of these that may ask for themselves, 0 to 1. With a small one robots ask
  ///     in unfamiliar states only, with a greater one also where they get nowhere: each such request
  ///     costs a person a whole subtask, and saves a robot that stands still.
  /// - Returns: The thresholds.
  public func calibrated(
    on looks: [SituationLook], requestRate rate: Double, policyShare: Double = 0.1
  ) -> Self {
    /// The greatest value of each visit of a situation.
    func peaks(_ situation: Situation, _ value: (SituationLook) -> Double?) -> [Double] {
      Dictionary(grouping: looks.filter { $0.situation == situation }, by: \.visit)
        .values.compactMap { $0.compactMap(value).max() }
    }
    var next = self
    next.task =
      ThresholdCalibration.taskThreshold(
        familiar: peaks(.familiar, \.task), visits: peaks(.branch, \.task),
        exceededBy: rate * (1 - policyShare), missing: 0.05)
      ?? task
    next.policy =
      ThresholdCalibration.threshold(
        peaks(.familiar, \.policy), exceededBy: rate * policyShare) ?? policy
    let flats = peaks(.familiar, \.flat)
    next.flat = ThresholdCalibration.threshold(flats, exceededBy: rate) ?? flat
    next.novelty = ThresholdCalibration.threshold(flats, exceededBy: rate / 2) ?? novelty
    next.risk =
      ThresholdCalibration.threshold(peaks(.familiar, \.risk), exceededBy: rate / 2) ?? risk
    return next
  }
}

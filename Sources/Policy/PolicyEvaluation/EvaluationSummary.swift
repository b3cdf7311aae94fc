public import Policy

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
  ///   - thresholds: ω and γ, and how long a doubt must last.
  ///   - rate: The robot's control periods a second.
  public init(
    _ looks: [SituationLook], _ thresholds: PolicyManifest.Thresholds, rate: Double
  ) {
    let branch = looks.filter { $0.situation == .branch }
    let familiar = looks.filter { $0.situation == .familiar }
    let moved = looks.filter { $0.situation == .unfamiliar }
    func asks(_ look: SituationLook) -> Bool {
      look.task > thresholds.task || look.policy > thresholds.policy
    }
    let rule = Confirmation(seconds: thresholds.confirmation ?? 0, rate: rate)
    func anyAsks(_ visit: [SituationLook]) -> Bool {
      rule.peak(visit) { asks($0) ? 1 : 0 } == 1
    }
    let visits = Dictionary(grouping: branch, by: \.visit)
    let stretches = Dictionary(grouping: familiar, by: \.visit)
    branchLooks = branch.count
    branchVisits = visits.count
    familiarLooks = familiar.count
    familiarStretches = stretches.count
    unfamiliarLooks = moved.count
    askedAtBranchPoints = Self.ratio(
      visits.values.count { anyAsks($0) }, visits.count)
    askedOnFamiliarStretches = Self.ratio(
      stretches.values.count { anyAsks($0) }, stretches.count)
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

internal import RobotData

/// Decides when the policy asks for a person, and when it continues without one (PATO, section 2).
struct Gate: Sendable {
  var rule: GatingRule
  var thresholds: UncertaintyThresholds

  /// Whether either uncertainty is above its threshold.
  func isAbove(_ uncertainty: Uncertainty) -> Bool {
    uncertainty.task > thresholds.task || uncertainty.policy > thresholds.policy
  }

  /// Why the policy must ask with this uncertainty; nil when it may go on. Where both
  /// uncertainties are above their thresholds, the one that exceeds its own by more is named.
  ///
  /// - Parameters:
  ///   - uncertainty: What the policy says of this decision.
  ///   - sinceHandover: How long ago the author changed.
  ///   - doubtfulFor: For how long all decisions before this one were above a threshold, of the robot's
  ///     own time; nil for the first decision since the policy has control.
  /// - Returns: Nil where it need not ask.
  func reasonToAsk(
    _ uncertainty: Uncertainty, sinceHandover: Duration, doubtfulFor: Duration?
  ) -> HelpReason? {
    guard !isDwelling(sinceHandover), isConfirmed(doubtfulFor) else { return nil }
    let task = uncertainty.task > thresholds.task
    let policy = uncertainty.policy > thresholds.policy
    let taskLeads =
      Self.excess(of: uncertainty.task, over: thresholds.task)
      >= Self.excess(of: uncertainty.policy, over: thresholds.policy)
    if task, taskLeads || !policy { return .taskUncertainty(uncertainty.task) }
    return policy ? .policyUncertainty(uncertainty.policy) : nil
  }

  /// Whether the uncertainty that had been the reason to ask has fallen, and the other one does
  /// not ask in its stead. Never for requests that had another reason.
  func mayGoOn(
    after reason: HelpReason, _ uncertainty: Uncertainty, sinceHandover: Duration
  ) -> Bool {
    guard !isDwelling(sinceHandover) else { return false }
    guard uncertainty.task <= thresholds.task, uncertainty.policy <= thresholds.policy else {
      return false
    }
    let factor = if case .asymmetric(let resume) = rule { resume } else { 1.0 }
    switch reason {
    case .taskUncertainty: return uncertainty.task <= factor * thresholds.task
    case .policyUncertainty: return uncertainty.policy <= factor * thresholds.policy
    case .unassisted, .policyFailed, .noProgress, .interrupted: return false
    }
  }

  /// By which factor the value behind `reason` exceeds its threshold; infinite for requests
  /// that are not about uncertainty, because their robots cannot go on by themselves.
  func urgency(of reason: HelpReason) -> Double {
    switch reason {
    case .taskUncertainty(let value): Self.excess(of: value, over: thresholds.task)
    case .policyUncertainty(let value): Self.excess(of: value, over: thresholds.policy)
    case .unassisted, .policyFailed, .noProgress, .interrupted: .infinity
    }
  }

  private func isDwelling(_ sinceHandover: Duration) -> Bool {
    if case .dwell(let least) = rule { sinceHandover < least } else { false }
  }

  private func isConfirmed(_ doubtfulFor: Duration?) -> Bool {
    guard case .confirmed(let least) = rule, let doubtfulFor else { return true }
    return doubtfulFor >= least
  }

  private static func excess(of value: Double, over threshold: Double) -> Double {
    if value <= 0 { 0 } else if threshold > 0 { value / threshold } else { .infinity }
  }
}

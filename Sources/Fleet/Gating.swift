internal import RobotData

/// Decides when the policy asks for a person, and when it goes on without one (PATO, section 2).
struct Gate: Sendable {
  var rule: GatingRule
  var thresholds: UncertaintyThresholds

  /// Why the policy must ask with this uncertainty; nil when it may go on. Where both
  /// uncertainties are above their thresholds, the one that exceeds its own by more is named.
  func reasonToAsk(_ uncertainty: Uncertainty, sinceHandover: Duration) -> HelpReason? {
    guard !isDwelling(sinceHandover) else { return nil }
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

  private static func excess(of value: Double, over threshold: Double) -> Double {
    if value <= 0 { 0 } else if threshold > 0 { value / threshold } else { .infinity }
  }
}

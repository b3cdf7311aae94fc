internal import RobotData

/// How much of operators' time the last interventions took, by what they were for: naming a subtask is
/// done in a breath, leading a lost robot out takes many.
struct ServiceTimes: Hashable, Sendable {
  /// Interventions of one kind that are averaged over.
  static let remembered = 3

  /// What an intervention is for, without how much.
  private enum Kind: Hashable, Sendable {
    case unassisted, taskUncertainty, policyUncertainty, policyFailed, noProgress, interrupted

    init(_ reason: HelpReason) {
      self =
        switch reason {
        case .unassisted: .unassisted
        case .taskUncertainty: .taskUncertainty
        case .policyUncertainty: .policyUncertainty
        case .policyFailed: .policyFailed
        case .noProgress: .noProgress
        case .interrupted: .interrupted
        }
    }
  }

  private var times: [Kind: [Duration]] = [:]

  /// Notes an intervention.
  mutating func note(_ time: Duration, for reason: HelpReason) {
    var noted = times[Kind(reason), default: []]
    noted.append(time)
    times[Kind(reason)] = Array(noted.suffix(Self.remembered))
  }

  /// The average of the last interventions of this kind; nil where there was none.
  func expected(for reason: HelpReason) -> Duration? {
    guard let noted = times[Kind(reason)] else { return nil }
    return noted.reduce(.zero, +) / noted.count
  }
}

internal import RobotData

/// How much of operators' time the last interventions took, by what they were for: naming a subtask is
/// done in a breath, leading a lost robot out takes many.
struct ServiceTimes: Hashable, Sendable {
  /// Interventions of one kind that are averaged over.
  static let remembered = 3

  private var times: [HelpReason.Kind: [Duration]] = [:]

  /// Notes an intervention.
  mutating func note(_ time: Duration, for reason: HelpReason) {
    var noted = times[reason.kind, default: []]
    noted.append(time)
    times[reason.kind] = Array(noted.suffix(Self.remembered))
  }

  /// The average of the last interventions of this kind; nil where there was none.
  func expected(for reason: HelpReason) -> Duration? {
    guard let noted = times[reason.kind] else { return nil }
    return noted.reduce(.zero, +) / noted.count
  }
}

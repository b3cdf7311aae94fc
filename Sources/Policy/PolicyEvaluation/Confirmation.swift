internal import Numbers

/// What of the looks at one visit counts, where a doubt must last for some time to ask: the fleet's rule
/// `confirmed`, for looks that are some steps apart.
struct Confirmation: Hashable, Sendable {
  /// Steps for which a value must be reached.
  private let steps: Int

  init(seconds: Double, rate: Double) { steps = Int(saturating: (seconds * rate).rounded()) }

  /// The greatest value that is reached for long enough, or at an episode's first look.
  ///
  /// - Parameters:
  ///   - visit: Looks that belong together, in any order.
  ///   - value: Of a look; looks without one are left out.
  /// - Returns: Nil where no look has a value, 0 where the visit is too short to ask.
  func peak(_ visit: [SituationLook], _ value: (SituationLook) -> Double?) -> Double? {
    let known = visit.compactMap { look in value(look).map { (step: look.step ?? 0, value: $0) } }
      .sorted { $0.step < $1.step }
    guard steps > 0 else { return known.map(\.value).max() }
    var best = known.first { $0.step == 0 }?.value
    for start in known.indices {
      var least = Double.infinity
      for look in known[start...] {
        least = min(least, look.value)
        if look.step - known[start].step >= steps {
          best = max(best ?? least, least)
          break
        }
      }
    }
    return known.isEmpty ? nil : best ?? 0
  }
}

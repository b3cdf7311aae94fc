internal import Numbers

/// Chooses thresholds from what a policy says on held-out data (ω and γ of PATO, section 3).
public enum ThresholdCalibration {
  /// The value that at most a share of the values exceeds.
  ///
  /// - Parameters:
  ///   - values: One uncertainty a look, in any order.
  ///   - share: Which share may be above, 0 to 1.
  /// - Returns: One of the values; nil where there are none.
  public static func threshold(_ values: [Double], exceededBy share: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let place = Int(saturating: (Double(sorted.count) * (1 - share)).rounded(.up)) - 1
    return sorted[min(max(place, 0), sorted.count - 1)]
  }

  /// Which share of the values lies above a threshold; 0 where there are none.
  ///
  /// - Parameters:
  ///   - values: One uncertainty a look.
  ///   - threshold: What they are compared with.
  /// - Returns: 0 to 1.
  public static func share(of values: [Double], above threshold: Double) -> Double {
    values.isEmpty ? 0 : Double(values.count { $0 > threshold }) / Double(values.count)
  }

  /// ω between what familiar stretches and what visits of branch points reach: it lets through
  /// no more of the familiar stretches than wished, and misses no more of the visits than it must.
  ///
  /// - Parameters:
  ///   - familiar: The greatest task uncertainty of each familiar stretch.
  ///   - visits: The greatest task uncertainty of each visit of a branch point.
  ///   - share: Which share of familiar stretches may ask.
  ///   - missed: Which share of visits may go by unasked.
  /// - Returns: ω; nil without familiar stretches.
  public static func taskThreshold(
    familiar: [Double], visits: [Double], exceededBy share: Double, missing missed: Double
  ) -> Double? {
    guard let least = threshold(familiar, exceededBy: share) else { return nil }
    guard let most = threshold(visits, exceededBy: 1 - missed), most > least else { return least }
    // Half way, so that neither side stands at its edge.
    return (least + most) / 2
  }
}

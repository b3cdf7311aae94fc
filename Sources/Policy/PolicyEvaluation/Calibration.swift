public import Policy

extension PolicyManifest.Thresholds {
  /// Thresholds at which the policy asks on a wished share of familiar stretches, most of it for the
  /// task; for the other methods the whole of it. What cannot be measured stays.
  ///
  /// Stretches are counted and not looks: one look above a threshold stops the robot, and a stretch is
  /// looked at dozens of times.
  ///
  /// - Parameters:
  ///   - looks: On familiar stretches and at branch points; others are ignored.
  ///   - requestRate: The share of familiar stretches that may ask, 0 to 1.
  ///   - policyShare: The share of these that may ask for themselves, 0 to 1. With a small one robots ask
  ///     in unfamiliar states only, with a greater one also where they get nowhere: each such request
  ///     costs a person a whole subtask, and saves a robot that stands still.
  ///   - confirmation: For how long a robot on its way must be above a threshold before it asks, s.
  ///   - controlRate: The robot's control periods a second.
  /// - Returns: The thresholds.
  public func calibrated(
    on looks: [SituationLook], requestRate: Double, policyShare: Double = 0.1,
    confirmation: Double = 0, controlRate: Double
  ) -> Self {
    let rule = Confirmation(seconds: confirmation, rate: controlRate)
    /// The value that each visit of a situation reaches.
    func peaks(_ situation: Situation, _ value: (SituationLook) -> Double?) -> [Double] {
      Dictionary(grouping: looks.filter { $0.situation == situation }, by: \.visit)
        .values.compactMap { rule.peak($0, value) }
    }
    var next = self
    next.confirmation = confirmation > 0 ? confirmation : nil
    next.task =
      ThresholdCalibration.taskThreshold(
        familiar: peaks(.familiar, \.task), visits: peaks(.branch, \.task),
        exceededBy: requestRate * (1 - policyShare), missing: 0.05)
      ?? task
    next.policy =
      ThresholdCalibration.threshold(
        peaks(.familiar, \.policy), exceededBy: requestRate * policyShare) ?? policy
    let flats = peaks(.familiar, \.flat)
    next.flat = ThresholdCalibration.threshold(flats, exceededBy: requestRate) ?? flat
    next.novelty = ThresholdCalibration.threshold(flats, exceededBy: requestRate / 2) ?? novelty
    next.risk =
      ThresholdCalibration.threshold(peaks(.familiar, \.risk), exceededBy: requestRate / 2) ?? risk
    return next
  }
}

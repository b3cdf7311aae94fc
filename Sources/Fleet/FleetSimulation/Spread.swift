/// Mean and standard deviation of a measure over runs.
public struct Spread: Hashable, Sendable, Codable {
  /// Runs in which the measure has a value.
  public var count: Int
  /// Their mean.
  public var mean: Double
  /// Their standard deviation, of the sample (divided by count - 1); zero for one run.
  public var deviation: Double

  /// The spread of these values; nil without any.
  public init?(of values: [Double]) {
    guard !values.isEmpty else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.count = values.count
    self.mean = mean
    deviation = values.count > 1 ? (squares / (count - 1)).squareRoot() : 0
  }
}

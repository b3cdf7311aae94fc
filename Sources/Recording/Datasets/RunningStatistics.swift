/// What training normalises by, of one feature.
public struct FeatureStatistics: Hashable, Sendable, Codable {
  /// The parts that `quantiles` are of.
  public static let parts = [0.01, 0.10, 0.50, 0.90, 0.99]

  /// Least value of each number.
  public var min: [Double]
  /// Greatest value of each number.
  public var max: [Double]
  /// Mean of each number.
  public var mean: [Double]
  /// Standard deviation of each number, of the whole population.
  public var std: [Double]
  /// How many values there were.
  public var count: Int
  /// For each of `parts` the quantile of each number.
  public var quantiles: [[Double]]
}

/// Statistics of one feature in one pass and constant memory.
public struct RunningStatistics: Hashable, Sendable, Codable {
  private var count = 0
  private var least: [Double]
  private var greatest: [Double]
  private var means: [Double]
  /// Sums of squared deviations from the mean (Welford, 1962).
  private var squares: [Double]
  private var sketches: [QuantileSketch]

  /// Of a feature with this many numbers.
  public init(numbers: Int) {
    least = [Double](repeating: .infinity, count: numbers)
    greatest = [Double](repeating: -.infinity, count: numbers)
    means = [Double](repeating: 0, count: numbers)
    squares = means
    sketches = [QuantileSketch](repeating: QuantileSketch(), count: numbers)
  }

  /// Takes one step's numbers; all are finite.
  public mutating func add(_ values: [Double]) {
    count += 1
    for index in values.indices { take(values[index], at: index) }
  }

  /// Takes one step's value of a feature; truth is 1, a text is passed over.
  public mutating func add(_ value: DatasetValue) {
    if case .string = value { return }
    count += 1
    switch value {
    case .float32(let values):
      for index in values.indices { take(Double(values[index]), at: index) }
    case .float64(let values): for index in values.indices { take(values[index], at: index) }
    case .int64(let values): for index in values.indices { take(Double(values[index]), at: index) }
    case .bool(let values): for index in values.indices { take(values[index] ? 1 : 0, at: index) }
    case .string: break
    }
  }

  private mutating func take(_ value: Double, at index: Int) {
    if value < least[index] { least[index] = value }
    if value > greatest[index] { greatest[index] = value }
    let deviation = value - means[index]
    means[index] += deviation / Double(count)
    squares[index] += deviation * (value - means[index])
    sketches[index].add(value)
  }

  /// Takes all that other statistics hold (Chan, Golub and LeVeque, 1979).
  public mutating func add(_ other: RunningStatistics) {
    guard other.count > 0 else { return }
    let (mine, theirs) = (Double(count), Double(other.count))
    let total = mine + theirs
    for index in means.indices {
      let deviation = other.means[index] - means[index]
      means[index] += deviation * theirs / total
      squares[index] += other.squares[index] + deviation * deviation * mine * theirs / total
      least[index] = min(least[index], other.least[index])
      greatest[index] = max(greatest[index], other.greatest[index])
      sketches[index].add(other.sketches[index])
    }
    count += other.count
  }

  /// The statistics so far; zeros when there was nothing.
  public var statistics: FeatureStatistics {
    let zeros = [Double](repeating: 0, count: means.count)
    guard count > 0 else {
      return FeatureStatistics(
        min: zeros, max: zeros, mean: zeros, std: zeros, count: 0,
        quantiles: FeatureStatistics.parts.map { _ in zeros })
    }
    let perNumber = sketches.map { $0.quantiles(FeatureStatistics.parts) }
    return FeatureStatistics(
      min: least, max: greatest, mean: means,
      std: squares.map { (max($0, 0) / Double(count)).squareRoot() }, count: count,
      quantiles: FeatureStatistics.parts.indices.map { part in perNumber.map { $0[part] } })
  }
}

/// Statistics of a camera's pictures, of each channel, with pixels from 0 to 1: exact, since a pixel
/// has 256 values only.
public struct PictureStatistics: Hashable, Sendable, Codable {
  /// How often each value occurred, `[3 · 256]`.
  private var histogram = [Int](repeating: 0, count: 3 * 256)
  private var pictures = 0

  /// Of no pictures.
  public init() {}

  /// Takes a picture, rows from the top, `[height, width, 3]`.
  public mutating func add(_ rgb: [UInt8]) {
    pictures += 1
    histogram.withUnsafeMutableBufferPointer { counts in
      rgb.withUnsafeBufferPointer { pixels in
        var place = 0
        while place + 2 < pixels.count {
          counts[Int(pixels[place])] += 1
          counts[256 + Int(pixels[place + 1])] += 1
          counts[512 + Int(pixels[place + 2])] += 1
          place += 3
        }
      }
    }
  }

  /// Takes all that other statistics hold.
  public mutating func add(_ other: PictureStatistics) {
    pictures += other.pictures
    for index in histogram.indices { histogram[index] += other.histogram[index] }
  }

  /// The statistics so far, three numbers each; `count` is of pictures.
  public var statistics: FeatureStatistics {
    let zeros = [0.0, 0, 0]
    var result = FeatureStatistics(
      min: zeros, max: zeros, mean: zeros, std: zeros, count: pictures,
      quantiles: FeatureStatistics.parts.map { _ in zeros })
    for channel in 0..<3 {
      let counts = histogram[channel * 256..<(channel + 1) * 256]
      let total = counts.reduce(0, +)
      guard total > 0 else { continue }
      let values = counts.enumerated().filter { $0.element > 0 }
      result.min[channel] = Double(values[0].offset) / 255
      result.max[channel] = Double(values[values.count - 1].offset) / 255
      let mean = values.reduce(0) { $0 + Double($1.offset * $1.element) } / Double(total)
      let variance =
        values.reduce(0) { sum, value in
          let deviation = Double(value.offset) - mean
          return sum + deviation * deviation * Double(value.element)
        } / Double(total)
      result.mean[channel] = mean / 255
      result.std[channel] = variance.squareRoot() / 255
      for (part, share) in FeatureStatistics.parts.enumerated() {
        result.quantiles[part][channel] = Self.quantile(values, total, share) / 255
      }
    }
    return result
  }

  private static func quantile(
    _ values: [(offset: Int, element: Int)], _ total: Int, _ part: Double
  ) -> Double {
    let place = part * Double(total - 1)
    var before = 0
    for (index, value) in values.enumerated() {
      // The last occurrence of this value is at `before + element - 1`.
      if place <= Double(before + value.element - 1) || index == values.count - 1 {
        return Double(value.offset)
      }
      let last = before + value.element - 1
      if place < Double(last + 1) {
        let share = place - Double(last)
        return Double(value.offset) + Double(values[index + 1].offset - value.offset) * share
      }
      before += value.element
    }
    return 0
  }
}

internal import Numbers

/// Quantiles of a stream in constant memory: a merging t-digest (Dunning and Ertl, 2019), exact as
/// long as everything fits into the buffer. The same values in the same order give the same state.
public struct QuantileSketch: Hashable, Sendable, Codable {
  /// Values that wait to be merged.
  private static let bufferSize = 512
  /// Greater is finer: a centroid holds at most 4·q·(1 - q) / this of all values.
  private static let fineness = 200.0

  private var means: [Double] = []
  private var weights: [Double] = []
  private var buffer: [Double] = []
  private var least = Double.infinity
  private var greatest = -Double.infinity

  /// A sketch of nothing.
  public init() {}

  /// Takes a finite value.
  public mutating func add(_ value: Double) {
    buffer.append(value)
    if buffer.count == Self.bufferSize { compress() }
  }

  /// Takes all that another sketch holds.
  public mutating func add(_ other: QuantileSketch) {
    for value in other.buffer { add(value) }
    guard !other.means.isEmpty else { return }
    least = min(least, other.least)
    greatest = max(greatest, other.greatest)
    merge(other.means, other.weights)
  }

  /// The values below which lie these parts of all; linear between neighbours, as NumPy's.
  ///
  /// - Parameter parts: From 0 to 1, ascending.
  /// - Returns: One value for each; not a number when the sketch holds nothing.
  public func quantiles(_ parts: [Double]) -> [Double] {
    if means.isEmpty {
      // Everything is there: exact.
      let sorted = buffer.sorted()
      return parts.map { part in
        guard let last = sorted.last else { return .nan }
        let place = part * Double(sorted.count - 1)
        let below = Int(saturating: place)
        let next = below + 1 < sorted.count ? sorted[below + 1] : last
        return sorted[below] + (next - sorted[below]) * (place - Double(below))
      }
    }
    var whole = self
    whole.compress()
    return whole.interpolated(parts)
  }

  private func interpolated(_ parts: [Double]) -> [Double] {
    let total = weights.reduce(0, +)
    // Where each centroid's middle lies among the sorted values, 0 to total - 1.
    var places: [Double] = [0]
    var values: [Double] = [least]
    var before = 0.0
    for (mean, weight) in zip(means, weights) {
      places.append(before + (weight - 1) / 2)
      values.append(mean)
      before += weight
    }
    places.append(total - 1)
    values.append(greatest)
    var index = 0
    return parts.map { part in
      let place = part * (total - 1)
      while index + 2 < places.count, places[index + 1] < place { index += 1 }
      let width = places[index + 1] - places[index]
      guard width > 0 else { return values[index + 1] }
      let share = min(max((place - places[index]) / width, 0), 1)
      return values[index] + (values[index + 1] - values[index]) * share
    }
  }

  private mutating func compress() {
    guard !buffer.isEmpty else { return }
    buffer.sort()
    least = min(least, buffer[0])
    greatest = max(greatest, buffer[buffer.count - 1])
    let new = buffer
    buffer.removeAll(keepingCapacity: true)
    merge(new, [Double](repeating: 1, count: new.count))
  }

  /// Merges sorted centroids into the sorted ones that are there.
  private mutating func merge(_ newMeans: [Double], _ newWeights: [Double]) {
    var sorted: [(mean: Double, weight: Double)] = []
    sorted.reserveCapacity(means.count + newMeans.count)
    var (mine, other) = (0, 0)
    while mine < means.count || other < newMeans.count {
      if other == newMeans.count || (mine < means.count && means[mine] <= newMeans[other]) {
        sorted.append((means[mine], weights[mine]))
        mine += 1
      } else {
        sorted.append((newMeans[other], newWeights[other]))
        other += 1
      }
    }
    let total = sorted.reduce(0) { $0 + $1.weight }
    means.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    var current = sorted[0]
    var before = 0.0
    for next in sorted.dropFirst() {
      let weight = current.weight + next.weight
      let part = (before + weight / 2) / total
      if weight <= 4 * total * part * (1 - part) / Self.fineness {
        current = (current.mean + (next.mean - current.mean) * next.weight / weight, weight)
      } else {
        means.append(current.mean)
        weights.append(current.weight)
        before += current.weight
        current = next
      }
    }
    means.append(current.mean)
    weights.append(current.weight)
  }
}

// Aim: one pass says what two would. Method: random values, against sorting all of them.
import Datasets
import Foundation
import MallardTesting
import Testing

private func exact(_ values: [Double], _ part: Double) -> Double {
  let sorted = values.sorted()
  let place = part * Double(sorted.count - 1)
  let below = Int(place)
  let next = min(below + 1, sorted.count - 1)
  return sorted[below] + (sorted[next] - sorted[below]) * (place - Double(below))
}

private func rank(_ value: Double, in sorted: [Double]) -> ClosedRange<Double> {
  let below = sorted.count { $0 < value }
  let atMost = sorted.count { $0 <= value }
  return Double(below) / Double(sorted.count)...Double(atMost) / Double(sorted.count)
}

@Suite struct StatisticsTests {
  @Test(arguments: [1, 2, 10, 511])
  func `few values have exact quantiles`(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    let values = (0..<count).map { _ in Double.random(in: -3...3, using: &random) }
    var sketch = QuantileSketch()
    for value in values { sketch.add(value) }
    let parts = [0, 0.01, 0.25, 0.5, 0.9, 1]
    for (found, part) in zip(sketch.quantiles(parts), parts) {
      #expect(abs(found - exact(values, part)) < 1e-12)
    }
  }

  @Test(arguments: ["uniform", "skewed", "few values", "sorted"], [513, 20_000])
  func `many values have quantiles of nearly the right rank`(kind: String, count: Int) {
    var random = SeededGenerator(seed: 5)
    var values = (0..<count).map { _ in
      let number = Double.random(in: 0..<1, using: &random)
      switch kind {
      case "skewed": return -log(1 - number)
      case "few values": return (number * 4).rounded()
      default: return number
      }
    }
    if kind == "sorted" { values.sort() }
    var whole = QuantileSketch()
    for value in values { whole.add(value) }
    // In parts, as episodes come.
    var merged = QuantileSketch()
    for start in stride(from: 0, to: count, by: 301) {
      var part = QuantileSketch()
      for value in values[start..<min(start + 301, count)] { part.add(value) }
      merged.add(part)
    }
    let sorted = values.sorted()
    for sketch in [whole, merged] {
      for part in FeatureStatistics.parts {
        let found = sketch.quantiles([part])[0]
        let near = rank(found, in: sorted)
        // Between two values the rank is either's; a repeated value covers many.
        #expect(
          near.lowerBound <= part + 0.004 && near.upperBound >= part - 0.004,
          "\(kind) \(count) \(part): \(found) has rank \(near)")
      }
    }
  }

  @Test func `mean and deviation survive merging, large offsets and a pause on disk`() throws {
    var random = SeededGenerator(seed: 9)
    let rows = (0..<4_000).map { _ in
      [
        1e9 + Double.random(in: -1...1, using: &random),
        Double.random(in: -5...5, using: &random), 7,
      ]
    }
    var whole = RunningStatistics(numbers: 3)
    for row in rows { whole.add(row) }
    var merged = RunningStatistics(numbers: 3)
    for start in stride(from: 0, to: rows.count, by: 700) {
      var part = RunningStatistics(numbers: 3)
      for row in rows[start..<min(start + 700, rows.count)] {
        part.add(DatasetValue.float64(row))
      }
      merged.add(part)
      // Exactly the same state comes back.
      let data = try JSONEncoder().encode(merged)
      let again = try JSONDecoder().decode(RunningStatistics.self, from: data)
      #expect(again == merged)
      merged = again
    }
    for found in [whole.statistics, merged.statistics] {
      #expect(found.count == 4_000)
      for column in 0..<3 {
        let values = rows.map { $0[column] }
        let mean = values.reduce(0, +) / 4_000
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4_000).squareRoot()
        #expect(found.min[column] == values.min() && found.max[column] == values.max())
        // The first column's numbers themselves are known to 1e-7 only.
        #expect(abs(found.mean[column] - mean) < 1e-5)
        #expect(abs(found.std[column] - deviation) < 1e-5)
      }
    }
  }

  @Test func `pictures have exact statistics`() {
    var random = SeededGenerator(seed: 3)
    let pictures = (0..<5).map { _ in
      (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    var running = PictureStatistics()
    for picture in pictures { running.add(picture) }
    let found = running.statistics
    #expect(found.count == 5)
    for channel in 0..<3 {
      let values = pictures.flatMap { picture in
        stride(from: channel, to: 300, by: 3).map { Double(picture[$0]) / 255 }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      #expect(abs(found.mean[channel] - mean) < 1e-12)
      for (index, part) in FeatureStatistics.parts.enumerated() {
        #expect(abs(found.quantiles[index][channel] - exact(values, part)) < 1e-12)
      }
    }
  }
}

import CommandLineKit
import Encoders
import Foundation

/// Attention alone, from few tokens to many.
enum TokenBench {
  struct Row: Encodable {
    var tokens: Int
    var softmaxMilliseconds: Double?
    var taylorMilliseconds: Double
    var softmaxMegabytes: Double
    var taylorMegabytes: Double
  }

  /// Three heads of 64, as in DeiT-Tiny.
  static func run(threads: Int) throws -> [Row] {
    try [196, 392, 784, 1568, 3136, 6272, 12544].map { tokens in
      Terminal.progress("\(tokens) tokens")
      let bench = try AttentionBench(tokens: tokens, heads: 3, dimension: 64, threads: threads)
      let repetitions = tokens > 4000 ? 3 : 9
      let taylor = (0..<repetitions).map { _ in bench.taylorMilliseconds() }.median
      let softmax = (0..<min(repetitions, 5)).map { _ in bench.softmaxMilliseconds() }.median
      return Row(
        tokens: tokens, softmaxMilliseconds: softmax, taylorMilliseconds: taylor,
        softmaxMegabytes: Double(bench.softmaxBytes) / 1e6,
        taylorMegabytes: Double(bench.taylorBytes) / 1e6)
    }
  }

  /// The slope of a straight line through logarithms: 1 is linear, 2 quadratic.
  static func exponent(_ points: [(Double, Double)]) -> Double {
    let logs = points.map { (log($0.0), log($0.1)) }
    let count = Double(logs.count)
    let mean = (
      logs.reduce(0) { $0 + $1.0 } / count, logs.reduce(0) { $0 + $1.1 } / count
    )
    let above = logs.reduce(0) { $0 + ($1.0 - mean.0) * ($1.1 - mean.1) }
    return above / logs.reduce(0) { $0 + ($1.0 - mean.0) * ($1.0 - mean.0) }
  }

  static func table(_ rows: [Row]) -> TextBlock {
    let lines = rows.map { row in
      [
        "\(row.tokens)", row.softmaxMilliseconds.map { String(format: "%.2f", $0) } ?? "–",
        String(format: "%.3f", row.taylorMilliseconds),
        row.softmaxMilliseconds.map { String(format: "%.1fx", $0 / row.taylorMilliseconds) }
          ?? "–",
        String(format: "%.2f", row.softmaxMegabytes), String(format: "%.2f", row.taylorMegabytes),
      ]
    }
    let taylor = exponent(rows.map { (Double($0.tokens), $0.taylorMilliseconds) })
    let softmax = exponent(
      rows.compactMap { row in row.softmaxMilliseconds.map { (Double(row.tokens), $0) } })
    return PlainText.table(
      [["tokens", "softmax ms", "Taylor ms", "faster", "softmax MB", "Taylor MB"]] + lines)
      + TextBlock(lines: [
        String(
          format: "time grows as tokens to the power of %.2f (Taylor), %.2f (softmax); "
            + "memory is beyond queries, keys, values and output", taylor, softmax)
      ])
  }
}

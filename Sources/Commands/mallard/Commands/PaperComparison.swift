import Accelerator
import CommandLineKit
import Foundation

/// Our figures beside those of the papers.
enum PaperComparison {
  struct Row: Encodable {
    var figure: String
    var unit: String
    var paper: Double
    var ours: Double
    /// P primary source, S reprinted by a later paper, D derived by arithmetic.
    var mark: String
    var source: String
    var deviation: Double { ours / paper - 1 }
  }

  static let legend = """
    P: the paper itself. S: reprinted by a later paper. D: derived by arithmetic from the paper's \
    dimensions.
    2057.6 GOP/s, 1.46 W and 1.25 TOPS/W contradict one another (2057.6/1.46 is 1.41 TOPS/W), so \
    not all can be met exactly.
    Power and efficiency are the chip's, DRAM apart. Parameters marked `fitted` in \
    Policies/accelerators were chosen to meet the figures of DeiT-Small; all others follow.
    """

  static func rows(read: (String) throws -> Machine, sanger: SangerMachine) throws -> [Row] {
    let vitality = try read("vitality")
    var rows = try main(vitality, sanger)
    rows += try counts()
    rows += try shares()
    rows += try latencies(vitality, try read("overlapped"))
    return rows
  }

  private static func network(_ name: String) throws -> Workload {
    guard let found = Workload.named(name) else { throw UnknownNetwork(name: name) }
    return found
  }

  struct UnknownNetwork: Error, CustomStringConvertible {
    var name: String
    var description: String { "there is no network named \(name)" }
  }

  private static func main(_ vitality: Machine, _ sanger: SangerMachine) throws -> [Row] {
    let small = try network("deit-small")
    let ours = try Estimate(small, on: vitality)
    let theirs = try sanger.estimate(small)
    let table = "table of accelerators, reprinted"
    return [
      Row(
        figure: "DeiT-Small throughput", unit: "GOP/s", paper: 2057.6, ours: ours.gigaoperations,
        mark: "S", source: table),
      Row(figure: "power", unit: "W", paper: 1.46, ours: ours.watts, mark: "S", source: table),
      Row(
        figure: "efficiency", unit: "TOPS/W", paper: 1.25, ours: ours.teraoperationsPerWatt,
        mark: "S", source: table),
      Row(
        figure: "area", unit: "mm²", paper: 5.223, ours: ours.squareMillimetres, mark: "S",
        source: table),
      Row(
        figure: "area efficiency", unit: "GOPS/mm²", paper: 393.95,
        ours: ours.gigaoperations / ours.squareMillimetres, mark: "S", source: table),
      Row(
        figure: "Sanger throughput", unit: "GOP/s", paper: 615.5, ours: theirs.gigaoperations,
        mark: "S", source: table),
      Row(
        figure: "Sanger efficiency", unit: "TOPS/W", paper: 0.365,
        ours: theirs.teraoperationsPerWatt, mark: "S", source: table),
      Row(
        figure: "throughput over Sanger", unit: "x", paper: 3.34,
        ours: ours.gigaoperations / theirs.gigaoperations, mark: "S", source: table),
      Row(
        figure: "efficiency over Sanger", unit: "x", paper: 3.42,
        ours: ours.teraoperationsPerWatt / theirs.teraoperationsPerWatt, mark: "S", source: table),
      Row(
        figure: "speed-up over Sanger, end to end", unit: "x", paper: 3,
        ours: theirs.seconds / ours.seconds, mark: "P", source: "abstract"),
      Row(
        figure: "energy over Sanger, end to end", unit: "x", paper: 3,
        ours: theirs.joules / ours.joules, mark: "P", source: "abstract"),
    ]
  }

  private static func counts() throws -> [Row] {
    let figures: [(String, softmax: Double, taylor: Double)] = [
      ("deit-tiny", 178.8, 58.1), ("deit-small", 357.7, 116.2), ("deit-base", 715.3, 232.4),
      ("mobilevit-xxs", 78.2, 8.4), ("mobilevit-xs", 117.3, 18.8), ("levit-128s", 24.4, 6.1),
      ("levit-128", 40.9, 8.7),
    ]
    return try figures.flatMap { name, softmax, taylor in
      let attentions = try network(name).attentions
      return [
        Row(
          figure: "\(name) attention, softmax", unit: "M multiplications", paper: softmax,
          ours: Double(attentions.reduce(0) { $0 + $1.softmaxMultiplications }) / 1e6, mark: "D",
          source: "2n²d"),
        Row(
          figure: "\(name) attention, Taylor", unit: "M multiplications", paper: taylor,
          ours: Double(
            attentions.reduce(0) { sum, layer in
              sum + layer.heads * (layer.queries + layer.keys) * layer.dimension
                * layer.valueDimension
            }) / 1e6, mark: "D", source: "2nd²; Q·k̂ and biases apart"),
      ]
    }
  }

  /// Linear layers of the DeiT models, and how little of the whole attention is.
  private static func shares() throws -> [Row] {
    let figures: [(String, layers: [(String, Double)], share: Double, gain: Double)] = [
      ("deit-tiny", [("QKV", 261), ("projection", 87), ("perceptron", 697)], 14.3, 1.11),
      ("deit-small", [("QKV", 1046), ("projection", 349), ("perceptron", 2789)], 7.8, 1.06),
      ("deit-base", [("QKV", 4183), ("projection", 1394), ("perceptron", 11155)], 4.1, 1.03),
    ]
    return try figures.flatMap { name, layers, share, gain in
      let workload = try network(name)
      var counts: [String: Int] = [:]
      for layer in workload.layers {
        guard case .linear(let label, let rows, let inputs, let outputs) = layer.kind else {
          continue
        }
        let key = ["expansion", "contraction"].contains(label) ? "perceptron" : label
        counts[key, default: 0] += rows * inputs * outputs
      }
      let linear = Double(counts.filter { $0.key != "patches" }.values.reduce(0, +))
      let softmax = Double(workload.attentions.reduce(0) { $0 + $1.softmaxMultiplications })
      let taylor = Double(workload.attentions.reduce(0) { $0 + $1.taylorMultiplications })
      return layers.map { label, millions in
        Row(
          figure: "\(name) \(label)", unit: "M multiplications", paper: millions,
          ours: Double(counts[label] ?? 0) / 1e6, mark: "D", source: "dimensions")
      } + [
        Row(
          figure: "\(name) attention's share", unit: "%", paper: share,
          ours: 100 * softmax / (softmax + linear), mark: "D", source: "patches apart"),
        Row(
          figure: "\(name) most that Taylor gains on one array", unit: "x", paper: gain,
          ours: (softmax + linear) / (taylor + linear), mark: "D", source: "patches apart"),
      ]
    }
  }

  private static func latencies(_ published: Machine, _ overlapped: Machine) throws -> [Row] {
    let figures: [(String, Double, Double)] = [
      ("deit-tiny", 1.104, 0.573), ("deit-small", 4.214, 2.156), ("deit-base", 16.454, 8.385),
    ]
    return try figures.flatMap { name, without, with in
      let workload = try network(name)
      return [
        Row(
          figure: "\(name) latency, no overlap", unit: "ms", paper: without,
          ours: try Estimate(workload, on: published).seconds * 1e3, mark: "D",
          source: "folds alone, no patch embedding"),
        Row(
          figure: "\(name) latency, overlapped weights", unit: "ms", paper: with,
          ours: try Estimate(workload, on: overlapped).seconds * 1e3, mark: "D",
          source: "folds alone, no patch embedding"),
      ]
    }
  }

  static func table(_ rows: [Row]) -> TextBlock {
    let lines = rows.map { row in
      [
        row.figure, String(format: "%.4g", row.paper), String(format: "%.4g", row.ours), row.unit,
        String(format: "%+.1f %%", 100 * row.deviation), row.mark, row.source,
      ]
    }
    return PlainText.table(
      [["figure", "paper", "ours", "unit", "deviation", "mark", "source"]] + lines)
      + TextBlock(own: legend)
  }
}

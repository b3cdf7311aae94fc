import Accelerator
import CommandLineKit
import Foundation

/// Our figures beside those of the papers, in four parts by what each comparison is worth.
enum PaperComparison {
  /// What a row can prove.
  enum Part: String, CaseIterable, Encodable {
    /// A figure that the paper prints, for which no parameter was chosen.
    case paper = "1. The paper's own figures"
    /// A figure that a later paper reprints, and that parameters were chosen to meet.
    case fitted = "2. Reprinted figures that parameters were chosen to meet: they prove nothing"
    /// What the model says where nothing was published.
    case prediction = "3. Predictions that no published figure can judge"
    /// Our arithmetic beside our model: a check of the model, not of the paper.
    case arithmetic = "4. Our own arithmetic from the networks' dimensions beside the model"
  }

  struct Row: Encodable {
    var part: Part
    var figure: String
    var unit: String
    /// The published or derived figure; none for predictions.
    var reference: Double?
    var ours: Double
    /// The page, the parameters that were chosen for it, or the formula.
    var source: String
    var deviation: Double? { reference.map { ours / $0 - 1 } }
  }

  static let legend = """
    2057.6 GOP/s, 1.46 W and 1.25 TOPS/W contradict one another (2057.6/1.46 is 1.41 TOPS/W), so \
    not all can be met exactly. Every parameter that was chosen to meet a figure is marked \
    `fitted` in Policies/accelerators, every other one without a published source `assumed`.
    Power and efficiency are the chip's. Whether the papers' energies hold DRAM is not known, so \
    ratios are given without and with it, the latter for weights alone: the baseline is a model \
    of ours too, whose cycles are formulas with a fitted efficiency and whose activations are \
    never moved to DRAM, as ours are where they do not fit.
    """

  static func rows(read: (String) throws -> Machine, sanger: SangerMachine) throws -> [Row] {
    let vitality = try read("vitality")
    let overlapped = try read("overlapped")
    var rows = try main(vitality, sanger)
    rows += try predictions([vitality, overlapped])
    rows += try counts()
    rows += try shares()
    rows += try latencies(vitality, overlapped)
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
    func paper(_ figure: String, _ reference: Double, _ value: Double) -> Row {
      Row(
        part: .paper, figure: figure, unit: "x", reference: reference, ours: value,
        source: "abstract: 3x and 3x, end to end")
    }
    func fitted(
      _ figure: String, _ unit: String, _ reference: Double, _ value: Double, _ by: String
    )
      -> Row
    {
      Row(
        part: .fitted, figure: figure, unit: unit, reference: reference, ours: value, source: by)
    }
    return [
      paper("speed-up over Sanger", 3, theirs.seconds / ours.seconds),
      paper("energy over Sanger, chips alone", 3, theirs.joules / ours.joules),
      paper(
        "energy over Sanger, with DRAM for weights", 3,
        (theirs.joules + theirs.dramWeightPicojoules * 1e-12)
          / (ours.joules + ours.dramWeightPicojoules * 1e-12)),
      fitted(
        "DeiT-Small throughput", "GOP/s", 2057.6, ours.gigaoperations,
        "rows, columns, doubleBuffersWeights, memory.sums"),
      fitted("power", "W", 1.46, ours.watts, "energy.multiply, energy.idle"),
      fitted(
        "efficiency", "TOPS/W", 1.25, ours.teraoperationsPerWatt, "energy.multiply, energy.idle"),
      fitted("area", "mm²", 5.223, ours.squareMillimetres, "area.element, area.overhead"),
      fitted(
        "area efficiency", "GOPS/mm²", 393.95, ours.gigaoperations / ours.squareMillimetres,
        "as throughput and area"),
      fitted(
        "Sanger throughput", "GOP/s", 615.5, theirs.gigaoperations,
        "rows, columns, denseEfficiency"),
      fitted(
        "Sanger efficiency", "TOPS/W", 0.365, theirs.teraoperationsPerWatt,
        "Sanger's multiply and idle"),
      fitted(
        "throughput over Sanger", "x", 3.34, ours.gigaoperations / theirs.gigaoperations,
        "both throughputs"),
      fitted(
        "efficiency over Sanger", "x", 3.42,
        ours.teraoperationsPerWatt / theirs.teraoperationsPerWatt, "both efficiencies"),
    ]
  }

  private static func predictions(_ machines: [Machine]) throws -> [Row] {
    try machines.flatMap { machine in
      try Workload.all.flatMap { workload in
        let estimate = try Estimate(workload, on: machine)
        let label = "\(workload.name) on \(machine.name)"
        return [
          Row(
            part: .prediction, figure: label, unit: "GOP/s", reference: nil,
            ours: estimate.gigaoperations, source: "executed"),
          Row(
            part: .prediction, figure: label, unit: "TOPS/W", reference: nil,
            ours: estimate.teraoperationsPerWatt, source: "executed, chip alone"),
          Row(
            part: .prediction, figure: label, unit: "mJ", reference: nil,
            ours: estimate.joulesWithDRAM * 1e3, source: "executed, with DRAM"),
        ]
      }
    }
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
          part: .arithmetic, figure: "\(name) attention, softmax", unit: "M multiplications",
          reference: softmax,
          ours: Double(attentions.reduce(0) { $0 + $1.softmaxMultiplications }) / 1e6,
          source: "2n²d"),
        Row(
          part: .arithmetic, figure: "\(name) attention, Taylor", unit: "M multiplications",
          reference: taylor,
          ours: Double(
            attentions.reduce(0) { sum, layer in
              sum + layer.heads * (layer.queries + layer.keys) * layer.dimension
                * layer.valueDimension
            }) / 1e6, source: "2nd²; Q·k̂ and biases apart"),
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
          part: .arithmetic, figure: "\(name) \(label)", unit: "M multiplications",
          reference: millions,
          ours: Double(counts[label] ?? 0) / 1e6, source: "dimensions")
      } + [
        Row(
          part: .arithmetic, figure: "\(name) attention's share", unit: "%", reference: share,
          ours: 100 * softmax / (softmax + linear), source: "patches apart"),
        Row(
          part: .arithmetic, figure: "\(name) most that Taylor gains on one array", unit: "x",
          reference: gain,
          ours: (softmax + linear) / (taylor + linear), source: "patches apart"),
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
          part: .arithmetic, figure: "\(name) latency, no overlap", unit: "ms", reference: without,
          ours: try Estimate(workload, on: published).seconds * 1e3,
          source: "folds alone, no patch embedding"),
        Row(
          part: .arithmetic, figure: "\(name) latency, overlapped weights", unit: "ms",
          reference: with,
          ours: try Estimate(workload, on: overlapped).seconds * 1e3,
          source: "folds alone, no patch embedding"),
      ]
    }
  }

  static func table(_ rows: [Row]) -> TextBlock {
    let parts = Part.allCases.map { part in
      let lines = rows.filter { $0.part == part }.map { row in
        [
          "  \(row.figure)", row.reference.map { String(format: "%.4g", $0) } ?? "-",
          String(format: "%.4g", row.ours), row.unit,
          row.deviation.map { String(format: "%+.1f %%", 100 * $0) } ?? "-", row.source,
        ]
      }
      let heading: String
      switch part {
      case .paper: heading = "paper"
      case .fitted: heading = "reprinted"
      case .prediction: heading = ""
      case .arithmetic: heading = "arithmetic"
      }
      return TextBlock(own: part.rawValue)
        + PlainText.table(
          [["  figure", heading, "model", "unit", "deviation", "source"]] + lines)
    }
    return parts.dropFirst().reduce(parts[0], +) + TextBlock(own: legend)
  }
}

import Accelerator
import ArgumentParser
import CommandLineKit
import Foundation
import Numbers

struct AcceleratorSweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Explore array sizes, buffers and precisions; write a table and a plot.")

  @OptionGroup var options: AcceleratorOptions

  @Option(help: "The folder for sweep.csv and sweep.svg; it is made.", transform: OutputPath.init)
  var output = OutputPath(default: "sweep")

  @Option(help: "A side of the array to try, 4 to 512; may be given several times.")
  var side: [Int] = [32, 48, 64, 96, 128]

  func validate() throws {
    for side in side where !(4...512).contains(side) {
      throw ValidationError("--side is \(side), but must be 4 to 512")
    }
  }

  func run() throws {
    let workload = try options.workload
    let machine = try AcceleratorOptions.machine(options.machine)
    let inputs = [AcceleratorOptions.path(options.machine)]
    let (table, plot) = (output.file("sweep.csv"), output.file("sweep.svg"))
    _ = try output.folder(besides: inputs)
    for file in [table, plot] { _ = try file.checked(besides: inputs) }
    var points: [SweepPoint] = []
    let all = SweepPoint.variants(of: machine, sides: side)
    for (index, variant) in all.enumerated() {
      points.append(SweepPoint(variant, try Estimate(workload, on: variant)))
      Terminal.progress("\(index + 1) of \(all.count) machines")
    }
    try table.write(Data(SweepPoint.csv(points).utf8), besides: inputs)
    try plot.write(
      Data(SweepPoint.plot(points, title: workload.name).utf8), besides: inputs)
    Terminal.say("\(points.count) machines: \(table), \(plot)")
    let best = points.sorted { $0.gigaoperationsPerArea > $1.gigaoperationsPerArea }.prefix(5)
    Terminal.result(
      PlainText.table(
        [["array", "bit", "SRAM KiB", "weights", "GOP/s", "W", "TOPS/W", "mm²", "GOPS/mm²"]]
          + best.map(\.cells)))
  }
}

/// One machine of a sweep, and what it came to.
struct SweepPoint {
  var side: Int
  var bits: Int
  var kibibytes: Int
  var overlaps: Bool
  var estimate: Estimate

  var gigaoperationsPerArea: Double {
    estimate.gigaoperations / estimate.squareMillimetres
  }

  init(_ machine: Machine, _ estimate: Estimate) {
    side = Int(saturating: machine.rows.value)
    bits = Int(saturating: machine.bits.value)
    kibibytes = Int(saturating: machine.memory.activations.value)
    overlaps = machine.doubleBuffersWeights
    self.estimate = estimate
  }

  /// Array sides, activation buffers, both precisions, with and without overlapped weights. Lanes,
  /// ports and the sum memory grow with the array's side, so that what is compared is balanced.
  static func variants(of machine: Machine, sides: [Int]) -> [Machine] {
    var all: [Machine] = []
    for side in sides {
      for bits in [8, 16] {
        for kibibytes in [64, 256, 1024] {
          for overlaps in [false, true] {
            var variant = machine
            variant.resize(to: Double(side))
            variant.narrow(to: Double(bits))
            let fold = Double(side * side * bits) / 8192
            variant.memory.weights.value = max(variant.memory.weights.value, 2 * fold)
            variant.memory.activations = Parameter(Double(kibibytes), source: "sweep")
            variant.doubleBuffersWeights = overlaps
            all.append(variant)
          }
        }
      }
    }
    return all
  }

  var cells: [String] {
    [
      "\(side) x \(side)", "\(bits)", "\(kibibytes)", overlaps ? "overlapped" : "waited for",
      String(format: "%.1f", estimate.gigaoperations), String(format: "%.3f", estimate.watts),
      String(format: "%.3f", estimate.teraoperationsPerWatt),
      String(format: "%.3f", estimate.squareMillimetres),
      String(format: "%.1f", gigaoperationsPerArea),
    ]
  }

  static func csv(_ points: [SweepPoint]) -> String {
    let header =
      "side,bits,activation_kib,overlapped_weights,cycles,ms,gops,watts,tops_per_watt,mm2,dram_mj\n"
    return header
      + points.map { point in
        let e = point.estimate
        return String(
          format: "%d,%d,%d,%d,%d,%.6f,%.3f,%.4f,%.4f,%.4f,%.4f", point.side, point.bits,
          point.kibibytes, point.overlaps ? 1 : 0, e.cycles, e.seconds * 1e3, e.gigaoperations,
          e.watts, e.teraoperationsPerWatt, e.squareMillimetres, e.dramPicojoules * 1e-9)
      }.joined(separator: "\n") + "\n"
  }

  static func plot(_ points: [SweepPoint], title: String) -> String {
    var series: [ScatterPlot.Series] = []
    for bits in [8, 16] {
      for overlaps in [false, true] {
        let chosen = points.filter { $0.bits == bits && $0.overlaps == overlaps }
        series.append(
          .init(
            name: "\(bits) bit, weights \(overlaps ? "overlapped" : "waited for")",
            points: chosen.map { ($0.estimate.squareMillimetres, $0.estimate.gigaoperations) }))
      }
    }
    return ScatterPlot(
      title: "\(title): throughput and area", x: "area, mm²", y: "throughput, GOP/s",
      series: series
    ).svg
  }
}

extension Machine {
  /// A square array of another size, with lanes, ports and sum memory in proportion.
  fileprivate mutating func resize(to side: Double) {
    let share = side / columns.value
    for path in [\Machine.rows, \.columns] {
      self[keyPath: path] = Parameter(side, source: "sweep")
    }
    for path in [
      \Machine.diagonal, \.accumulatorLanes, \.adderLanes, \.dividerLanes, \.rescalerLanes,
      \.tableLanes, \.normaliserLanes, \.memory.sums, \.memory.sramWords, \.memory.weightWords,
      \.memory.sumWords, \.memory.networkWords,
    ] {
      self[keyPath: path] = Parameter(
        max((self[keyPath: path].value * share).rounded(), self[keyPath: path].value > 0 ? 1 : 0),
        source: "sweep")
    }
  }

  /// Another width. A multiplier takes area and energy with the square of it, registers and memory
  /// in proportion; sums are twice as wide as an operand and ten bits more.
  fileprivate mutating func narrow(to bits: Double) {
    let share = bits / self.bits.value
    self.bits = Parameter(bits, source: "sweep")
    sumBits = Parameter(2 * bits + 10, source: "sweep")
    energy.multiply.value *= share * share
    // Given as multiples of the multiplication, which fell with the square.
    energy.register.value /= share
    energy.network.value /= share
    energy.sram.value /= share
    for path in [
      \Machine.energy.rescale, \.energy.normalise, \.energy.table, \.energy.divide, \.area.rescaler,
      \.area.normaliser, \.area.table, \.area.divider,
    ] {
      self[keyPath: path].value *= (share + share * share) / 2
    }
    for path in [\Machine.energy.partialSum, \.area.weightRegister, \.area.port] {
      self[keyPath: path].value *= share
    }
    area.element.value *= (share + share * share) / 2
  }
}

import Accelerator
import ArgumentParser
import CommandLineKit
import Foundation
import Numbers

struct AcceleratorReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Cycles, energy and area of one network, beside two baselines.")

  @OptionGroup var options: AcceleratorOptions

  @Flag(help: "Print our figures beside those of the papers, by what each comparison is worth.")
  var comparePaper = false

  @Flag(help: "Print how far each ratio moves with each parameter that no paper gives.")
  var sensitivity = false

  @Option(help: "Images that the machine takes at once, 1 to 64.")
  var batch = 1

  @Option(
    help: "Write the schedule as it ran, for Perfetto (ui.perfetto.dev).",
    transform: OutputPath.init)
  var trace: OutputPath?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...64).contains(batch) else {
      throw ValidationError("--batch is \(batch), but must be 1 to 64")
    }
  }

  func run() throws {
    let workload = try options.workload
    let machine = try AcceleratorOptions.machine(options.machine)
    let execution = try ProgramRun.quickest(workload, on: machine, batch: batch)
    let ours = Estimate(execution)
    if let trace {
      try trace.write(
        Data(Trace.perfetto(execution).utf8), besides: [AcceleratorOptions.path(options.machine)])
      Terminal.say("wrote \(trace): open it at ui.perfetto.dev; one µs there is one cycle")
    }
    if sensitivity {
      let rows = try Sensitivity.rows(
        workload, machine, try AcceleratorOptions.sanger,
        progress: { Terminal.progress("\($0) of \($1) parameters") })
      if json {
        try Terminal.result(json: rows)
      } else {
        Terminal.result(Sensitivity.table(rows))
      }
      return
    }
    if comparePaper {
      let rows = try PaperComparison.rows(
        read: { try AcceleratorOptions.machine($0) }, sanger: try AcceleratorOptions.sanger)
      if json {
        try Terminal.result(json: rows)
      } else {
        Terminal.result(PaperComparison.table(rows))
      }
      return
    }
    let steps = try Comparison(
      workload, machine: machine,
      plain: try AcceleratorOptions.machine("systolic-softmax"),
      sanger: try AcceleratorOptions.sanger)
    if json {
      try Terminal.result(json: Report(ours: ours, comparison: steps.rows))
    } else {
      print(execution, ours, machine, steps)
    }
  }

  struct Report: Encodable {
    var ours: Estimate
    var comparison: [Comparison.Row]
  }

  private func print(
    _ execution: ProgramRun, _ ours: Estimate, _ machine: Machine, _ steps: Comparison
  ) {
    Terminal.result(
      "\(ours.workload) on \(ours.machine), \(ours.algorithm) attention, "
        + "\(Int(saturating: machine.bits.value)) bit, "
        + "\(batch == 1 ? "one image" : "\(batch) images at once")\n")
    Terminal.result(PlainText.table(summary(ours)))
    Terminal.result("\nenergy of the chip")
    let joules = ours.joules
    Terminal.result(
      PlainText.table(
        ours.energy.map {
          [
            "  \($0.name)", String(format: "%.4f mJ", $0.picojoules * 1e-9),
            String(format: "%.1f %%", $0.picojoules * 1e-10 / joules),
          ]
        }))
    Terminal.result("\narea")
    Terminal.result(
      PlainText.table(
        machine.areas.map { ["  \($0.part)", String(format: "%.3f mm²", $0.squareMillimetres)] }))
    Terminal.result("\nresources, share of all cycles that each was held")
    Terminal.result(
      PlainText.table(
        Resource.allCases.compactMap { resource in
          guard let held = execution.busy[resource], held > 0 else { return nil }
          return [
            "  \(resource.name)",
            String(format: "%.1f %%", 100 * held / Double(max(execution.cycles, 1))),
          ]
        }))
    Terminal.result("\nsteps, over all blocks")
    Terminal.result(PlainText.table(stepTable(ours)))
    Terminal.result("\nbaselines")
    Terminal.result(PlainText.table(steps.table))
  }

  private func summary(_ ours: Estimate) -> [[String]] {
    [
      ["cycles", "\(ours.cycles)"],
      ["cycles an image", "\(ours.cycles / ours.batch)"],
      ["latency", String(format: "%.3f ms at %.0f MHz", ours.seconds * 1e3, ours.megahertz)],
      [
        "throughput",
        String(
          format: "%.1f GOP/s, %.1f %% of the peak", ours.gigaoperations, 100 * ours.utilisation),
      ],
      [
        "energy",
        String(
          format: "%.3f mJ on the chip, %.3f mJ in DRAM (%.3f for weights)",
          ours.joules * 1e3, ours.dramPicojoules * 1e-9, ours.dramWeightPicojoules * 1e-9),
      ],
      ["power", String(format: "%.3f W (chip)", ours.watts)],
      ["efficiency", String(format: "%.3f TOPS/W", ours.teraoperationsPerWatt)],
      [
        "area",
        String(
          format: "%.3f mm², %.1f GOPS/mm²", ours.squareMillimetres,
          ours.gigaoperations / ours.squareMillimetres),
      ],
    ]
  }

  /// The rows of one kind of step over all blocks; those of the array add up to its busy time.
  private func stepTable(_ ours: Estimate) -> [[String]] {
    var order: [String] = []
    var sums: [String: Estimate.Row] = [:]
    for row in ours.rows {
      let key = row.step + row.unit
      if var sum = sums[key] {
        sum.operations += row.operations
        sum.cycles += row.cycles
        sum.stalls += row.stalls
        sum.multiplications += row.multiplications
        sum.picojoules += row.picojoules
        sums[key] = sum
      } else {
        order.append(key)
        sums[key] = row
      }
    }
    return [["  step", "unit", "times", "cycles", "waiting", "M multiplications", "mJ"]]
      + order.compactMap { sums[$0] }.map { row in
        [
          "  \(row.step)", row.unit, "\(row.operations)", "\(row.cycles)", "\(row.stalls)",
          String(format: "%.1f", row.multiplications / 1e6),
          String(format: "%.4f", row.picojoules * 1e-9),
        ]
      }
  }
}

/// Our machine beside others on one network, one change at a time.
struct Comparison {
  struct Row: Encodable {
    var name: String
    var estimate: Estimate
    /// How much faster ours is.
    var speedup: Double
    /// How much less energy ours takes, on the chip.
    var energyRatio: Double
    /// The same with DRAM for weights; the baseline's activations are never charged to DRAM.
    var energyRatioWithDRAM: Double
  }

  var rows: [Row]

  init(_ workload: Workload, machine: Machine, plain: Machine, sanger: SangerMachine) throws {
    let ours = try Estimate(workload, on: machine)
    var serial = machine
    serial.pipelinesWithinLayer = false
    var collapsed = machine
    collapsed.denominator = .collapsed
    let all: [(String, Estimate)] = [
      ("this machine", ours),
      ("denominator collapsed to n√d", try Estimate(workload, on: collapsed)),
      ("without pipeline within layers", try Estimate(workload, on: serial)),
      (
        "plain array of that size, softmax (algorithm)",
        try Estimate(workload, on: plain, algorithm: .softmax)
      ),
      ("Sanger-like, sparse softmax (algorithm and array)", try sanger.estimate(workload)),
    ]
    rows = all.map { name, estimate in
      Row(
        name: name, estimate: estimate, speedup: estimate.seconds / ours.seconds,
        energyRatio: estimate.joules / ours.joules,
        energyRatioWithDRAM: (estimate.joules + estimate.dramWeightPicojoules * 1e-12)
          / (ours.joules + ours.dramWeightPicojoules * 1e-12))
    }
  }

  var table: [[String]] {
    [
      [
        "  machine", "ms", "GOP/s", "mJ", "TOPS/W", "mm²", "ours is faster", "by energy",
        "with DRAM",
      ]
    ]
      + rows.map { row in
        let estimate = row.estimate
        return [
          "  \(row.name)", String(format: "%.3f", estimate.seconds * 1e3),
          String(format: "%.1f", estimate.gigaoperations),
          String(format: "%.3f", estimate.joules * 1e3),
          String(format: "%.3f", estimate.teraoperationsPerWatt),
          String(format: "%.3f", estimate.squareMillimetres),
          String(format: "%.2fx", row.speedup), String(format: "%.2fx", row.energyRatio),
          String(format: "%.2fx", row.energyRatioWithDRAM),
        ]
      }
  }
}

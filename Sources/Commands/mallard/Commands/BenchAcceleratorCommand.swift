import Accelerator
import ArgumentParser
import CommandLineKit
import Encoders
import Foundation
import TensorKernels

struct BenchAcceleratorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accelerator",
    abstract: "How long the accelerator's model takes to compile and simulate a network.")

  @Option(help: "Repetitions; the median counts.")
  var repetitions = 15

  @Flag(help: "Print JSON.")
  var json = false

  struct Row: Encodable {
    var network: String
    var operations: Int
    var cycles: Int
    var compileMilliseconds: Double
    var simulateMilliseconds: Double
  }

  func run() throws {
    let machine = try AcceleratorOptions.machine("vitality")
    let rows = try Workload.all.map { workload in
      var compile: [Double] = []
      var simulate: [Double] = []
      var schedule = try Compiler.compile(workload, for: machine)
      var simulation = Simulation(schedule)
      for _ in 0..<max(1, repetitions) {
        let start = ProcessUse.nanoseconds
        schedule = try Compiler.compile(workload, for: machine)
        let middle = ProcessUse.nanoseconds
        simulation = Simulation(schedule)
        simulate.append(Double(ProcessUse.nanoseconds - middle) / 1e6)
        compile.append(Double(middle - start) / 1e6)
      }
      return Row(
        network: workload.name, operations: schedule.operations.count,
        cycles: simulation.cycles, compileMilliseconds: compile.median,
        simulateMilliseconds: simulate.median)
    }
    if json { return try Terminal.result(json: rows) }
    Terminal.result(
      PlainText.table(
        [["network", "operations", "modelled cycles", "compile ms", "simulate ms"]]
          + rows.map {
            [
              $0.network, "\($0.operations)", "\($0.cycles)",
              String(format: "%.2f", $0.compileMilliseconds),
              String(format: "%.2f", $0.simulateMilliseconds),
            ]
          }))
  }
}

extension [Double] {
  /// The middle value.
  var median: Double {
    guard !isEmpty else { return .nan }
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}

import Accelerator
import ArgumentParser
import CommandLineKit
import Encoders
import Foundation
import TensorKernels

struct BenchAcceleratorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accelerator",
    abstract: "How long the accelerator's model takes to compile and execute a network.")

  @Option(help: "Repetitions; the median counts.")
  var repetitions = 15

  @Flag(help: "Print JSON.")
  var json = false

  struct Row: Encodable {
    var network: String
    var instructions: Int
    var cycles: Int
    var compileMilliseconds: Double
    var executeMilliseconds: Double
  }

  func run() throws {
    let machine = try AcceleratorOptions.machine("vitality")
    let rows = try Workload.all.map { workload in
      var compile: [Double] = []
      var execute: [Double] = []
      var program = try ProgramCompiler.compile(workload, for: machine)
      var execution = ProgramRun(program)
      for _ in 0..<max(1, repetitions) {
        let start = ProcessUse.nanoseconds
        program = try ProgramCompiler.compile(workload, for: machine)
        let middle = ProcessUse.nanoseconds
        execution = ProgramRun(program)
        execute.append(Double(ProcessUse.nanoseconds - middle) / 1e6)
        compile.append(Double(middle - start) / 1e6)
      }
      return Row(
        network: workload.name, instructions: program.instructions.count,
        cycles: execution.cycles, compileMilliseconds: compile.median,
        executeMilliseconds: execute.median)
    }
    if json { return try Terminal.result(json: rows) }
    Terminal.result(
      PlainText.table(
        [["network", "instructions", "modelled cycles", "compile ms", "execute ms"]]
          + rows.map {
            [
              $0.network, "\($0.instructions)", "\($0.cycles)",
              String(format: "%.2f", $0.compileMilliseconds),
              String(format: "%.2f", $0.executeMilliseconds),
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

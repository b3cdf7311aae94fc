import Accelerator
import ArgumentParser
import CommandLineKit
import Foundation
import MachineFiles

struct AcceleratorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accelerator",
    abstract: "What the modelled ViTALiTy accelerator needs for a network: cycles, energy, area.",
    discussion: """
      The model compiles a network into a program for the machine that a file describes, executes \
      it, and counts what each part does. Cycles come from the run in which the integers of an \
      encoder move through the machine; they do not depend on the images:

        mallard accelerator report --model deit-small
        mallard accelerator report --model deit-small --compare-paper
        mallard accelerator report --model robot-small --trace frame.json
        mallard accelerator sweep --model deit-small --output sweep
        mallard accelerator networks

      Machines are the files of Policies/accelerators, each parameter with its source.
      """,
    subcommands: [
      AcceleratorReportCommand.self, AcceleratorSweepCommand.self,
      AcceleratorNetworksCommand.self,
    ],
    defaultSubcommand: AcceleratorReportCommand.self)
}

/// What all its subcommands take.
struct AcceleratorOptions: ParsableArguments {
  @Option(help: "The network; `mallard accelerator networks` lists them.")
  var model = "deit-small"

  @Option(help: "The machine: a file, or a name in Policies/accelerators.")
  var machine = "vitality"

  var workload: Workload {
    get throws {
      guard let found = Workload.named(model) else {
        let known = Workload.all.map(\.name).joined(separator: ", ")
        throw ValidationError("there is no network named \(model); there are \(known)")
      }
      return found
    }
  }

  static func machine(_ name: String) throws -> Machine { try MachineFile.read(path(name)) }

  static var sanger: SangerMachine {
    get throws { try MachineFile.readSanger(path("sanger")) }
  }

  static func path(_ name: String) -> String {
    name.contains("/") || name.hasSuffix(".yaml")
      ? name : "\(Places.accelerators)/\(name).yaml"
  }
}

struct AcceleratorNetworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks", abstract: "The networks, and how many multiplications each takes.")

  func run() throws {
    func millions(_ count: Int) -> String { String(format: "%.1f", Double(count) / 1e6) }
    let rows = Workload.all.map { workload in
      let attentions = workload.attentions
      return [
        workload.name, millions(workload.linearMultiplications),
        millions(attentions.reduce(0) { $0 + $1.softmaxMultiplications }),
        millions(attentions.reduce(0) { $0 + $1.taylorMultiplications }),
        attentions.contains { $0.hasBias } ? "bias·V charged in full" : "",
      ]
    }
    Terminal.result(
      PlainText.table(
        [["network", "linear M", "softmax M", "Taylor M", ""]] + rows))
  }
}

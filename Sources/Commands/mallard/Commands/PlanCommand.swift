import ArgumentParser
import CommandLineKit
import Fleet
import Foundation
import PlanFiles
import RobotData
import SimulatedTasks

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Write a collection plan: which ways demonstrations are to go.",
    discussion: """
      A plan is a list of orders of subtasks. Each episode of a fleet that has one is told an order \
      as it begins, the one with the fewest demonstrations so far, and need not ask which way. What \
      an operator chooses at the console takes its place. This writes every order that a \
      simulated task allows; strike out what you do not want, or write one for your own robot:

        orders:
        - [red-left, green-right, blue-left]
        - [blue-right, red-right, green-left]

        mallard plan --task stack --output stack-plan.yaml
        mallard fleet --robots 4 --policy Policies/stack --method pato-named --plan stack-plan.yaml
      """)

  @Option(help: "The simulated task.")
  var task = "stack"

  @Option(help: "The file to write. [default: on this terminal]", transform: OutputPath.init)
  var output: OutputPath?

  func run() throws {
    guard let simulated = SimulatedTasks.named(try TaskName(task)) else {
      let known = SimulatedTasks.all.map(\.description.name.name).joined(separator: ", ")
      throw ValidationError("\(task) is no simulated task; there are \(known)")
    }
    let plan = CollectionPlan(orders: simulated.orders)
    let text = try PlanFile.text(
      of: plan,
      comment: [
        "Every order in which \(task) can be done: \(plan.orders.count). Each episode is told one,",
        "that with the fewest demonstrations so far.",
      ])
    guard let output else {
      return Terminal.result(TextBlock(own: text.trimmingCharacters(in: .newlines)))
    }
    guard !FileManager.default.fileExists(atPath: try output.checked()) else {
      throw ValidationError("\(output) is there already; name another file with --output")
    }
    try output.write(Data(text.utf8))
    Terminal.say("\(plan.orders.count) orders of \(task) in \(output)")
  }
}

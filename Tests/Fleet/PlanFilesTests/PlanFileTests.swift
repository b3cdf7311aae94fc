// Aim: a plan means what its file says, and each mistake in a file is named. Method: plans written and
// read again, and files damaged one place at a time.
import Fleet
import Foundation
import PlanFiles
import RobotData
import SimulatedTasks
import Testing

@Suite struct PlanFileTests {
  private func read(_ text: String) throws -> CollectionPlan {
    let path = NSTemporaryDirectory() + "mallard-plan-\(UInt64.random(in: 0 ... .max)).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try PlanFile.read(path)
  }

  @Test func `what is written is read again`() throws {
    for task in SimulatedTasks.all {
      let plan = CollectionPlan(orders: task.orders)
      let text = try PlanFile.text(of: plan, comment: ["for a test", "of two lines"])
      #expect(text.hasPrefix("# for a test\n# of two lines\norders:\n- ["), "\(text)")
      #expect(text.split(separator: "\n").count == plan.orders.count + 3, "an order is a line")
      #expect(try read(text) == plan)
    }
  }

  @Test func `a file written by hand is read`() throws {
    let plan = try read(
      """
      # Mondays
      orders:
        - [red-left, green-right]   # the usual
        - - blue-left
          - red-right
      """)
    #expect(plan.orders == [["red-left", "green-right"], ["blue-left", "red-right"]])
  }

  @Test(arguments: [
    ("orders: []", "it has no orders"), ("order: [[a]]", "did you mean \"orders\"?"),
    ("orders: [[a], []]", "order 2: it is empty"),
    ("orders: [[a, b, a]]", "order 1: a comes twice"),
    ("orders: [[a], [\"b c\"]]", "order 2: \"b c\" is no name of a subtask"),
    ("orders: [a, b]", "- [red-left, green-right]"), ("orders: [[a", "it is no YAML"),
    ("", "it is empty"),
  ])
  func `each mistake is named`(text: String, expected: String) throws {
    let error = #expect(throws: PlanFileError.self) { try read(text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func `a file that is not there is named`() {
    let error = #expect(throws: PlanFileError.self) { try PlanFile.read("/nowhere/plan.yaml") }
    #expect(error?.description.contains("/nowhere/plan.yaml") == true)
  }
}

import ArgumentParser
import Fleet
import PlanFiles
import RobotData
import SimulatedTasks

/// Which ways episodes are to go, as `coordinator`, `fleet` and `study` take it.
struct PlanOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which ways episodes go: a collection plan's file (see `mallard plan --help`), or \"all\" for "
        + "every way that a simulated task allows. Each episode is told the order with the fewest "
        + "demonstrations so far, so that robots need not ask. [default: none]",
      valueName: "file"))
  var plan: String?

  /// Reads the plan, and tells what does not fit the robots.
  ///
  /// - Parameter tasks: The robots' tasks; nil where they are not known yet.
  /// - Returns: The plan; nil for none.
  /// - Throws: `PlanFileError`, `PlanFailure`.
  func read(for tasks: [TaskName]?) throws -> CollectionPlan? {
    guard let argument = plan else { return nil }
    guard argument != "all" else {
      if let other = tasks?.first(where: { SimulatedTasks.named($0) == nil }) {
        throw PlanFailure.notSimulated(other)
      }
      return CollectionPlan(orders: SimulatedTasks.all.flatMap(\.orders))
    }
    let plan = try PlanFile.read(argument)
    for (index, order) in plan.orders.enumerated() {
      func fault(_ reason: String) -> PlanFileError {
        .order(path: argument, number: index + 1, reason: reason)
      }
      let task = SimulatedTasks.all.first { task in
        order.allSatisfy(task.description.subtasks.contains)
      }
      guard let task else {
        guard tasks == nil else { throw fault(Self.strange(order, to: tasks ?? [])) }
        continue
      }
      if let reason = Self.obstacle(to: order, in: task) { throw fault(reason) }
    }
    for task in (tasks ?? []).compactMap(SimulatedTasks.named)
    where plan.indices(for: task.description).isEmpty {
      throw PlanFailure.noOrder(path: argument, task: task.description.name)
    }
    return plan
  }

  private static func strange(_ order: [SubtaskName], to tasks: [TaskName]) -> String {
    let known = tasks.compactMap(SimulatedTasks.named).map { task in
      "\(task.description.name) has \(task.description.subtasks.map(\.name).joined(separator: ", "))"
    }
    return "no task has all of \(order.map(\.name).joined(separator: ", ")); "
      + known.joined(separator: "; ")
  }

  /// What keeps the order from being done, by the task's rules.
  private static func obstacle(to order: [SubtaskName], in task: any SimulatedTask) -> String? {
    for (index, subtask) in order.enumerated() {
      let done = Array(order[..<index])
      let open = task.available(after: done)
      guard !open.contains(subtask) else { continue }
      let before = done.isEmpty ? "at the beginning" : "after \(done.last?.name ?? "")"
      let allowed = open.isEmpty ? "nothing" : open.map(\.name).joined(separator: ", ")
      return "\(subtask) cannot be done \(before); what can: \(allowed)"
    }
    return nil
  }
}

/// Why a plan does not fit the fleet.
enum PlanFailure: Error, CustomStringConvertible {
  case notSimulated(TaskName)
  case noOrder(path: String, task: TaskName)

  var description: String {
    switch self {
    case .notSimulated(let task):
      "--plan all is for simulated tasks, whose rules are known; \(task) is none: name a file"
    case .noOrder(let path, let task): "\(path) has no order for the task \(task)"
    }
  }
}

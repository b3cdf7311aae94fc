public import RobotData

/// Which ways the demonstrations are to go: orders of subtasks, of which each episode is told one as it
/// begins. A robot that was told need not stop and ask at a branch point, and what is collected covers
/// what was planned.
public struct CollectionPlan: Hashable, Sendable {
  /// The orders. An order is for every task that has all of its subtasks.
  public var orders: [[SubtaskName]]

  /// A plan of these orders.
  public init(orders: [[SubtaskName]]) { self.orders = orders }

  /// Which of the orders are for `task`, as indices.
  public func indices(for task: TaskDescription) -> [Int] {
    orders.indices.filter { index in
      !orders[index].isEmpty && orders[index].allSatisfy(task.subtasks.contains)
    }
  }
}

extension FleetCommons {
  /// The order that a robot of `task` is told next, as an index: of those of its task the one with the
  /// fewest demonstrations so far, episodes in progress counted with them; the first of equals.
  func nextOrder(for task: TaskDescription) -> Int? {
    configuration.plan?.indices(for: task).min {
      (ledger.demonstrations(of: $0), $0) < (ledger.demonstrations(of: $1), $1)
    }
  }
}

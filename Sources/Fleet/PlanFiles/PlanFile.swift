public import Fleet
internal import PlainErrors
internal import RobotData
public import StrictFiles
internal import Yams

/// Collection plans as YAML files: a list of orders, each a list of subtasks.
public enum PlanFile {
  private struct Content: Codable {
    var orders: [[String]]
  }

  /// Reads a plan.
  ///
  /// - Parameter path: The file.
  /// - Returns: The plan; it has one order at least, and no order is empty or names a subtask twice.
  /// - Throws: `PlanFileError`.
  public static func read(_ path: String) throws(PlanFileError) -> CollectionPlan {
    let tree: FileTree
    let content: Content
    do throws(StrictFileError) {
      tree = try FileTree(path: path, format: .yaml)
      content = try tree.decode()
    } catch {
      throw .file(error)
    }
    guard !content.orders.isEmpty else { throw .file(tree.fault(at: "orders", "it has no orders")) }
    var orders: [[SubtaskName]] = []
    for (index, names) in content.orders.enumerated() {
      func fault(_ reason: String) -> PlanFileError {
        .file(tree.fault(at: "orders.\(index + 1)", "order \(index + 1): \(reason)"))
      }
      guard !names.isEmpty else { throw fault("it is empty") }
      var order: [SubtaskName] = []
      for name in names {
        guard let subtask = try? SubtaskName(name) else {
          throw fault("\"\(name)\" is no name of a subtask")
        }
        guard !order.contains(subtask) else { throw fault("\(name) comes twice") }
        order.append(subtask)
      }
      orders.append(order)
    }
    return CollectionPlan(orders: orders)
  }

  /// A plan as the text of its file.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - comment: What is said above it; a line each.
  /// - Returns: YAML, one order a line.
  /// - Throws: `PlanFileError` for what YAML cannot hold.
  public static func text(
    of plan: CollectionPlan, comment: [String] = []
  ) throws(PlanFileError) -> String {
    let orders = plan.orders.map { order in
      Node.sequence(.init(order.map { Node($0.name) }, Tag(.seq), .flow))
    }
    let file = Node.mapping(.init([(Node("orders"), .sequence(.init(orders, Tag(.seq), .block)))]))
    do {
      return comment.map { "# \($0)\n" }.joined() + (try Yams.serialize(node: file, width: -1))
    } catch {
      throw .unwritable(reason: PlainError.reason(error))
    }
  }
}

/// Why a file is no plan.
public enum PlanFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read, or is not of the form of a plan.
  case file(StrictFileError)
  /// YAML cannot hold the plan.
  case unwritable(reason: String)
  /// One of its orders makes no sense.
  case order(path: String, number: Int, reason: String)

  /// What is wrong where, and what to do.
  public var description: String {
    switch self {
    case .file(let fault):
      "\(fault) (a collection plan has \"orders:\", then lines such as \"- [red-left, green-right]\"; "
        + "`mallard plan` writes one to begin with)"
    case .unwritable(let reason): "the plan cannot be written as YAML: \(reason)"
    case .order(let path, let number, let reason):
      "\(path), order \(number): \(reason)"
    }
  }
}

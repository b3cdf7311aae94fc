public import Fleet
internal import Foundation
internal import PlainErrors
internal import RobotData
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
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw .unreadable(path: path, reason: PlainError.reason(error))
    }
    let content: Content
    do { content = try YAMLDecoder().decode(Content.self, from: text) } catch {
      throw .noPlan(path: path, reason: wording(error))
    }
    guard !content.orders.isEmpty else { throw .noPlan(path: path, reason: "it has no orders") }
    var orders: [[SubtaskName]] = []
    for (index, names) in content.orders.enumerated() {
      func fault(_ reason: String) -> PlanFileError {
        .order(path: path, number: index + 1, reason: reason)
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
      throw .noPlan(path: "a new plan", reason: PlainError.reason(error))
    }
  }

  private static func wording(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return PlainError.sentence(error) }
    switch error {
    case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      let place = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
      return
        "\(place.isEmpty ? "the file" : place.joined(separator: " ")) is not of the form "
        + "\"orders:\", then lines such as \"- [red-left, green-right]\""
    case .dataCorrupted(let context):
      return context.underlyingError.map { "\($0)" } ?? context.debugDescription
    @unknown default: return PlainError.sentence(error)
    }
  }
}

/// Why a file is no plan.
public enum PlanFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(path: String, reason: String)
  /// It is not of the form of a plan.
  case noPlan(path: String, reason: String)
  /// One of its orders makes no sense.
  case order(path: String, number: Int, reason: String)

  /// What is wrong where, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "the plan \(path) cannot be read: \(reason)"
    case .noPlan(let path, let reason):
      "\(path) is no collection plan: \(reason); `mallard plan` writes one to begin with"
    case .order(let path, let number, let reason):
      "\(path), order \(number): \(reason)"
    }
  }
}

/// What LibTorch refused.
public struct TorchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation.
  public var operation: String
  /// The shapes of the tensors that it was given.
  public var shapes: [[Int]]
  /// LibTorch's first line, or what this layer says of it.
  public var reason: String

  /// A refusal of these parts.
  ///
  /// - Parameters:
  ///   - operation: The operation.
  ///   - shapes: The shapes of the tensors that it was given.
  ///   - reason: Why it was refused.
  public init(operation: String, shapes: [[Int]], reason: String) {
    self.operation = operation
    self.shapes = shapes
    self.reason = reason
  }

  /// In words.
  public var description: String {
    let of = shapes.isEmpty ? "" : " of \(shapes.map(\.description).joined(separator: " and "))"
    return "\(operation)\(of): \(reason)"
  }
}

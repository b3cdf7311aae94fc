/// A dense array of numbers with a shape, row-major: the last dimension varies fastest.
public struct Tensor: Hashable, Sendable {
  /// Sizes, outermost first.
  public let shape: [Int]
  /// The numbers, `shape.reduce(1, *)` of them.
  public var values: [Float]

  /// A tensor of the values given.
  ///
  /// - Parameters:
  ///   - shape: Sizes, outermost first.
  ///   - values: The numbers, row-major.
  /// - Throws: `TensorError.count` where the numbers do not fill the shape.
  public init(shape: [Int], values: [Float]) throws(TensorError) {
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == values.count else {
      throw .count(shape: shape, values: values.count)
    }
    self.shape = shape
    self.values = values
  }

  /// A tensor of one value.
  ///
  /// - Parameters:
  ///   - value: What each element is.
  ///   - shape: Sizes, outermost first; negative ones count as zero.
  public init(repeating value: Float, shape: [Int]) {
    self.shape = shape.map { max($0, 0) }
    values = [Float](repeating: value, count: self.shape.reduce(1, *))
  }

  /// Whether each element is a number and finite.
  public var isFinite: Bool { values.allSatisfy(\.isFinite) }
}

/// What is wrong with a tensor.
public enum TensorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The shape holds another number of elements than there are.
  case count(shape: [Int], values: Int)

  /// In words.
  public var description: String {
    switch self {
    case .count(let shape, let values):
      "a tensor of shape \(shape) holds \(shape.reduce(1, *)) values, but \(values) were given"
    }
  }
}

internal import CTorch

// Documented once for all: operations throw `TorchError` where shapes do not fit. Dimensions may be
// negative, and then count from the last, which is -1.

// MARK: Arithmetic; shapes are broadcast as in numpy

extension TorchTensor {
  private static func binary(
    _ name: String, _ a: TorchTensor, _ b: TorchTensor, _ operation: ctorch_binary_operation
  ) throws(TorchError) -> TorchTensor {
    try made(name, [a, b], ctorch_binary(a.handle, b.handle, operation))
  }

  private static func scalar(
    _ name: String, _ a: TorchTensor, _ number: Double, _ operation: ctorch_scalar_operation
  ) throws(TorchError) -> TorchTensor {
    try made(name, [a], ctorch_scalar(a.handle, number, operation))
  }

  /// Sum.
  public static func + (a: TorchTensor, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try binary("+", a, b, CTORCH_ADD)
  }
  /// Difference.
  public static func - (a: TorchTensor, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try binary("-", a, b, CTORCH_SUBTRACT)
  }
  /// Product, element by element.
  public static func * (a: TorchTensor, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try binary("*", a, b, CTORCH_MULTIPLY)
  }
  /// Quotient.
  public static func / (a: TorchTensor, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try binary("/", a, b, CTORCH_DIVIDE)
  }
  /// Sum with a number.
  public static func + (a: TorchTensor, b: Double) throws(TorchError) -> TorchTensor {
    try scalar("+", a, b, CTORCH_ADD_NUMBER)
  }
  /// Sum with a number.
  public static func + (a: Double, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try b + a
  }
  /// Difference to a number.
  public static func - (a: TorchTensor, b: Double) throws(TorchError) -> TorchTensor {
    try a + -b
  }
  /// Difference from a number.
  public static func - (a: Double, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try -b + a
  }
  /// Product with a number.
  public static func * (a: TorchTensor, b: Double) throws(TorchError) -> TorchTensor {
    try scalar("*", a, b, CTORCH_MULTIPLY_NUMBER)
  }
  /// Product with a number.
  public static func * (a: Double, b: TorchTensor) throws(TorchError) -> TorchTensor {
    try b * a
  }
  /// Quotient by a number.
  public static func / (a: TorchTensor, b: Double) throws(TorchError) -> TorchTensor {
    try a * (1 / b)
  }
  /// The negative.
  public static prefix func - (a: TorchTensor) throws(TorchError) -> TorchTensor {
    try a.unary("-", CTORCH_NEGATE)
  }

  /// Matrix product of the last two dimensions; those before are broadcast.
  public func matmul(_ other: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("matmul", self, other, CTORCH_MATMUL)
  }
  /// Matrix products [batch, a, b] · [batch, b, c].
  public func bmm(_ other: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("bmm", self, other, CTORCH_BMM)
  }
  /// The larger of two, element by element.
  public func maximum(_ other: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("maximum", self, other, CTORCH_MAXIMUM)
  }
  /// The smaller of two, element by element.
  public func minimum(_ other: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("minimum", self, other, CTORCH_MINIMUM)
  }
  /// 1 where this is greater, 0 elsewhere.
  public func greater(than other: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("greater", self, other, CTORCH_GREATER_THAN)
  }
  /// 1 where this is greater, 0 elsewhere.
  public func greater(than number: Double) throws(TorchError) -> TorchTensor {
    try Self.scalar("greater", self, number, CTORCH_GREATER)
  }
  /// 1 where this is at least the number, 0 elsewhere.
  public func atLeast(_ number: Double) throws(TorchError) -> TorchTensor {
    try Self.scalar("at least", self, number, CTORCH_AT_LEAST)
  }
  /// 1 where this is the number, 0 elsewhere.
  public func equal(to number: Double) throws(TorchError) -> TorchTensor {
    try Self.scalar("equal", self, number, CTORCH_EQUAL)
  }
  /// To a power.
  public func power(_ exponent: Double) throws(TorchError) -> TorchTensor {
    try Self.scalar("power", self, exponent, CTORCH_POWER)
  }
  /// The nearest number within limits.
  public func clamped(_ low: Double, _ high: Double) throws(TorchError) -> TorchTensor {
    try made("clamp", [self], ctorch_clamp(handle, low, high))
  }
}

// MARK: Element by element

extension TorchTensor {
  private func unary(_ name: String, _ operation: ctorch_unary_operation) throws(TorchError)
    -> TorchTensor
  {
    try made(name, [self], ctorch_unary(handle, operation))
  }

  /// eˣ.
  public func exp() throws(TorchError) -> TorchTensor { try unary("exp", CTORCH_EXP) }
  /// Natural logarithm.
  public func log() throws(TorchError) -> TorchTensor { try unary("log", CTORCH_LOG) }
  /// Square root.
  public func squareRoot() throws(TorchError) -> TorchTensor { try unary("sqrt", CTORCH_SQRT) }
  /// Square.
  public func square() throws(TorchError) -> TorchTensor { try unary("square", CTORCH_SQUARE) }
  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() throws(TorchError) -> TorchTensor { try unary("sigmoid", CTORCH_SIGMOID) }
  /// Hyperbolic tangent.
  public func tanh() throws(TorchError) -> TorchTensor { try unary("tanh", CTORCH_TANH) }
  /// x·Φ(x), exactly (by erf).
  public func gelu() throws(TorchError) -> TorchTensor { try unary("gelu", CTORCH_GELU) }
  /// max(x, 0).
  public func relu() throws(TorchError) -> TorchTensor { try unary("relu", CTORCH_RELU) }
  /// log(1 + eˣ).
  public func softplus() throws(TorchError) -> TorchTensor {
    try unary("softplus", CTORCH_SOFTPLUS)
  }
  /// Magnitude.
  public func magnitude() throws(TorchError) -> TorchTensor { try unary("abs", CTORCH_ABS) }
  /// The nearest integer, halves to the even one.
  public func rounded() throws(TorchError) -> TorchTensor { try unary("round", CTORCH_ROUND) }
  /// 1/x.
  public func reciprocal() throws(TorchError) -> TorchTensor {
    try unary("reciprocal", CTORCH_RECIPROCAL)
  }
  /// The same numbers in row-major order.
  public func contiguous() throws(TorchError) -> TorchTensor {
    try unary("contiguous", CTORCH_CONTIGUOUS)
  }
  /// A copy of the numbers.
  public func copy() throws(TorchError) -> TorchTensor { try unary("copy", CTORCH_COPY) }
}

// MARK: Over dimensions

extension TorchTensor {
  private func reduced(
    _ name: String, _ dimensions: [Int], _ keep: Bool, _ reduction: ctorch_reduction
  ) throws(TorchError) -> TorchTensor {
    try made(
      name, [self],
      ctorch_reduce(handle, sizes(dimensions), Int32(dimensions.count), keep, reduction))
  }

  /// Sum over dimensions, all if none is named.
  public func sum(_ dimensions: Int..., keeping: Bool = false) throws(TorchError) -> TorchTensor {
    try reduced("sum", dimensions, keeping, CTORCH_SUM)
  }
  /// Mean over dimensions, all if none is named.
  public func mean(_ dimensions: Int..., keeping: Bool = false) throws(TorchError) -> TorchTensor {
    try reduced("mean", dimensions, keeping, CTORCH_MEAN)
  }
  /// Variance over dimensions, all if none is named; divided by n.
  public func variance(_ dimensions: Int..., keeping: Bool = false) throws(TorchError)
    -> TorchTensor
  {
    try reduced("variance", dimensions, keeping, CTORCH_VARIANCE)
  }
  /// Standard deviation over dimensions, all if none is named; divided by n.
  public func deviation(_ dimensions: Int..., keeping: Bool = false) throws(TorchError)
    -> TorchTensor
  {
    try reduced("deviation", dimensions, keeping, CTORCH_DEVIATION)
  }
  /// The largest over dimensions, all if none is named.
  public func largest(_ dimensions: Int..., keeping: Bool = false) throws(TorchError)
    -> TorchTensor
  {
    try reduced("largest", dimensions, keeping, CTORCH_LARGEST)
  }
  /// Softmax along a dimension.
  public func softmax(_ dimension: Int = -1) throws(TorchError) -> TorchTensor {
    try made("softmax", [self], ctorch_softmax(handle, Int64(dimension), false))
  }
  /// Logarithm of softmax along a dimension.
  public func logSoftmax(_ dimension: Int = -1) throws(TorchError) -> TorchTensor {
    try made("log softmax", [self], ctorch_softmax(handle, Int64(dimension), true))
  }
  /// Where the largest along a dimension lies (integers).
  public func indexOfLargest(_ dimension: Int = -1) throws(TorchError) -> TorchTensor {
    try made("index of largest", [self], ctorch_argmax(handle, Int64(dimension)))
  }
}

// MARK: Losses, means over all elements

extension TorchTensor {
  /// Mean squared difference to a target of the same shape.
  public func meanSquaredError(to target: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("mean squared error", self, target, CTORCH_MSE)
  }
  /// Cross-entropy of logits [batch, classes] with the right classes.
  ///
  /// - Parameters:
  ///   - classes: Indices [batch].
  ///   - weights: How much each class counts [classes]; the mean is weighted.
  /// - Returns: One number.
  /// - Throws: `TorchError` where shapes do not fit or a class is out of range.
  public func crossEntropy(with classes: TorchTensor, weights: TorchTensor? = nil)
    throws(TorchError) -> TorchTensor
  {
    try made(
      "cross entropy", [self, classes] + (weights.map { [$0] } ?? []),
      ctorch_cross_entropy(handle, classes.handle, weights?.handle))
  }
  /// Cross-entropy of logits with probabilities of the same shape.
  public func binaryCrossEntropy(with targets: TorchTensor) throws(TorchError) -> TorchTensor {
    try Self.binary("binary cross entropy", self, targets, CTORCH_BCE_WITH_LOGITS)
  }
}

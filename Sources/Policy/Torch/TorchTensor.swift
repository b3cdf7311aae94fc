internal import CTorch
public import Tensors

/// A tensor of LibTorch, of 32-bit floats unless its maker says otherwise.
///
/// It is a reference: parameters are changed in place by an optimiser. It is not `Sendable`, because
/// LibTorch records operations on a thread, and such a graph belongs to the thread that recorded it.
/// Every operation throws a `TorchError` that names the operation and the shapes.
public final class TorchTensor {
  let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  deinit { ctorch_free(handle) }

  /// Sizes, outermost first.
  public var shape: [Int] {
    (0..<ctorch_rank(handle)).map { Int(ctorch_size(handle, $0)) }
  }

  /// How many numbers it holds.
  public var count: Int { shape.reduce(1, *) }
}

/// The tensor that an operation gave, or why there is none. The inputs are handed over so that they
/// live while the operation runs.
@inline(never)
func made(_ operation: String, _ inputs: [TorchTensor], _ handle: OpaquePointer?)
  throws(TorchError) -> TorchTensor
{
  guard let handle else { throw refusal(operation, inputs) }
  return TorchTensor(handle: handle)
}

/// Throws where an operation without a result failed.
@inline(never)
func done(_ operation: String, _ inputs: [TorchTensor], _ succeeded: Bool) throws(TorchError) {
  guard succeeded else { throw refusal(operation, inputs) }
}

func sizes(_ shape: [Int]) -> [Int64] { shape.map { Int64($0) } }

// MARK: Making

extension TorchTensor {
  private static func from<Value>(_ values: [Value], _ shape: [Int], _ type: ctorch_type)
    throws(TorchError) -> OpaquePointer
  {
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == values.count else {
      throw TorchError(
        operation: "make a tensor", shapes: [shape],
        reason: "\(values.count) values do not fill the shape")
    }
    let handle = values.withUnsafeBytes {
      ctorch_from($0.baseAddress, type, sizes(shape), Int32(shape.count))
    }
    guard let handle else { throw refusal("make a tensor", []) }
    return handle
  }

  /// A tensor of floats, copied.
  ///
  /// - Parameters:
  ///   - values: The numbers, row-major.
  ///   - shape: Sizes, outermost first.
  /// - Throws: `TorchError` where the numbers do not fill the shape.
  public convenience init(_ values: [Float], shape: [Int]) throws(TorchError) {
    self.init(handle: try Self.from(values, shape, CTORCH_FLOAT))
  }

  /// A tensor of indices or classes (64-bit integers).
  ///
  /// - Parameters:
  ///   - indices: The numbers, row-major.
  ///   - shape: Sizes, outermost first; one dimension of all of them if left out.
  /// - Throws: `TorchError` where the numbers do not fill the shape.
  public convenience init(indices: [Int], shape: [Int]? = nil) throws(TorchError) {
    self.init(handle: try Self.from(indices, shape ?? [indices.count], CTORCH_INT64))
  }

  /// A tensor of bytes, as pictures are.
  ///
  /// - Parameters:
  ///   - bytes: The numbers, row-major.
  ///   - shape: Sizes, outermost first.
  /// - Throws: `TorchError` where the numbers do not fill the shape.
  public convenience init(bytes: [UInt8], shape: [Int]) throws(TorchError) {
    self.init(handle: try Self.from(bytes, shape, CTORCH_UINT8))
  }

  /// A copy of a plain tensor.
  ///
  /// - Parameter tensor: The numbers.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public convenience init(_ tensor: Tensor) throws(TorchError) {
    try self.init(tensor.values, shape: tensor.shape)
  }

  /// A tensor of one value.
  ///
  /// - Parameters:
  ///   - value: What each element is.
  ///   - shape: Sizes, outermost first.
  /// - Returns: The tensor.
  /// - Throws: `TorchError` where a size is negative.
  public static func full(_ value: Double, _ shape: [Int]) throws(TorchError) -> TorchTensor {
    try made("full", [], ctorch_full(value, sizes(shape), Int32(shape.count)))
  }

  /// Zeros.
  ///
  /// - Parameter shape: Sizes, outermost first.
  /// - Returns: The tensor.
  /// - Throws: `TorchError` where a size is negative.
  public static func zeros(_ shape: [Int]) throws(TorchError) -> TorchTensor {
    try full(0, shape)
  }

  /// Random numbers of the normal distribution.
  ///
  /// - Parameter shape: Sizes, outermost first.
  /// - Returns: The tensor.
  /// - Throws: `TorchError` where a size is negative.
  public static func normal(_ shape: [Int]) throws(TorchError) -> TorchTensor {
    try made("normal", [], ctorch_normal(sizes(shape), Int32(shape.count)))
  }

  /// Random numbers, evenly spread over an interval.
  ///
  /// - Parameters:
  ///   - interval: Least and greatest.
  ///   - shape: Sizes, outermost first.
  /// - Returns: The tensor.
  /// - Throws: `TorchError` where a size is negative.
  public static func uniform(_ interval: ClosedRange<Double>, _ shape: [Int]) throws(TorchError)
    -> TorchTensor
  {
    try made(
      "uniform", [],
      ctorch_uniform(interval.lowerBound, interval.upperBound, sizes(shape), Int32(shape.count)))
  }
}

// MARK: Taking numbers out

extension TorchTensor {
  /// The numbers, row-major.
  ///
  /// - Returns: As many as `count`.
  /// - Throws: `TorchError`, should a device fail.
  public func floats() throws(TorchError) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    let length = Int64(values.count)
    try done("read", [self], ctorch_read(handle, &values, CTORCH_FLOAT, length))
    return values
  }

  /// The numbers as integers, row-major.
  ///
  /// - Returns: As many as `count`.
  /// - Throws: `TorchError`, should a device fail.
  public func integers() throws(TorchError) -> [Int] {
    var values = [Int64](repeating: 0, count: count)
    let length = Int64(values.count)
    try done("read", [self], ctorch_read(handle, &values, CTORCH_INT64, length))
    return values.map(Int.init)
  }

  /// A plain copy.
  ///
  /// - Returns: The same shape and numbers.
  /// - Throws: `TorchError`, should a device fail.
  public func plain() throws(TorchError) -> Tensor {
    let (shape, values) = (shape, try floats())
    do { return try Tensor(shape: shape, values: values) } catch {
      throw TorchError(operation: "read", shapes: [shape], reason: error.description)
    }
  }

  /// The one number of a tensor that holds one.
  ///
  /// - Returns: The number.
  /// - Throws: `TorchError` where there is another count of numbers.
  public func number() throws(TorchError) -> Double {
    var value = 0.0
    try done("number", [self], ctorch_number(handle, &value))
    return value
  }

  /// The same numbers as floats.
  ///
  /// - Returns: A tensor of the same shape.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public func toFloat() throws(TorchError) -> TorchTensor {
    try made("toFloat", [self], ctorch_convert(handle, CTORCH_FLOAT))
  }

  /// The same numbers elsewhere.
  ///
  /// - Parameter device: Where to.
  /// - Returns: Itself where it lies there already.
  /// - Throws: `TorchError` where the device is not available.
  public func moved(to device: Device) throws(TorchError) -> TorchTensor {
    try made("move", [self], ctorch_to_device(handle, device == .cuda))
  }

  /// Moves this tensor itself, and what an optimiser holds of it stays valid.
  ///
  /// - Parameter device: Where to.
  /// - Throws: `TorchError` where the device is not available.
  public func move(to device: Device) throws(TorchError) {
    try done("move", [self], ctorch_move(handle, device == .cuda))
  }

  /// Where it lies.
  public var device: Device { ctorch_on_cuda(handle) ? .cuda : .cpu }
}

// MARK: Gradients

extension TorchTensor {
  /// Whether gradients are kept for it. Only tensors that no operation made may be changed.
  public var requiresGradient: Bool { ctorch_requires_gradient(handle) }

  /// Keeps gradients for this tensor from now on, or no longer.
  ///
  /// - Parameter required: Whether to.
  /// - Returns: Itself.
  /// - Throws: `TorchError` where an operation made it.
  @discardableResult
  public func requiringGradient(_ required: Bool = true) throws(TorchError) -> TorchTensor {
    try done("requires gradient", [self], ctorch_require_gradient(handle, required))
    return self
  }

  /// Adds the gradient of this one number to every parameter that it depends on.
  ///
  /// - Throws: `TorchError` where it is not one number, or depends on no parameter.
  public func backward() throws(TorchError) {
    try done("backward", [self], ctorch_backward(handle))
  }

  /// The gradient that `backward` left, where there is one.
  public var gradient: TorchTensor? {
    ctorch_gradient(handle).map(TorchTensor.init(handle:))
  }

  /// Overwrites the numbers with another tensor's, unrecorded.
  ///
  /// - Parameter source: Of the same shape.
  /// - Throws: `TorchError` where the shape differs.
  public func assign(_ source: TorchTensor) throws(TorchError) {
    try done("assign", [self, source], ctorch_assign(handle, source.handle))
  }
}

internal import CTorch

// Views share memory with the tensor that they are of; gradients flow through them.

extension TorchTensor {
  /// The same numbers in another shape; one size may be -1, and is then what remains.
  public func reshaped(_ shape: Int...) throws(TorchError) -> TorchTensor {
    try reshaped(shape)
  }

  /// The same numbers in another shape; one size may be -1, and is then what remains.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> TorchTensor {
    try made(
      "reshape to \(shape)", [self], ctorch_reshape(handle, sizes(shape), Int32(shape.count)))
  }

  /// Dimensions in another order: that of the result's is where each was.
  public func permuted(_ order: Int...) throws(TorchError) -> TorchTensor {
    try made(
      "permute to \(order)", [self], ctorch_permute(handle, sizes(order), Int32(order.count)))
  }

  /// Two dimensions exchanged.
  public func transposed(_ a: Int = -2, _ b: Int = -1) throws(TorchError) -> TorchTensor {
    try made("transpose \(a) and \(b)", [self], ctorch_transpose(handle, Int64(a), Int64(b)))
  }

  /// Repeated along dimensions of size 1, and new ones in front; -1 leaves a size as it is.
  public func expanded(_ shape: Int...) throws(TorchError) -> TorchTensor {
    try made(
      "expand to \(shape)", [self], ctorch_expand(handle, sizes(shape), Int32(shape.count)))
  }

  /// A new dimension of size 1.
  public func unsqueezed(_ dimension: Int) throws(TorchError) -> TorchTensor {
    try made("unsqueeze \(dimension)", [self], ctorch_unsqueeze(handle, Int64(dimension)))
  }

  /// A stretch of a dimension.
  public func sliced(_ dimension: Int, _ range: Range<Int>) throws(TorchError) -> TorchTensor {
    try made(
      "slice \(range) of dimension \(dimension)", [self],
      ctorch_narrow(handle, Int64(dimension), Int64(range.lowerBound), Int64(range.count)))
  }

  /// One place of a dimension, which is gone in the result.
  public func selected(_ dimension: Int, _ index: Int) throws(TorchError) -> TorchTensor {
    try made(
      "select \(index) of dimension \(dimension)", [self],
      ctorch_select(handle, Int64(dimension), Int64(index)))
  }

  /// Places of a dimension, copied.
  ///
  /// - Parameters:
  ///   - indices: Integers, one dimension of them.
  ///   - dimension: Along which.
  /// - Returns: As many places as there are indices.
  /// - Throws: `TorchError` where an index is out of range.
  public func gathered(_ indices: TorchTensor, dimension: Int = 0) throws(TorchError)
    -> TorchTensor
  {
    try made(
      "gather", [self, indices],
      ctorch_index_select(handle, Int64(dimension), indices.handle))
  }

  /// Places of a dimension, copied.
  public func gathered(_ indices: [Int], dimension: Int = 0) throws(TorchError) -> TorchTensor {
    try gathered(TorchTensor(indices: indices), dimension: dimension)
  }

  /// Equal parts of a dimension, as views.
  ///
  /// - Parameters:
  ///   - parts: How many.
  ///   - dimension: Along which.
  /// - Returns: The parts.
  /// - Throws: `TorchError` where the dimension's size is not a multiple of the parts.
  public func chunked(_ parts: Int, dimension: Int = -1) throws(TorchError) -> [TorchTensor] {
    let shape = shape
    let place = dimension < 0 ? dimension + shape.count : dimension
    guard shape.indices.contains(place), parts > 0, shape[place] % parts == 0 else {
      throw TorchError(
        operation: "chunk", shapes: [shape],
        reason: "dimension \(dimension) does not divide into \(parts) equal parts")
    }
    let size = shape[place] / parts
    var chunks: [TorchTensor] = []
    for part in 0..<parts { chunks.append(try sliced(place, part * size..<(part + 1) * size)) }
    return chunks
  }

  /// Tensors one after another along a dimension that they have.
  public static func concatenated(_ tensors: [TorchTensor], dimension: Int = -1)
    throws(TorchError) -> TorchTensor
  {
    try made(
      "concatenate", tensors,
      ctorch_cat(tensors.map { $0.handle }, Int32(tensors.count), Int64(dimension)))
  }

  /// Tensors of one shape along a new dimension.
  public static func stacked(_ tensors: [TorchTensor], dimension: Int = 0) throws(TorchError)
    -> TorchTensor
  {
    try made(
      "stack", tensors,
      ctorch_stack(tensors.map { $0.handle }, Int32(tensors.count), Int64(dimension)))
  }
}

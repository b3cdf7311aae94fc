internal import CTensorKernels
internal import Tensors
public import TensorKernels
public import VisionTransformer

/// A Vision Transformer in the modelled accelerator's integers, as fast as this processor can. Its
/// bits are those of `FixedPointReference`. Not for use by two threads at once.
public final class IntegerEncoder {
  /// The encoder that it runs.
  public let encoder: FixedPointEncoder
  /// How it uses the machine.
  public let execution: Execution

  private struct Linear {
    let packed: Buffer<UInt8>
    let bias: Buffer<Int64>
    let multiplier: Buffer<Int32>
    let shift: Buffer<Int32>
    let inputs: Int
    let outputs: Int

    init(_ layer: FixedPointEncoder.Linear, _ width: IntegerWidth) throws(EncoderError) {
      let bits = Int32(width.rawValue)
      (inputs, outputs) = (layer.inputs, layer.outputs)
      packed = try buffer(ctk_packed_integers(bits, inputs, outputs))
      bias = try buffer(layer.bias.map(Int64.init))
      multiplier = try buffer(layer.rescaling.map(\.multiplier))
      shift = try buffer(layer.rescaling.map(\.shift))
      switch width {
      case .eight:
        ctk_pack_integers(
          bits, layer.weight.map { Int8(truncatingIfNeeded: $0) }, inputs, outputs,
          packed.pointer)
      case .sixteen: ctk_pack_integers(bits, layer.weight, inputs, outputs, packed.pointer)
      }
    }
  }

  private struct Norm {
    let gain: Buffer<Int32>
    let offset: Buffer<Int64>
    let shift: Int32
    let epsilon: Int64

    init(_ layer: FixedPointEncoder.Norm) throws(EncoderError) {
      gain = try buffer(layer.gain)
      offset = try buffer(layer.offset.map(Int64.init))
      (shift, epsilon) = (Int32(layer.shift), Int64(layer.epsilon))
    }
  }

  private struct Block {
    let attentionNorm: Norm
    let queriesKeysValues: Linear
    let taylor: Buffer<ctk_taylor_scales>
    let softmax: Buffer<ctk_softmax_scales>
    let projection: Linear
    let perceptronNorm: Norm
    let expansion: Linear
    let activation: Buffer<Int32>
    let contraction: Linear

    init(_ block: FixedPointEncoder.Block, _ width: IntegerWidth) throws(EncoderError) {
      attentionNorm = try Norm(block.attentionNorm)
      queriesKeysValues = try Linear(block.queriesKeysValues, width)
      taylor = try buffer(block.taylor.map(ctk_taylor_scales.init))
      softmax = try buffer(block.softmax.map(ctk_softmax_scales.init))
      projection = try Linear(block.projection, width)
      perceptronNorm = try Norm(block.perceptronNorm)
      expansion = try Linear(block.expansion, width)
      activation = try buffer(block.activation)
      contraction = try Linear(block.contraction, width)
    }
  }

  private let pool: ThreadPool
  private let patchEmbedding: Linear
  private var blocks: [Block] = []
  private let finalNorm: Norm
  // Working memory of one group of images; operands are bytes of one or two a number.
  private let pixels: Buffer<UInt8>
  private let patches: Buffer<UInt8>
  private let residual: Buffer<Int16>
  private let normed: Buffer<UInt8>
  private let queriesKeysValues: Buffer<UInt8>
  private let attended: Buffer<UInt8>
  private let hidden: Buffer<UInt8>
  private let embedding: Buffer<Int16>
  private let scratch: Buffer<UInt8>

  /// Packs the weights and sets working memory aside.
  ///
  /// - Parameters:
  ///   - encoder: Rounded weights.
  ///   - execution: Threads and instructions.
  /// - Throws: `EncoderError`.
  public init(_ encoder: FixedPointEncoder, execution: Execution = Execution())
    throws(EncoderError)
  {
    let shape = encoder.configuration
    try execution.check(shape)
    self.encoder = encoder
    self.execution = execution
    pool = try execution.startThreads()
    patchEmbedding = try Linear(encoder.patchEmbedding, encoder.width)
    finalNorm = try Norm(encoder.finalNorm)
    let rows = shape.group * shape.tokens
    let bytes = encoder.width.rawValue / 8
    pixels = try buffer(shape.group * shape.imageBytes)
    patches = try buffer(rows * shape.patchValues * bytes)
    residual = try buffer(rows * shape.dimension)
    normed = try buffer(rows * shape.dimension * bytes)
    queriesKeysValues = try buffer(rows * 3 * shape.dimension * bytes)
    attended = try buffer(rows * shape.dimension * bytes)
    hidden = try buffer(rows * shape.hidden * bytes)
    embedding = try buffer(shape.group * shape.dimension)
    var attention = Self.attention(encoder, images: shape.group, threads: execution.threads)
    scratch = try buffer(
      shape.attention == .softmax
        ? ctk_softmax_integer_scratch(&attention) : ctk_taylor_integer_scratch(&attention))
    for block in encoder.blocks { blocks.append(try Block(block, encoder.width)) }
  }

  /// The embeddings of images, in units of the encoder's `embeddingScale`.
  ///
  /// - Parameter images: RGB bytes [side, side, 3] each.
  /// - Returns: [dimension] for each, in their order.
  /// - Throws: `EncoderError.image` where one has the wrong size; then none is encoded.
  public func integerEmbeddings(of images: [[UInt8]]) throws(EncoderError) -> [[Int16]] {
    try encoder.configuration.check(images)
    var results: [[Int16]] = []
    for start in stride(from: 0, to: images.count, by: encoder.configuration.group) {
      let end = min(start + encoder.configuration.group, images.count)
      results += encode(images[start..<end])
    }
    return results
  }

  /// The embeddings of images.
  ///
  /// - Parameter images: RGB bytes [side, side, 3] each.
  /// - Returns: [dimension] for each, in their order.
  /// - Throws: `EncoderError.image` where one has the wrong size; then none is encoded.
  public func embeddings(of images: [[UInt8]]) throws(EncoderError) -> [[Float]] {
    let scale = encoder.embeddingScale
    return try integerEmbeddings(of: images).map { $0.map { Float($0) * scale } }
  }

  private static func attention(_ encoder: FixedPointEncoder, images: Int, threads: Int)
    -> ctk_attention_integer
  {
    let shape = encoder.configuration
    return ctk_attention_integer(
      qkv: nil, output: nil, scratch: nil, taylor: nil, softmax: nil, images: images,
      tokens: shape.tokens, heads: shape.heads, dim: shape.headDimension,
      bits: Int32(encoder.width.rawValue), threads: Int32(threads),
      collapsed: shape.attention == .taylorCollapsed ? 1 : 0)
  }

  private func encode(_ images: ArraySlice<[UInt8]>) -> [[Int16]] {
    let shape = encoder.configuration
    let (d, n, count) = (shape.dimension, shape.tokens, images.count)
    embed(images)
    let rows = count * n
    let bits = Int32(encoder.width.rawValue)
    for block in blocks {
      norm(
        block.attentionNorm, to: normed.pointer, rows: rows, stride: d, bits: bits)
      product(
        block.queriesKeysValues, normed.pointer, queriesKeysValues.pointer, rows: rows,
        epilogue: CTK_STORE)
      attend(block, images: count)
      product(
        block.projection, attended.pointer, residual.pointer, rows: rows,
        epilogue: CTK_ADD_TO_RESIDUAL)
      norm(
        block.perceptronNorm, to: normed.pointer, rows: rows, stride: d, bits: bits)
      product(
        block.expansion, normed.pointer, hidden.pointer, rows: rows,
        epilogue: CTK_STORE_ACTIVATED, activation: block.activation.pointer)
      product(
        block.contraction, hidden.pointer, residual.pointer, rows: rows,
        epilogue: CTK_ADD_TO_RESIDUAL)
    }
    norm(finalNorm, to: embedding.pointer, rows: count, stride: n * d, bits: 16)
    return (0..<count).map { image in
      Array(UnsafeBufferPointer(start: embedding.pointer + image * d, count: d))
    }
  }

  private func embed(_ images: ArraySlice<[UInt8]>) {
    let shape = encoder.configuration
    let (d, n) = (shape.dimension, shape.tokens)
    let bytes = encoder.width.rawValue / 8
    for (index, image) in images.enumerated() {
      (pixels.pointer + index * shape.imageBytes).update(from: image, count: shape.imageBytes)
      let row = residual.pointer + index * n * d
      row.update(from: encoder.classRow, count: d)
      (row + d).update(from: encoder.positions, count: (n - 1) * d)
    }
    ctk_patches_integer(
      pool.handle, execution.instructions.rawValue, Int32(encoder.width.rawValue),
      pixels.pointer, images.count, shape.imageSide, shape.patchSide, patches.pointer)
    for index in 0..<images.count {
      product(
        patchEmbedding, patches.pointer + index * (n - 1) * shape.patchValues * bytes,
        residual.pointer + (index * n + 1) * d, rows: n - 1, epilogue: CTK_ADD_TO_RESIDUAL)
    }
  }

  private func norm(
    _ layer: Norm, to output: UnsafeMutableRawPointer, rows: Int, stride: Int, bits: Int32
  ) {
    let d = encoder.configuration.dimension
    var norm = ctk_norm_integer(
      x: residual.pointer, y: output, gain: layer.gain.pointer, offset: layer.offset.pointer,
      x_row: stride, y_row: d, rows: rows, columns: d, epsilon: layer.epsilon,
      shift: layer.shift, bits: bits)
    ctk_norm_integer_run(pool.handle, execution.instructions.rawValue, &norm)
  }

  private func product(
    _ layer: Linear, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, rows: Int,
    epilogue: some BinaryInteger, activation: UnsafePointer<Int32>? = nil
  ) {
    var gemm = ctk_gemm_integer(
      a: input, weights: layer.packed.pointer, c: output, bias: layer.bias.pointer,
      multiplier: layer.multiplier.pointer, shift: layer.shift.pointer,
      activation: ctk_activation(knots: activation), a_row: layer.inputs, c_row: layer.outputs,
      rows: rows, columns: layer.outputs, depth: layer.inputs,
      bits: Int32(encoder.width.rawValue), epilogue: Int32(epilogue))
    ctk_gemm_integer_run(pool.handle, execution.instructions.rawValue, &gemm)
  }

  private func attend(_ block: Block, images: Int) {
    var attention = Self.attention(encoder, images: images, threads: execution.threads)
    attention.qkv = UnsafeRawPointer(queriesKeysValues.pointer)
    attention.output = UnsafeMutableRawPointer(attended.pointer)
    attention.scratch = UnsafeMutableRawPointer(scratch.pointer)
    attention.taylor = UnsafePointer(block.taylor.pointer)
    attention.softmax = UnsafePointer(block.softmax.pointer)
    let path = execution.instructions.rawValue
    if encoder.configuration.attention == .softmax {
      ctk_softmax_integer_run(pool.handle, path, &attention)
    } else {
      ctk_taylor_integer_run(pool.handle, path, &attention)
    }
  }
}

extension ctk_taylor_scales {
  init(_ scales: FixedPointEncoder.Taylor) {
    self.init(
      context_multiplier: scales.context.multiplier, context_shift: scales.context.shift,
      value_multiplier: scales.value.multiplier, value_shift: scales.value.shift,
      output_multiplier: scales.output.multiplier, output_shift: scales.output.shift,
      denominator: Int64(scales.denominator), divisor_multiplier: scales.divisor.multiplier,
      divisor_shift: scales.divisor.shift)
  }
}

extension ctk_softmax_scales {
  init(_ scales: FixedPointEncoder.Softmax) {
    self.init(
      exponent_multiplier: scales.multiplier, exponent_shift: scales.shift,
      exponent_limit: scales.limit, output_multiplier: scales.output.multiplier,
      output_shift: scales.output.shift)
  }
}

internal import CTensorKernels
public import TensorKernels
public import VisionTransformer

/// A Vision Transformer in float32 on this processor. Not for use by two threads at once.
public final class FloatEncoder {
  /// The encoder's description.
  public let configuration: VisionTransformerConfiguration
  /// How it uses the machine.
  public let execution: Execution

  private static func linear(_ layer: VisionTransformerWeights.Linear) throws(EncoderError)
    -> FloatLinear
  {
    do {
      return try FloatLinear(weight: layer.weight, bias: layer.bias, inputs: layer.inputs)
    } catch { throw EncoderError(error) }
  }

  private struct Norm {
    let gain: Buffer<Float>
    let offset: Buffer<Float>

    init(_ layer: VisionTransformerWeights.Norm) throws(EncoderError) {
      gain = try buffer(layer.gain)
      offset = try buffer(layer.offset)
    }
  }

  private struct Block {
    let attentionNorm: Norm
    let queriesKeysValues: FloatLinear
    let projection: FloatLinear
    let perceptronNorm: Norm
    let expansion: FloatLinear
    let contraction: FloatLinear

    init(_ block: VisionTransformerWeights.Block) throws(EncoderError) {
      attentionNorm = try Norm(block.attentionNorm)
      queriesKeysValues = try FloatEncoder.linear(block.queriesKeysValues)
      projection = try FloatEncoder.linear(block.projection)
      perceptronNorm = try Norm(block.perceptronNorm)
      expansion = try FloatEncoder.linear(block.expansion)
      contraction = try FloatEncoder.linear(block.contraction)
    }
  }

  private let pool: ThreadPool
  private let patchEmbedding: FloatLinear
  private var blocks: [Block] = []
  private let finalNorm: Norm
  private let classRow: [Float]
  private let positions: Buffer<Float>
  private let pixelScale: [Float]
  private let pixelOffset: [Float]
  // Working memory of one group of images.
  private let pixels: Buffer<UInt8>
  private let patches: Buffer<Float>
  private let tokens: Buffer<Float>
  private let normed: Buffer<Float>
  private let queriesKeysValues: Buffer<Float>
  private let attended: Buffer<Float>
  private let hidden: Buffer<Float>
  private let scratch: Buffer<UInt8>

  /// Packs the weights and sets working memory aside.
  ///
  /// - Parameters:
  ///   - weights: The numbers; the attention of their configuration is the one used.
  ///   - execution: Threads and instructions.
  /// - Throws: `EncoderError`.
  public init(_ weights: VisionTransformerWeights, execution: Execution = Execution())
    throws(EncoderError)
  {
    let shape = weights.configuration
    try execution.check(shape)
    configuration = shape
    self.execution = execution
    pool = try execution.startThreads()
    patchEmbedding = try Self.linear(weights.patchEmbedding)
    finalNorm = try Norm(weights.finalNorm)
    classRow = (0..<shape.dimension).map { weights.classToken[$0] + weights.positions[$0] }
    positions = try buffer(weights.positions)
    pixelScale = shape.pixelDeviation.map { 1 / (255 * $0) }
    pixelOffset = zip(shape.pixelMean, shape.pixelDeviation).map { -$0 / $1 }
    let rows = shape.group * shape.tokens
    pixels = try buffer(shape.group * shape.imageBytes)
    patches = try buffer(rows * shape.patchValues)
    tokens = try buffer(rows * shape.dimension)
    normed = try buffer(rows * shape.dimension)
    queriesKeysValues = try buffer(rows * 3 * shape.dimension)
    attended = try buffer(rows * shape.dimension)
    hidden = try buffer(rows * shape.hidden)
    var attention = Self.attention(shape, images: shape.group, threads: execution.threads)
    scratch = try buffer(
      shape.attention == .softmax
        ? ctk_softmax_f32_scratch(&attention) : ctk_taylor_f32_scratch(&attention))
    for block in weights.blocks { blocks.append(try Block(block)) }
  }

  /// The embeddings of images.
  ///
  /// - Parameter images: RGB bytes [side, side, 3] each.
  /// - Returns: [dimension] for each, in their order.
  /// - Throws: `EncoderError.image` where one has the wrong size; then none is encoded.
  public func embeddings(of images: [[UInt8]]) throws(EncoderError) -> [[Float]] {
    try configuration.check(images)
    var results: [[Float]] = []
    for start in stride(from: 0, to: images.count, by: configuration.group) {
      let end = min(start + configuration.group, images.count)
      results += encode(images[start..<end])
    }
    return results
  }

  private static func attention(
    _ shape: VisionTransformerConfiguration, images: Int, threads: Int
  ) -> ctk_attention_f32 {
    ctk_attention_f32(
      qkv: nil, output: nil, scratch: nil, images: images, tokens: shape.tokens,
      heads: shape.heads, dim: shape.headDimension, threads: Int32(threads))
  }

  private func encode(_ images: ArraySlice<[UInt8]>) -> [[Float]] {
    let shape = configuration
    let (d, n, count) = (shape.dimension, shape.tokens, images.count)
    embed(images)
    let rows = count * n
    for block in blocks {
      norm(block.attentionNorm, rows: rows)
      product(
        block.queriesKeysValues, normed.pointer, queriesKeysValues.pointer, rows: rows)
      attend(images: count)
      product(
        block.projection, attended.pointer, tokens.pointer, rows: rows, residual: tokens.pointer)
      norm(block.perceptronNorm, rows: rows)
      product(block.expansion, normed.pointer, hidden.pointer, rows: rows, gelu: true)
      product(
        block.contraction, hidden.pointer, tokens.pointer, rows: rows, residual: tokens.pointer)
    }
    ctk_layer_norm_f32(
      pool.handle, execution.instructions.rawValue, tokens.pointer, n * d, normed.pointer, d,
      finalNorm.gain.pointer, finalNorm.offset.pointer, count, d, shape.normEpsilon)
    return (0..<count).map { image in
      Array(UnsafeBufferPointer(start: normed.pointer + image * d, count: d))
    }
  }

  private func embed(_ images: ArraySlice<[UInt8]>) {
    let shape = configuration
    let (d, n) = (shape.dimension, shape.tokens)
    for (index, image) in images.enumerated() {
      (pixels.pointer + index * shape.imageBytes).update(from: image, count: shape.imageBytes)
      (tokens.pointer + index * n * d).update(from: classRow, count: d)
    }
    ctk_patches_f32(
      pool.handle, execution.instructions.rawValue, pixels.pointer, images.count,
      shape.imageSide, shape.patchSide, pixelScale, pixelOffset, patches.pointer)
    for index in 0..<images.count {
      product(
        patchEmbedding, patches.pointer + index * (n - 1) * shape.patchValues,
        tokens.pointer + (index * n + 1) * d, rows: n - 1, residual: positions.pointer + d)
    }
  }

  private func norm(_ layer: Norm, rows: Int) {
    let d = configuration.dimension
    ctk_layer_norm_f32(
      pool.handle, execution.instructions.rawValue, tokens.pointer, d, normed.pointer, d,
      layer.gain.pointer, layer.offset.pointer, rows, d, configuration.normEpsilon)
  }

  private func product(
    _ layer: FloatLinear, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    rows: Int, gelu: Bool = false, residual: UnsafePointer<Float>? = nil
  ) {
    layer.run(
      pool, execution.instructions, input, to: output, rows: rows, gelu: gelu, residual: residual)
  }

  private func attend(images: Int) {
    var attention = Self.attention(configuration, images: images, threads: execution.threads)
    attention.qkv = queriesKeysValues.pointer
    attention.output = attended.pointer
    attention.scratch = UnsafeMutableRawPointer(scratch.pointer)
    let path = execution.instructions.rawValue
    switch configuration.attention {
    case .softmax: ctk_softmax_f32_run(pool.handle, path, &attention)
    case .taylor: ctk_taylor_f32_run(pool.handle, path, &attention, 0)
    case .taylorCollapsed: ctk_taylor_f32_run(pool.handle, path, &attention, 1)
    }
  }
}

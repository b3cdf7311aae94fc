internal import CTensorKernels
public import VisionTransformer

/// A Vision Transformer in float32 on this processor. Not for use by two threads at once.
public final class FloatEncoder {
  /// The encoder's description.
  public let configuration: VisionTransformerConfiguration
  /// How it uses the machine.
  public let execution: Execution

  private struct Linear {
    let packed: Buffer<Float>
    let bias: Buffer<Float>
    let inputs: Int
    let outputs: Int

    init(_ layer: VisionTransformerWeights.Linear) throws(EncoderError) {
      packed = try Buffer(ctk_packed_f32(layer.inputs, layer.outputs))
      bias = try Buffer(layer.bias)
      (inputs, outputs) = (layer.inputs, layer.outputs)
      ctk_pack_f32(layer.weight, inputs, inputs, outputs, packed.pointer)
    }
  }

  private struct Norm {
    let gain: Buffer<Float>
    let offset: Buffer<Float>

    init(_ layer: VisionTransformerWeights.Norm) throws(EncoderError) {
      gain = try Buffer(layer.gain)
      offset = try Buffer(layer.offset)
    }
  }

  private struct Block {
    let attentionNorm: Norm
    let queriesKeysValues: Linear
    let projection: Linear
    let perceptronNorm: Norm
    let expansion: Linear
    let contraction: Linear

    init(_ block: VisionTransformerWeights.Block) throws(EncoderError) {
      attentionNorm = try Norm(block.attentionNorm)
      queriesKeysValues = try Linear(block.queriesKeysValues)
      projection = try Linear(block.projection)
      perceptronNorm = try Norm(block.perceptronNorm)
      expansion = try Linear(block.expansion)
      contraction = try Linear(block.contraction)
    }
  }

  private let pool: ThreadPool
  private let patchEmbedding: Linear
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
    pool = try ThreadPool(threads: execution.threads)
    patchEmbedding = try Linear(weights.patchEmbedding)
    finalNorm = try Norm(weights.finalNorm)
    classRow = (0..<shape.dimension).map { weights.classToken[$0] + weights.positions[$0] }
    positions = try Buffer(weights.positions)
    pixelScale = shape.pixelDeviation.map { 1 / (255 * $0) }
    pixelOffset = zip(shape.pixelMean, shape.pixelDeviation).map { -$0 / $1 }
    let rows = shape.group * shape.tokens
    pixels = try Buffer(shape.group * shape.imageBytes)
    patches = try Buffer(rows * shape.patchValues)
    tokens = try Buffer(rows * shape.dimension)
    normed = try Buffer(rows * shape.dimension)
    queriesKeysValues = try Buffer(rows * 3 * shape.dimension)
    attended = try Buffer(rows * shape.dimension)
    hidden = try Buffer(rows * shape.hidden)
    var attention = Self.attention(shape, images: shape.group, threads: execution.threads)
    scratch = try Buffer(
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
    _ layer: Linear, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    rows: Int, gelu: Bool = false, residual: UnsafePointer<Float>? = nil
  ) {
    var gemm = ctk_gemm_f32(
      a: input, b: layer.packed.pointer, c: output, bias: layer.bias.pointer, row_scale: nil,
      residual: residual, a_row: layer.inputs, a_step: 1, b_row: Int(CTK_PANEL),
      b_panel: Int(CTK_PANEL) * layer.inputs, c_row: layer.outputs, rows: rows,
      columns: layer.outputs, depth: layer.inputs, gelu: gelu ? 1 : 0)
    ctk_gemm_f32_run(pool.handle, execution.instructions.rawValue, &gemm)
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

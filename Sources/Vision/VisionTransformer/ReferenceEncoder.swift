internal import RealModule

/// The encoder in plain Swift, straight from its definition. It is slow; it says what is right, and
/// it watches the ranges that integer execution is scaled by.
public struct ReferenceEncoder: Sendable {
  /// The numbers it runs with.
  public let weights: VisionTransformerWeights

  /// An encoder of these weights.
  ///
  /// - Parameter weights: Trained or not.
  public init(_ weights: VisionTransformerWeights) { self.weights = weights }

  /// The embedding of one image.
  ///
  /// - Parameters:
  ///   - pixels: RGB bytes [side, side, 3].
  ///   - ranges: What was seen on the way is added.
  /// - Returns: The class token after the final norm: [dimension].
  /// - Throws: `ImageError` where the image has the wrong size.
  public func embedding(of pixels: [UInt8], ranges: inout EncoderRanges) throws(ImageError)
    -> [Float]
  {
    let shape = weights.configuration
    guard pixels.count == shape.imageBytes else {
      throw .size(bytes: pixels.count, wanted: shape.imageBytes, side: shape.imageSide)
    }
    let d = shape.dimension
    var tokens = weights.classToken
    tokens += linear(weights.patchEmbedding, patches(pixels))
    for index in tokens.indices { tokens[index] += weights.positions[index] }
    ranges.residual.see(tokens)
    for (index, block) in weights.blocks.enumerated() {
      let normed = norm(block.attentionNorm, tokens)
      ranges.blocks[index].attentionNorm.see(normed)
      let attended = attention(
        linear(block.queriesKeysValues, normed), ranges: &ranges.blocks[index])
      ranges.blocks[index].attention.see(attended)
      add(linear(block.projection, attended), to: &tokens)
      ranges.residual.see(tokens)
      let second = norm(block.perceptronNorm, tokens)
      ranges.blocks[index].perceptronNorm.see(second)
      var hidden = linear(block.expansion, second)
      ranges.blocks[index].beforeActivation.see(hidden)
      for index in hidden.indices { hidden[index] = Float(gelu(Double(hidden[index]))) }
      ranges.blocks[index].hidden.see(hidden)
      add(linear(block.contraction, hidden), to: &tokens)
      ranges.residual.see(tokens)
    }
    let embedding = norm(weights.finalNorm, Array(tokens[..<d]))
    ranges.embedding.see(embedding)
    return embedding
  }

  /// The embedding of one image.
  ///
  /// - Parameter pixels: RGB bytes [side, side, 3].
  /// - Returns: [dimension].
  /// - Throws: `ImageError` where the image has the wrong size.
  public func embedding(of pixels: [UInt8]) throws(ImageError) -> [Float] {
    var ranges = EncoderRanges(weights.configuration)
    return try embedding(of: pixels, ranges: &ranges)
  }

  private func patches(_ pixels: [UInt8]) -> [Float] {
    let shape = weights.configuration
    return shape.patchBytes.map { byte in
      let channel = byte % 3
      return (Float(pixels[byte]) / 255 - shape.pixelMean[channel]) / shape.pixelDeviation[channel]
    }
  }

  private func linear(_ layer: VisionTransformerWeights.Linear, _ input: [Float]) -> [Float] {
    let rows = input.count / layer.inputs
    var output = [Float](repeating: 0, count: rows * layer.outputs)
    for row in 0..<rows {
      for column in 0..<layer.outputs {
        output[row * layer.outputs + column] =
          layer.bias[column]
          + dot(
            input, row * layer.inputs, layer.weight, column * layer.inputs, count: layer.inputs)
      }
    }
    return output
  }

  private func norm(_ layer: VisionTransformerWeights.Norm, _ input: [Float]) -> [Float] {
    let d = layer.gain.count
    var output = input
    for start in stride(from: 0, to: input.count, by: d) {
      let row = input[start..<start + d]
      let mean = row.reduce(0, +) / Float(d)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(d)
      let factor = 1 / (variance + weights.configuration.normEpsilon).squareRoot()
      for j in 0..<d {
        output[start + j] = (input[start + j] - mean) * factor * layer.gain[j] + layer.offset[j]
      }
    }
    return output
  }

  private func attention(_ queriesKeysValues: [Float], ranges: inout EncoderRanges.Block)
    -> [Float]
  {
    let shape = weights.configuration
    let (n, d, width) = (shape.tokens, shape.headDimension, shape.dimension)
    var output = [Float](repeating: 0, count: n * width)
    for head in 0..<shape.heads {
      func part(_ which: Int) -> [Float] {
        (0..<n).flatMap { token in
          let start = token * 3 * width + which * width + head * d
          return queriesKeysValues[start..<start + d]
        }
      }
      let (queries, keys, values) = (part(0), part(1), part(2))
      let taylor = ReferenceAttention.taylor(
        queries: queries, keys: keys, values: values, tokens: n, dimension: d,
        collapsed: shape.attention == .taylorCollapsed)
      ranges.heads[head].queries.see(queries)
      ranges.heads[head].keys.see(keys)
      ranges.heads[head].keys.see(taylor.centredKeys)
      ranges.heads[head].values.see(values)
      ranges.heads[head].context.see(taylor.context)
      ranges.logits.see(
        ReferenceAttention.logits(
          queries: queries, keys: taylor.centredKeys, tokens: n, dimension: d))
      let result =
        shape.attention == .softmax
        ? ReferenceAttention.softmax(
          queries: queries, keys: keys, values: values, tokens: n, dimension: d)
        : taylor.output
      for token in 0..<n {
        for j in 0..<d { output[token * width + head * d + j] = result[token * d + j] }
      }
    }
    return output
  }

  private func add(_ change: [Float], to tokens: inout [Float]) {
    for index in tokens.indices { tokens[index] += change[index] }
  }
}

/// x·Φ(x).
func gelu(_ x: Double) -> Double { 0.5 * x * (1 + Double.erf(x * 0.5.squareRoot())) }

/// What is wrong with an image.
public enum ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another number of bytes than a square RGB image of the encoder's side has.
  case size(bytes: Int, wanted: Int, side: Int)

  /// In words.
  public var description: String {
    switch self {
    case .size(let bytes, let wanted, let side):
      "the image has \(bytes) bytes, but this encoder takes RGB images of \(side) x \(side) pixels, "
        + "\(wanted) bytes"
    }
  }
}

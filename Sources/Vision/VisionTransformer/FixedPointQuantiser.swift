internal import Numbers
public import Tensors

extension FixedPointEncoder {
  /// Rounds an encoder to integers.
  ///
  /// - Parameters:
  ///   - weights: The float encoder.
  ///   - ranges: What the reference encoder saw on real images.
  ///   - width: Of the machine.
  /// - Throws: `FixedPointError`.
  public init(_ weights: VisionTransformerWeights, ranges: EncoderRanges, width: IntegerWidth)
    throws(FixedPointError)
  {
    guard ranges.areFinite else { throw .notFinite }
    guard ranges.residual.largest > 0 else { throw .notCalibrated }
    guard ranges.blocks.count == weights.blocks.count else {
      throw .rangesDoNotFit(blocks: ranges.blocks.count, depth: weights.blocks.count)
    }
    if weights.configuration.attention == .softmax, width != .eight {
      throw .softmaxNeedsEightBit
    }
    let quantiser = Quantiser(
      configuration: weights.configuration, width: width,
      // A little room, because other images may reach further than those that were seen.
      residual: Double(ranges.residual.largest) * 1.1 / 32767)
    configuration = weights.configuration
    self.width = width
    patchEmbedding = quantiser.patchEmbedding(weights)
    let d = configuration.dimension
    classRow = (0..<d).map {
      quantiser.residual(Double(weights.classToken[$0]) + Double(weights.positions[$0]))
    }
    positions = weights.positions[d...].map { quantiser.residual(Double($0)) }
    blocks = zip(weights.blocks, ranges.blocks).map { quantiser.block($0, $1) }
    let scale = Double(ranges.embedding.largest) * 1.1 / 32767
    finalNorm = quantiser.norm(weights.finalNorm, scale: scale)
    embeddingScale = Float(scale)
  }
}

/// The scales of one encoder. A scale is what one unit of an integer is worth.
private struct Quantiser {
  let configuration: VisionTransformerConfiguration
  let width: IntegerWidth
  let residual: Double

  func residual(_ value: Double) -> Int16 {
    Int16(Int(saturating: (value / residual).rounded()).saturated(to: 32767))
  }

  private func scale(_ range: EncoderRanges.Range) -> Double {
    max(Double(range.largest), 1e-6) / Double(width.limit)
  }

  func linear(
    _ layer: VisionTransformerWeights.Linear, input: Double, output: (Int) -> Double
  ) -> FixedPointEncoder.Linear {
    var weight = [Int16](repeating: 0, count: layer.weight.count)
    var bias: [Int] = []
    var rescaling: [Rescaling] = []
    for column in 0..<layer.outputs {
      let row = column * layer.inputs..<(column + 1) * layer.inputs
      let largest = layer.weight[row].reduce(Float(0)) { max($0, abs($1)) }
      let scale = max(Double(largest), 1e-9) / Double(width.limit)
      for index in row {
        weight[index] = Int16(saturating: (Double(layer.weight[index]) / scale).rounded())
      }
      // Sums stay in 31 bits at 8 bit, in 42 at 16; a larger bias saturates its output anyway.
      let unit = input * scale
      let limit = width == .eight ? 0x1p29 : 0x1p41
      bias.append(Int(saturating: (Double(layer.bias[column]) / unit).rounded().clamped(to: limit)))
      rescaling.append(Rescaling(unit / output(column)))
    }
    return .init(
      weight: weight, bias: bias, rescaling: rescaling, inputs: layer.inputs,
      outputs: layer.outputs)
  }

  /// Folds the normalisation of pixels into the weights: what comes in is byte − 128.
  func patchEmbedding(_ weights: VisionTransformerWeights) -> FixedPointEncoder.Linear {
    var layer = weights.patchEmbedding
    let area = configuration.patchSide * configuration.patchSide
    for column in 0..<layer.outputs {
      var bias = Double(layer.bias[column])
      for index in 0..<layer.inputs {
        let channel = index / area
        let weight = Double(layer.weight[column * layer.inputs + index])
        let deviation = Double(configuration.pixelDeviation[channel])
        bias += weight * (128.0 / 255 - Double(configuration.pixelMean[channel])) / deviation
        layer.weight[column * layer.inputs + index] = Float(weight / (255 * deviation))
      }
      layer.bias[column] = Float(bias)
    }
    return linear(layer, input: 1) { _ in residual }
  }

  func norm(_ layer: VisionTransformerWeights.Norm, scale: Double) -> FixedPointEncoder.Norm {
    let largest = layer.gain.reduce(Float(0)) { max($0, abs($1)) }
    let factor = max(Double(largest), 1e-9) / (4096 * scale)
    let shift = min(max(19 - Int(factor.exponent), 1), 40)
    let unit = Double(1 << shift)
    let d = Double(configuration.dimension)
    let epsilon = Double(configuration.normEpsilon) * d * d * d / (residual * residual)
    return .init(
      gain: layer.gain.map {
        Int32(saturating: (Double($0) / (4096 * scale) * unit).rounded().clamped(to: 0x1p30))
      },
      offset: layer.offset.map {
        Int(saturating: (Double($0) / scale * unit).rounded().clamped(to: 0x1p60))
      },
      shift: shift, epsilon: max(1, Int(saturating: epsilon.rounded().clamped(to: 0x1p59))))
  }

  func block(_ block: VisionTransformerWeights.Block, _ ranges: EncoderRanges.Block)
    -> FixedPointEncoder.Block
  {
    let (d, width) = (configuration.headDimension, configuration.dimension)
    let normed = scale(ranges.attentionNorm)
    let attended = scale(ranges.attention)
    let second = scale(ranges.perceptronNorm)
    let before = scale(ranges.beforeActivation)
    let hidden = scale(ranges.hidden)
    return .init(
      attentionNorm: norm(block.attentionNorm, scale: normed),
      queriesKeysValues: linear(block.queriesKeysValues, input: normed) { column in
        let head = ranges.heads[column % width / d]
        return scale(column < width ? head.queries : column < 2 * width ? head.keys : head.values)
      },
      taylor: ranges.heads.map { taylor($0, output: attended) },
      softmax: self.width == .eight ? ranges.heads.map { softmax($0, output: attended) } : [],
      projection: linear(block.projection, input: attended) { _ in residual },
      perceptronNorm: norm(block.perceptronNorm, scale: second),
      expansion: linear(block.expansion, input: second) { _ in before },
      activation: activation(input: before, output: hidden),
      contraction: linear(block.contraction, input: hidden) { _ in residual })
  }

  private func taylor(_ head: EncoderRanges.Head, output: Double) -> FixedPointEncoder.Taylor {
    let (q, k, v, g) = (
      scale(head.queries), scale(head.keys), scale(head.values), scale(head.context)
    )
    let root = Double(configuration.headDimension).squareRoot()
    let n = Double(configuration.tokens)
    return .init(
      context: Rescaling(k * v / g), value: Rescaling(root * v / (q * g)),
      denominator: Int(saturating: (n * root / (q * k)).rounded().clamped(to: 0x1p41)),
      divisor: Rescaling(k * output / g), output: Rescaling(q * g / (n * root * output)))
  }

  private func softmax(_ head: EncoderRanges.Head, output: Double) -> FixedPointEncoder.Softmax {
    let log2e = 1.442695040888963
    let factor =
      scale(head.queries) * scale(head.keys) / Double(configuration.headDimension).squareRoot()
      * log2e * 32
    var shift = 21
    while shift > 0, factor * Double(1 << shift) > 0x1p21 { shift -= 1 }
    let multiplier = max(1, Int(saturating: (factor * Double(1 << shift)).rounded()))
    let limit = min((512 / factor).rounded(.up), Double(Int32.max) / Double(multiplier))
    return .init(
      multiplier: Int32(multiplier), shift: Int32(shift), limit: Int32(saturating: limit),
      output: Rescaling(scale(head.values) / (256 * output)))
  }

  private func activation(input: Double, output: Double) -> [Int32] {
    switch width {
    case .eight:
      (-128..<128).map { q in
        Int32(
          Int(saturating: (gelu(Double(q) * input) / output).rounded()).saturated(to: width.limit))
      }
    case .sixteen:
      (-128...128).map { high in
        Int32(
          Int(saturating: (gelu(Double(high) * 256 * input) / output).rounded()).saturated(
            to: width.limit))
      }
    }
  }
}

extension Double {
  fileprivate func clamped(to limit: Double) -> Double { min(max(self, -limit), limit) }
}

internal import Numbers
internal import Tensors

/// What an encoder's integers mean, written as plainly as can be. The fast kernels must agree with
/// it to the bit.
public struct FixedPointReference: Sendable {
  /// The encoder that it runs.
  public let encoder: FixedPointEncoder

  /// Runs this encoder.
  ///
  /// - Parameter encoder: Rounded weights.
  public init(_ encoder: FixedPointEncoder) { self.encoder = encoder }

  /// The embedding of one image, in units of `embeddingScale`.
  ///
  /// - Parameter pixels: RGB bytes [side, side, 3].
  /// - Returns: [dimension].
  /// - Throws: `ImageError` where the image has the wrong size.
  public func embedding(of pixels: [UInt8]) throws(ImageError) -> [Int16] {
    let shape = encoder.configuration
    guard pixels.count == shape.imageBytes else {
      throw .size(bytes: pixels.count, wanted: shape.imageBytes, side: shape.imageSide)
    }
    let limit = encoder.width.limit
    var residual = encoder.classRow.map(Int.init)
    let embedded = rescaled(encoder.patchEmbedding, patches(pixels), to: 32767)
    for (value, position) in zip(embedded, encoder.positions) {
      residual.append((value + Int(position)).saturated(to: 32767))
    }
    for block in encoder.blocks {
      let normed = norm(block.attentionNorm, residual, to: limit)
      let attended = attention(block, rescaled(block.queriesKeysValues, normed, to: limit))
      add(rescaled(block.projection, attended, to: 32767), to: &residual)
      let second = norm(block.perceptronNorm, residual, to: limit)
      let hidden = rescaled(block.expansion, second, to: limit).map { activate(block, $0) }
      add(rescaled(block.contraction, hidden, to: 32767), to: &residual)
    }
    let first = Array(residual[..<shape.dimension])
    return norm(encoder.finalNorm, first, to: 32767).map { Int16($0) }
  }

  private func patches(_ pixels: [UInt8]) -> [Int] {
    encoder.configuration.patchBytes.map { Int(pixels[$0]) - 128 }
  }

  private func rescaled(_ layer: FixedPointEncoder.Linear, _ input: [Int], to limit: Int)
    -> [Int]
  {
    var output: [Int] = []
    for row in stride(from: 0, to: input.count, by: layer.inputs) {
      for column in 0..<layer.outputs {
        var sum = layer.bias[column]
        for k in 0..<layer.inputs {
          sum += input[row + k] * Int(layer.weight[column * layer.inputs + k])
        }
        output.append(layer.rescaling[column](sum).saturated(to: limit))
      }
    }
    return output
  }

  private func norm(_ layer: FixedPointEncoder.Norm, _ input: [Int], to limit: Int) -> [Int] {
    let d = layer.gain.count
    var output: [Int] = []
    for start in stride(from: 0, to: input.count, by: d) {
      let row = input[start..<start + d]
      let sum = row.reduce(0, +)
      let centred = row.map { d * $0 - sum }
      let variance = centred.reduce(layer.epsilon) { $0 + $1 * $1 }
      let even = (variance.leadingZeroBitCount - 2) / 2
      let factor = ((d << 40).squareRoot << 35) / (variance << (2 * even)).squareRoot
      for (j, value) in centred.enumerated() {
        let normalised = (value * factor + (1 << (42 - even))) >> (43 - even)
        let scaled = normalised * Int(layer.gain[j]) + layer.offset[j]
        output.append(((scaled + (1 << (layer.shift - 1))) >> layer.shift).saturated(to: limit))
      }
    }
    return output
  }

  private func activate(_ block: FixedPointEncoder.Block, _ value: Int) -> Int {
    switch encoder.width {
    case .eight: return Int(block.activation[value + 128])
    case .sixteen:
      let (high, low) = ((value >> 8) + 128, value & 255)
      let (left, right) = (Int(block.activation[high]), Int(block.activation[high + 1]))
      return left + (((right - left) * low + 128) >> 8)
    }
  }

  private func attention(_ block: FixedPointEncoder.Block, _ input: [Int]) -> [Int] {
    let shape = encoder.configuration
    let (n, d, width) = (shape.tokens, shape.headDimension, shape.dimension)
    var output = [Int](repeating: 0, count: n * width)
    for head in 0..<shape.heads {
      func part(_ which: Int) -> [[Int]] {
        (0..<n).map { token in
          let start = token * 3 * width + which * width + head * d
          return Array(input[start..<start + d])
        }
      }
      let result =
        shape.attention == .softmax
        ? softmax(block.softmax[head], part(0), part(1), part(2))
        : taylor(block.taylor[head], part(0), part(1), part(2))
      for token in 0..<n {
        for j in 0..<d { output[token * width + head * d + j] = result[token][j] }
      }
    }
    return output
  }

  private func taylor(
    _ scales: FixedPointEncoder.Taylor, _ queries: [[Int]], _ keys: [[Int]], _ values: [[Int]]
  ) -> [[Int]] {
    let limit = encoder.width.limit
    let d = encoder.configuration.headDimension
    func columnSum(_ rows: [[Int]], _ j: Int) -> Int { rows.reduce(0) { $0 + $1[j] } }
    let means = (0..<d).map { columnSum(keys, $0).roundedQuotient(by: keys.count) }
    let centred = keys.map { row in zip(row, means).map { ($0 - $1).saturated(to: limit) } }
    let context = (0..<d).map { i in
      (0..<d).map { j in
        scales.context(zip(centred, values).reduce(0) { $0 + $1.0[i] * $1.1[j] })
          .saturated(to: limit)
      }
    }
    let keySums = (0..<d).map { columnSum(centred, $0) }
    let valueTerms = (0..<d).map { scales.value(columnSum(values, $0)) }
    return queries.map { query in
      let sum = scales.denominator + zip(query, keySums).reduce(0) { $0 + $1.0 * $1.1 }
      let denominator = max(1, scales.divisor(sum))
      return (0..<d).map { j in
        let numerator = (0..<d).reduce(valueTerms[j]) { $0 + query[$1] * context[$1][j] }
        let result =
          encoder.configuration.attention == .taylorCollapsed
          ? scales.output(numerator) : numerator.roundedQuotient(by: denominator)
        return result.saturated(to: limit)
      }
    }
  }

  private func softmax(
    _ scales: FixedPointEncoder.Softmax, _ queries: [[Int]], _ keys: [[Int]], _ values: [[Int]]
  ) -> [[Int]] {
    let limit = Int(scales.limit)
    return queries.map { query in
      let sums = keys.map { zip(query, $0).reduce(0) { $0 + $1.0 * $1.1 } }
      let highest = sums.max() ?? 0
      let exponentials = sums.map { sum in
        let steps = min(
          512, (min(highest - sum, limit) * Int(scales.multiplier)) >> Int(scales.shift))
        return Self.halves[steps & 31] >> (steps >> 5)
      }
      let shares = exponentials.map { ($0 * 255) >> 15 }
      let total = shares.reduce(0, +)
      return query.indices.map { j in
        let sum = zip(shares, values).reduce(0) { $0 + $1.0 * $1.1[j] }
        return scales.output((256 * sum).roundedQuotient(by: total))
          .saturated(to: encoder.width.limit)
      }
    }
  }

  private func add(_ change: [Int], to residual: inout [Int]) {
    for index in residual.indices {
      residual[index] = (residual[index] + change[index]).saturated(to: 32767)
    }
  }

  /// round(2^15 · 2^(−i/32)): powers of two in 32nds.
  private static let halves = (0..<32).map { step in
    // The 32nd root is five square roots.
    var root = 0.5
    for _ in 0..<5 { root = root.squareRoot() }
    return Int(saturating: (32768 * (0..<step).reduce(1.0) { power, _ in power * root }).rounded())
  }
}

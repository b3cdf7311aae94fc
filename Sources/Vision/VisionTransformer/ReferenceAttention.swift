internal import RealModule

/// Attention of one head, straight from its definition: slow, and what the fast kernels are held
/// against. Queries, keys and values are [tokens, dimension], row-major.
public enum ReferenceAttention {
  /// What one head computed besides its output.
  public struct TaylorParts: Hashable, Sendable {
    /// K̂, the keys less their mean over the tokens: [tokens, dimension].
    public var centredKeys: [Float]
    /// G = K̂ᵀV: [dimension, dimension].
    public var context: [Float]
    /// Z: [tokens, dimension].
    public var output: [Float]
  }

  /// softmax(QKᵀ/√d)V.
  ///
  /// - Parameters:
  ///   - queries: [tokens, dimension].
  ///   - keys: [tokens, dimension].
  ///   - values: [tokens, dimension].
  ///   - tokens: Rows.
  ///   - dimension: Columns.
  /// - Returns: [tokens, dimension].
  public static func softmax(
    queries: [Float], keys: [Float], values: [Float], tokens: Int, dimension: Int
  ) -> [Float] {
    let weights = softmaxWeights(
      logits(queries: queries, keys: keys, tokens: tokens, dimension: dimension), tokens: tokens)
    return weighted(weights, values, tokens: tokens, dimension: dimension)
  }

  /// Linear Taylor attention, ViTALiTy (HPCA 2023), Algorithm 1.
  ///
  /// - Parameters:
  ///   - queries: [tokens, dimension].
  ///   - keys: [tokens, dimension].
  ///   - values: [tokens, dimension].
  ///   - tokens: Rows.
  ///   - dimension: Columns.
  ///   - collapsed: Whether the denominator is taken as n√d.
  /// - Returns: The output and what the accelerator holds on the way.
  public static func taylor(
    queries: [Float], keys: [Float], values: [Float], tokens: Int, dimension: Int,
    collapsed: Bool = false
  ) -> TaylorParts {
    let root = Float(dimension).squareRoot()
    // Step 1: K̂ = K − 1·mean over tokens.
    let mean = columnSums(keys, dimension).map { $0 / Float(tokens) }
    let centred = keys.indices.map { keys[$0] - mean[$0 % dimension] }
    // Step 2: G = K̂ᵀV.
    var context = [Float](repeating: 0, count: dimension * dimension)
    for token in 0..<tokens {
      for i in 0..<dimension {
        let key = centred[token * dimension + i]
        for j in 0..<dimension {
          context[i * dimension + j] += key * values[token * dimension + j]
        }
      }
    }
    // Step 3: sums of K̂ and V over the tokens.
    let keySum = columnSums(centred, dimension)
    let valueSum = columnSums(values, dimension)
    var output = [Float](repeating: 0, count: tokens * dimension)
    for token in 0..<tokens {
      // Step 4: t_D = n√d + q·k̂_sum.
      var denominator = Float(tokens) * root
      if !collapsed {
        for i in 0..<dimension { denominator += queries[token * dimension + i] * keySum[i] }
      }
      for j in 0..<dimension {
        // Steps 5 and 6: T_N = √d·v_sum + qG, Z = T_N / t_D.
        var numerator = root * valueSum[j]
        for i in 0..<dimension {
          numerator += queries[token * dimension + i] * context[i * dimension + j]
        }
        output[token * dimension + j] = numerator / denominator
      }
    }
    return TaylorParts(centredKeys: centred, context: context, output: output)
  }

  /// What a ViTALiTy encoder is trained with: Taylor attention, and where the attention map is
  /// strong the difference to softmax. The map's strong places are predicted from queries and keys
  /// of 4 bit (Sanger's predictor). At inference the second part is gone.
  ///
  /// - Parameters:
  ///   - queries: [tokens, dimension].
  ///   - keys: [tokens, dimension].
  ///   - values: [tokens, dimension].
  ///   - tokens: Rows.
  ///   - dimension: Columns.
  ///   - threshold: Predicted probability from which a place counts as strong.
  /// - Returns: The output, and the share of places that were strong.
  public static func taylorWithSparse(
    queries: [Float], keys: [Float], values: [Float], tokens: Int, dimension: Int,
    threshold: Float
  ) -> (output: [Float], density: Float) {
    var result = taylor(
      queries: queries, keys: keys, values: values, tokens: tokens, dimension: dimension)
    let predicted = softmaxWeights(
      logits(
        queries: quantised(queries, levels: 7), keys: quantised(keys, levels: 7), tokens: tokens,
        dimension: dimension), tokens: tokens)
    let exact = logits(
      queries: queries, keys: result.centredKeys, tokens: tokens, dimension: dimension)
    let softmax = softmaxWeights(exact, tokens: tokens)
    var strong = 0
    for row in 0..<tokens {
      for column in 0..<tokens where predicted[row * tokens + column] >= threshold {
        strong += 1
        // The first-order map is (1 + x)/n; exp(x)/Σexp less that is what Taylor leaves out.
        let missing =
          softmax[row * tokens + column] - (1 + exact[row * tokens + column]) / Float(tokens)
        for j in 0..<dimension {
          result.output[row * dimension + j] += missing * values[column * dimension + j]
        }
      }
    }
    return (result.output, Float(strong) / Float(tokens * tokens))
  }

  /// Softmax's inputs with centred keys, which Taylor expands around zero: qk̂/√d.
  ///
  /// - Parameters:
  ///   - queries: [tokens, dimension].
  ///   - keys: [tokens, dimension], centred or not.
  ///   - tokens: Rows.
  ///   - dimension: Columns.
  /// - Returns: [tokens, tokens].
  public static func logits(queries: [Float], keys: [Float], tokens: Int, dimension: Int)
    -> [Float]
  {
    let scale = 1 / Float(dimension).squareRoot()
    var all = [Float](repeating: 0, count: tokens * tokens)
    for row in 0..<tokens {
      for column in 0..<tokens {
        all[row * tokens + column] =
          scale
          * dot(queries, row * dimension, keys, column * dimension, count: dimension)
      }
    }
    return all
  }

  private static func softmaxWeights(_ logits: [Float], tokens: Int) -> [Float] {
    var weights = logits
    for row in 0..<tokens {
      let range = row * tokens..<(row + 1) * tokens
      let highest = weights[range].max() ?? 0
      var sum: Float = 0
      for index in range {
        weights[index] = Float.exp(weights[index] - highest)
        sum += weights[index]
      }
      for index in range { weights[index] /= sum }
    }
    return weights
  }

  private static func weighted(_ weights: [Float], _ values: [Float], tokens: Int, dimension: Int)
    -> [Float]
  {
    var output = [Float](repeating: 0, count: tokens * dimension)
    for row in 0..<tokens {
      for column in 0..<tokens {
        let weight = weights[row * tokens + column]
        for j in 0..<dimension {
          output[row * dimension + j] += weight * values[column * dimension + j]
        }
      }
    }
    return output
  }

  private static func quantised(_ values: [Float], levels: Float) -> [Float] {
    let step = max((values.map(abs).max() ?? 0) / levels, .leastNormalMagnitude)
    return values.map { ($0 / step).rounded() * step }
  }

  private static func columnSums(_ matrix: [Float], _ columns: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: columns)
    for index in matrix.indices { sums[index % columns] += matrix[index] }
    return sums
  }
}

/// Sum of the products of two stretches.
func dot(_ a: [Float], _ aStart: Int, _ b: [Float], _ bStart: Int, count: Int) -> Float {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var sums = SIMD8<Float>.zero
      var index = 0
      while index + 8 <= count {
        var x = SIMD8<Float>.zero
        var y = SIMD8<Float>.zero
        for lane in 0..<8 {
          x[lane] = a[aStart + index + lane]
          y[lane] = b[bStart + index + lane]
        }
        sums += x * y
        index += 8
      }
      var sum = sums.sum()
      while index < count {
        sum += a[aStart + index] * b[bStart + index]
        index += 1
      }
      return sum
    }
  }
}

public import Torch
internal import VisionTransformer

/// One block: attention and a perceptron, each after a norm and added to the tokens.
struct EncoderBlock: TorchModule {
  let attentionNorm: LayerNorm
  let queriesKeysValues: Linear
  let projection: Linear
  let perceptronNorm: LayerNorm
  let expansion: Linear
  let contraction: Linear
  let heads: Int

  init(_ configuration: VisionTransformerConfiguration) throws(TorchError) {
    let (d, hidden) = (configuration.dimension, configuration.hidden)
    let epsilon = Double(configuration.normEpsilon)
    attentionNorm = try LayerNorm(d, epsilon: epsilon)
    queriesKeysValues = try Linear(d, 3 * d, deviation: 0.02)
    projection = try Linear(d, d, deviation: 0.02)
    perceptronNorm = try LayerNorm(d, epsilon: epsilon)
    expansion = try Linear(d, hidden, deviation: 0.02)
    contraction = try Linear(hidden, d, deviation: 0.02)
    heads = configuration.heads
  }

  var parameters: [Parameter] {
    attentionNorm.parameters(prefix: "norm1.") + queriesKeysValues.parameters(prefix: "attn.qkv.")
      + projection.parameters(prefix: "attn.proj.") + perceptronNorm.parameters(prefix: "norm2.")
      + expansion.parameters(prefix: "mlp.fc1.") + contraction.parameters(prefix: "mlp.fc2.")
  }

  /// The next tokens [batch, tokens, dimension], and with `taylorWithSparse` the share of strong
  /// places.
  func callAsFunction(_ tokens: TorchTensor, _ attention: TrainingAttention) throws(TorchError)
    -> (tokens: TorchTensor, strongShare: TorchTensor?)
  {
    let (attended, share) = try attend(attentionNorm(tokens), attention)
    let middle = try tokens + projection(attended)
    let change = try contraction(expansion(perceptronNorm(middle)).gelu())
    return (try middle + change, share)
  }

  private func attend(_ x: TorchTensor, _ attention: TrainingAttention) throws(TorchError) -> (
    TorchTensor, TorchTensor?
  ) {
    let shape = x.shape
    let (batch, n, d) = (shape[0], shape[1], shape[2] / heads)
    // [3, batch, heads, n, d]
    let all = try queriesKeysValues(x).reshaped(batch, n, 3, heads, d).permuted(2, 0, 3, 1, 4)
    let parts = try Attention(
      queries: all.selected(0, 0), keys: all.selected(0, 1), values: all.selected(0, 2))
    let (output, share): (TorchTensor, TorchTensor?) =
      switch attention {
      case .softmax: (try parts.softmax(), nil)
      case .taylor: (try parts.taylor(), nil)
      case .taylorWithSparse(let threshold): try parts.taylorWithSparse(threshold: threshold)
      }
    return (try output.permuted(0, 2, 1, 3).reshaped(batch, n, heads * d), share)
  }
}

/// Attention of all heads at once: queries, keys and values are [batch, heads, tokens, dimension].
public struct Attention {
  let queries: TorchTensor
  let keys: TorchTensor
  let values: TorchTensor

  private var tokens: Int { values.shape[2] }
  private var rootOfDimension: Double { Double(values.shape[3]).squareRoot() }

  /// Attention between these.
  ///
  /// - Parameters:
  ///   - queries: [batch, heads, tokens, dimension].
  ///   - keys: The same shape.
  ///   - values: The same shape.
  /// - Throws: `TorchError` where the shapes differ.
  public init(queries: TorchTensor, keys: TorchTensor, values: TorchTensor) throws(TorchError) {
    let shapes = [queries.shape, keys.shape, values.shape]
    guard shapes[0].count == 4, shapes[1] == shapes[0], shapes[2] == shapes[0] else {
      throw TorchError(
        operation: "attention", shapes: shapes,
        reason: "queries, keys and values are all [batch, heads, tokens, dimension]")
    }
    self.queries = queries
    self.keys = keys
    self.values = values
  }

  /// softmax(QKᵀ/√d)V, of the same shape.
  public func softmax() throws(TorchError) -> TorchTensor {
    try (queries * (1 / rootOfDimension)).matmul(keys.transposed()).softmax().matmul(values)
  }

  /// ViTALiTy's Algorithm 1 with its denominator n√d: v_sum/n + Q(K̂ᵀV)/(n√d), of the same shape.
  public func taylor() throws(TorchError) -> TorchTensor {
    let centred = try centredKeys()
    let context = try centred.transposed().matmul(values) * (1 / (Double(tokens) * rootOfDimension))
    return try queries.matmul(context) + values.mean(2, keeping: true)
  }

  /// Taylor attention, and what it leaves out of softmax where the map is strong.
  ///
  /// - Parameter threshold: Predicted probability from which a place is strong.
  /// - Returns: The output, of the same shape; and the share of strong places, one number.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public func taylorWithSparse(threshold: Float) throws(TorchError) -> (TorchTensor, TorchTensor?) {
    let mask = try withoutGradient { () throws(TorchError) in
      try quantised(queries).matmul(quantised(keys).transposed()).softmax()
        .atLeast(Double(threshold))
    }
    let logits = try (queries * (1 / rootOfDimension)).matmul(centredKeys().transposed())
    let missing = try logits.softmax() - (logits + 1) * (1 / Double(tokens))
    let output = try taylor() + (mask * missing).matmul(values)
    return (output, try mask.mean())
  }

  private func centredKeys() throws(TorchError) -> TorchTensor {
    try keys - keys.mean(2, keeping: true)
  }

  /// To 4 bit, −7 ... 7 steps of a head's own size, divided by the fourth root of d so that a
  /// product of two has the scale of logits.
  private func quantised(_ x: TorchTensor) throws(TorchError) -> TorchTensor {
    let largest = try x.magnitude().largest(2, 3, keeping: true)
    let step = try (largest * (1 / 7)).clamped(Double(Float.leastNormalMagnitude), .infinity)
    return try (x / step).rounded() * step * (1 / rootOfDimension.squareRoot())
  }
}

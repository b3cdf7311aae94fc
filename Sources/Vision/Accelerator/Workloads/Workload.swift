/// What a network asks of a machine, layer by layer. Nothing here knows weights or images.
public struct Workload: Hashable, Sendable {
  /// The network's name.
  public var name: String
  /// In the order of execution.
  public var layers: [Layer]

  /// - Parameters:
  ///   - name: The network's name.
  ///   - layers: In the order of execution.
  public init(name: String, layers: [Layer]) {
    self.name = name
    self.layers = layers
  }

  /// One layer.
  public struct Layer: Hashable, Sendable {
    /// The block that it belongs to, such as `block 3` or `stage 1 block 2`.
    public var block: String
    /// What it does there.
    public var kind: Kind

    /// - Parameters:
    ///   - block: Where it belongs.
    ///   - kind: What it does.
    public init(_ block: String, _ kind: Kind) {
      self.block = block
      self.kind = kind
    }
  }

  /// What a layer computes.
  public enum Kind: Hashable, Sendable {
    /// A matrix of `rows` by `inputs` times weights of `inputs` by `outputs`. Convolutions are
    /// unrolled to it.
    case linear(name: String, rows: Int, inputs: Int, outputs: Int)
    /// A depthwise convolution of `channels` images of `pixels`, with `taps` weights each.
    case depthwise(name: String, pixels: Int, channels: Int, taps: Int)
    /// Attention.
    case attention(Attention)
    /// Layer norm of `rows` tokens: two sums, a subtraction and a division for each number.
    case norm(rows: Int, columns: Int)
    /// Element-wise work that streams with the layer before: activation or residual addition.
    case elementwise(name: String, count: Int)
  }

  /// Attention of `heads` heads.
  public struct Attention: Hashable, Sendable {
    /// Tokens that ask.
    public var queries: Int
    /// Tokens that are asked.
    public var keys: Int
    /// Numbers in a query or key of one head.
    public var dimension: Int
    /// Numbers in a value of one head.
    public var valueDimension: Int
    /// Heads, and independent groups of tokens with it.
    public var heads: Int
    /// Whether a learned [queries, keys] bias is added to the logits (LeViT). First-order Taylor
    /// keeps it as a product of a constant matrix with V, which does not factor through G: it is
    /// charged in full.
    public var hasBias: Bool

    /// - Parameters:
    ///   - queries: Tokens that ask.
    ///   - keys: Tokens that are asked.
    ///   - dimension: Of a query.
    ///   - valueDimension: Of a value; that of a query by default.
    ///   - heads: Heads.
    ///   - hasBias: Whether logits have a bias.
    public init(
      queries: Int, keys: Int, dimension: Int, valueDimension: Int? = nil, heads: Int,
      hasBias: Bool = false
    ) {
      self.queries = queries
      self.keys = keys
      self.dimension = dimension
      self.valueDimension = valueDimension ?? dimension
      self.heads = heads
      self.hasBias = hasBias
    }

    /// Multiplications of softmax attention: QKᵀ and the weighted values.
    public var softmaxMultiplications: Int {
      heads * queries * keys * (dimension + valueDimension)
    }

    /// Multiplications of Taylor attention, G = K̂ᵀV first: 2nd² + nd at equal sizes.
    public var taylorMultiplications: Int {
      heads
        * ((queries + keys) * dimension * valueDimension + queries * dimension
          + (hasBias ? queries * keys * valueDimension : 0))
    }
  }

  /// Multiply-accumulates outside attention.
  public var linearMultiplications: Int {
    layers.reduce(0) { sum, layer in
      switch layer.kind {
      case .linear(_, let rows, let inputs, let outputs): sum + rows * inputs * outputs
      case .depthwise(_, let pixels, let channels, let taps): sum + pixels * channels * taps
      case .attention, .norm, .elementwise: sum
      }
    }
  }

  /// Rows of the tallest layer, of one image.
  var mostRows: Int {
    layers.reduce(1) { most, layer in
      switch layer.kind {
      case .linear(_, let rows, _, _), .norm(let rows, _): max(most, rows)
      case .depthwise(_, let pixels, _, _): max(most, pixels)
      case .attention(let attention): max(most, attention.queries)
      case .elementwise: most
      }
    }
  }

  /// The attention layers.
  public var attentions: [Attention] {
    layers.compactMap { if case .attention(let attention) = $0.kind { attention } else { nil } }
  }
}

/// Which attention a network runs with.
public enum AttentionAlgorithm: String, CaseIterable, Hashable, Sendable {
  /// Linear Taylor attention.
  case taylor
  /// softmax(QKᵀ/√d)V.
  case softmax
}

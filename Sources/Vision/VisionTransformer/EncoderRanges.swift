/// How large the numbers inside an encoder get on real images: what integer execution is scaled by.
public struct EncoderRanges: Hashable, Sendable, Codable {
  /// The largest magnitude seen.
  public struct Range: Hashable, Sendable, Codable {
    /// Zero while nothing was seen.
    public private(set) var largest: Float = 0

    /// Takes account of values.
    ///
    /// - Parameter values: Any number of them.
    public mutating func see(_ values: [Float]) {
      // What is not a number would be passed over by a comparison.
      for value in values { largest = value.isNaN ? .infinity : max(largest, abs(value)) }
    }
  }

  /// Softmax's inputs after centring, which first-order Taylor takes to be within [−1, 1).
  public struct Logits: Hashable, Sendable, Codable {
    /// How many were seen.
    public private(set) var count = 0
    /// How many of them lay outside [−1, 1).
    public private(set) var outside = 0
    /// The largest magnitude.
    public private(set) var largest: Float = 0

    /// The share outside [−1, 1).
    public var shareOutside: Double { count == 0 ? 0 : Double(outside) / Double(count) }

    mutating func add(_ other: Logits) {
      count += other.count
      outside += other.outside
      largest = max(largest, other.largest)
    }

    mutating func see(_ logits: [Float]) {
      count += logits.count
      for value in logits {
        if value < -1 || value >= 1 { outside += 1 }
        largest = max(largest, abs(value))
      }
    }
  }

  /// One head of a block.
  public struct Head: Hashable, Sendable, Codable {
    /// Q.
    public var queries = Range()
    /// K and K̂.
    public var keys = Range()
    /// V.
    public var values = Range()
    /// G = K̂ᵀV.
    public var context = Range()
  }

  /// One block.
  public struct Block: Hashable, Sendable, Codable {
    /// After the first norm.
    public var attentionNorm = Range()
    /// Each head.
    public var heads: [Head]
    /// Z, before the projection.
    public var attention = Range()
    /// After the second norm.
    public var perceptronNorm = Range()
    /// Before GELU.
    public var beforeActivation = Range()
    /// After GELU.
    public var hidden = Range()
    /// Softmax's inputs, over its heads.
    public var logits = Logits()
  }

  /// The residual stream, over all blocks.
  public var residual = Range()
  /// Each block.
  public var blocks: [Block]
  /// After the final norm.
  public var embedding = Range()

  /// Softmax's inputs, over all blocks.
  public var logits: Logits {
    blocks.reduce(into: Logits()) { $0.add($1.logits) }
  }

  /// Whether all that was seen were numbers, and none infinite.
  public var areFinite: Bool {
    let ofBlocks = blocks.flatMap { block in
      [
        block.attentionNorm, block.attention, block.perceptronNorm, block.beforeActivation,
        block.hidden,
      ] + block.heads.flatMap { [$0.queries, $0.keys, $0.values, $0.context] }
    }
    return ([residual, embedding] + ofBlocks).allSatisfy(\.largest.isFinite)
  }

  /// Nothing seen yet.
  ///
  /// - Parameter configuration: The encoder to be watched.
  public init(_ configuration: VisionTransformerConfiguration) {
    let heads = [Head](repeating: Head(), count: configuration.heads)
    blocks = [Block](repeating: Block(heads: heads), count: configuration.depth)
  }
}

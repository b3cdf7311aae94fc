public import Tensors

/// An encoder in the integers of the modelled accelerator: weights, scales and tables, nothing else.
/// Its result is defined by `FixedPointReference`, to the bit.
///
/// Tokens between blocks (the residual stream) are 16 bit at either width, since they are sums over
/// the whole depth; everything that enters a matrix product has the width of the machine.
public struct FixedPointEncoder: Hashable, Sendable {
  /// A linear layer: an exact sum of products and bias, then a rescaling of each output.
  public struct Linear: Hashable, Sendable {
    /// [outputs, inputs], within the width.
    public var weight: [Int16]
    /// [outputs], in the unit of the sums.
    public var bias: [Int]
    /// [outputs].
    public var rescaling: [Rescaling]
    /// Numbers that come in.
    public let inputs: Int
    /// Numbers that go out.
    public let outputs: Int
  }

  /// Layer norm in integers. With x a row of D 16-bit numbers: c = D·x − Σx;
  /// V = Σc² + epsilon; V' = V·4^e in [2^60, 2^62); r = ⌊⌊√(D·2^40)⌋·2^35 / ⌊√V'⌋⌋;
  /// z = (c·r + 2^(42−e)) >> (43 − e), which is the normalised value times 4096;
  /// y = (z·gain + offset + 2^(shift−1)) >> shift, saturated.
  public struct Norm: Hashable, Sendable {
    /// [dimension].
    public var gain: [Int32]
    /// [dimension].
    public var offset: [Int]
    /// 1 to 40.
    public var shift: Int
    /// At least 1.
    public var epsilon: Int
  }

  /// Taylor attention of one head in integers. The steps are those of Algorithm 1:
  /// 1. m = round(Σk / n), K̂ = K − m, saturated;
  /// 2. G = context(K̂ᵀV), saturated;
  /// 3. k̂ = ΣK̂ and v = ΣV;
  /// 4. t_D = divisor(denominator + q·k̂), at least 1;
  /// 5. T_N = value(v) + qG;
  /// 6. Z = round(T_N / t_D), saturated; collapsed: Z = output(T_N), saturated.
  public struct Taylor: Hashable, Sendable {
    /// From the unit of K̂ᵀV to that of G.
    public var context: Rescaling
    /// From the unit of ΣV, times √d, to that of qG.
    public var value: Rescaling
    /// n√d in the unit of q·k̂.
    public var denominator: Int
    /// From the unit of q·k̂ to that of qG for one unit of Z.
    public var divisor: Rescaling
    /// From the unit of qG to that of Z, divided by n√d.
    public var output: Rescaling
  }

  /// Softmax of one head in 8 bit. With a = qk and a* the row's largest: t = min(512,
  /// (min(a* − a, limit)·multiplier) >> shift), 32nds of a power of two; e = ⌊2^15·2^(−t/32)⌋ from a
  /// table of 32 entries; p = (e·255) >> 15; Z = output(round(256·Σp·v / Σp)), saturated. Weights are
  /// divided by their sum last, so that an even row keeps all its bits.
  public struct Softmax: Hashable, Sendable {
    /// At most 21 bits.
    public var multiplier: Int32
    /// At most 21.
    public var shift: Int32
    /// Beyond it e is zero.
    public var limit: Int32
    /// From a 256th of the unit of V to that of Z.
    public var output: Rescaling
  }

  /// One block.
  public struct Block: Hashable, Sendable {
    /// Before attention.
    public var attentionNorm: Norm
    /// Queries, keys and values at once.
    public var queriesKeysValues: Linear
    /// One a head.
    public var taylor: [Taylor]
    /// One a head; empty at 16 bit.
    public var softmax: [Softmax]
    /// After attention, into the residual stream.
    public var projection: Linear
    /// Before the perceptron.
    public var perceptronNorm: Norm
    /// To the hidden layer.
    public var expansion: Linear
    /// GELU. 8 bit: its value at −128 ... 127. 16 bit: 257 knots, between which it is
    /// linear: knot[h] + ((knot[h + 1] − knot[h])·low + 128) >> 8 with h the upper byte plus 128.
    public var activation: [Int32]
    /// Back, into the residual stream.
    public var contraction: Linear
  }

  /// The encoder that this is.
  public var configuration: VisionTransformerConfiguration
  /// Of everything that enters a matrix product.
  public var width: IntegerWidth
  /// From bytes less 128 to the residual stream.
  public var patchEmbedding: Linear
  /// Class token and its position, in the residual stream's unit: [dimension].
  public var classRow: [Int16]
  /// Positions of the patches: [tokens − 1, dimension].
  public var positions: [Int16]
  /// [depth].
  public var blocks: [Block]
  /// To 16 bit at either width.
  public var finalNorm: Norm
  /// What a unit of the embedding is worth.
  public var embeddingScale: Float
}

/// Why an encoder cannot run in integers.
public enum FixedPointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Calibration saw nothing, so nothing can be scaled.
  case notCalibrated
  /// Calibration came to numbers that are too large: the weights are not those of a trained encoder.
  case notFinite
  /// Softmax needs an exponential, which the accelerator does not have; it is offered in 8 bit only.
  case softmaxNeedsEightBit
  /// The ranges belong to an encoder of another depth or number of heads.
  case rangesDoNotFit(blocks: Int, depth: Int)

  /// In words.
  public var description: String {
    switch self {
    case .notCalibrated:
      "integer execution needs ranges: run the reference encoder over a few real images first"
    case .notFinite:
      "the encoder's numbers grow beyond all bounds on real images: its weights are damaged, or of "
        + "another encoder"
    case .softmaxNeedsEightBit:
      "softmax attention runs in 8 bit only; choose 8 bit, or Taylor attention"
    case .rangesDoNotFit(let blocks, let depth):
      "the ranges are of an encoder of \(blocks) blocks, this one has \(depth)"
    }
  }
}

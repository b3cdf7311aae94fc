/// How tokens attend to one another.
public enum AttentionKind: String, CaseIterable, Hashable, Sendable, Codable {
  /// softmax(QKᵀ/√d)V.
  case softmax
  /// Linear Taylor attention, the six steps of ViTALiTy's Algorithm 1.
  case taylor
  /// The same with the denominator taken as n√d, which it is in exact arithmetic, because the
  /// centred keys sum to zero.
  case taylorCollapsed = "taylor-collapsed"
}

/// A Vision Transformer in the manner of DeiT: patch embedding, class token, learned positions,
/// pre-norm blocks of attention and a GELU perceptron, a final norm of the class token.
public struct VisionTransformerConfiguration: Hashable, Sendable, Codable {
  /// Pixels along each side of the square image.
  public var imageSide: Int
  /// Pixels along each side of a patch.
  public var patchSide: Int
  /// Numbers in a token.
  public var dimension: Int
  /// Blocks.
  public var depth: Int
  /// Attention heads of a block.
  public var heads: Int
  /// Width of the perceptron's hidden layer.
  public var hidden: Int
  /// How tokens attend.
  public var attention: AttentionKind
  /// Mean of each colour channel over the training images, in [0, 1].
  public var pixelMean: [Float]
  /// Standard deviation of each colour channel, in [0, 1].
  public var pixelDeviation: [Float]
  /// Added to the variance by each layer norm.
  public var normEpsilon: Float

  /// A configuration with the constants of DeiT.
  ///
  /// - Parameters:
  ///   - imageSide: Pixels along each side of the image.
  ///   - patchSide: Pixels along each side of a patch.
  ///   - dimension: Numbers in a token.
  ///   - depth: Blocks.
  ///   - heads: Attention heads of a block.
  ///   - attention: How tokens attend.
  public init(
    imageSide: Int, patchSide: Int, dimension: Int, depth: Int, heads: Int,
    attention: AttentionKind = .taylor
  ) {
    self.imageSide = imageSide
    self.patchSide = patchSide
    self.dimension = dimension
    self.depth = depth
    self.heads = heads
    self.attention = attention
    hidden = 4 * dimension
    pixelMean = [0.485, 0.456, 0.406]
    pixelDeviation = [0.229, 0.224, 0.225]
    normEpsilon = 1e-6
  }

  /// Patches along each side.
  public var patchesAcross: Int { patchSide > 0 ? imageSide / patchSide : 0 }
  /// Patches and the class token.
  public var tokens: Int { patchesAcross * patchesAcross + 1 }
  /// Numbers in a query of one head.
  public var headDimension: Int { heads > 0 ? dimension / heads : 0 }
  /// Numbers in a patch.
  public var patchValues: Int { 3 * patchSide * patchSide }
  /// Bytes of an RGB image.
  public var imageBytes: Int { 3 * imageSide * imageSide }

  /// The same encoder with another attention.
  ///
  /// - Parameter kind: How tokens are to attend.
  /// - Returns: The configuration.
  public func attending(_ kind: AttentionKind) -> Self {
    var changed = self
    changed.attention = kind
    return changed
  }

  /// Checks that the sizes divide as they must.
  ///
  /// - Throws: `ConfigurationError`, the first contradiction found.
  public func validate() throws(ConfigurationError) {
    for (name, value) in [
      ("image side", imageSide), ("patch side", patchSide), ("dimension", dimension),
      ("depth", depth), ("heads", heads), ("hidden", hidden),
    ] where value < 1 {
      throw .notPositive(name: name, value: value)
    }
    guard imageSide % patchSide == 0 else {
      throw .doesNotDivide(
        whole: "image side", wholeValue: imageSide, part: "patch side", partValue: patchSide)
    }
    guard dimension % heads == 0 else {
      throw .doesNotDivide(
        whole: "dimension", wholeValue: dimension, part: "number of heads", partValue: heads)
    }
    guard dimension <= 1024 else { throw .tooWide(dimension: dimension) }
    guard hidden <= 4096 else { throw .tooWide(dimension: hidden) }
    guard pixelMean.count == 3, pixelDeviation.count == 3,
      (pixelMean + pixelDeviation + [normEpsilon]).allSatisfy(\.isFinite),
      pixelDeviation.allSatisfy({ $0 > 0 }), normEpsilon > 0
    else { throw .normalisation(mean: pixelMean, deviation: pixelDeviation) }
  }

  /// Which byte of an RGB image [side, side, 3] each value of the patches is: patch after patch, each
  /// in the order (channel, y, x) of a convolution's weights.
  public var patchBytes: [Int] {
    var bytes: [Int] = []
    bytes.reserveCapacity(imageBytes)
    for row in 0..<patchesAcross {
      for column in 0..<patchesAcross {
        for channel in 0..<3 {
          for y in 0..<patchSide {
            for x in 0..<patchSide {
              let pixel = (row * patchSide + y) * imageSide + column * patchSide + x
              bytes.append(3 * pixel + channel)
            }
          }
        }
      }
    }
    return bytes
  }

  /// Multiply-accumulates of one image, attention as configured.
  public var multiplications: Int {
    let n = tokens
    let linear = n * dimension * (4 * dimension + 2 * hidden)
    let attended =
      attention == .softmax
      ? 2 * n * n * dimension : (2 * n * headDimension + n) * dimension
    return (n - 1) * patchValues * dimension + depth * (linear + attended)
  }
}

/// What is wrong with a configuration.
public enum ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A size is zero or negative.
  case notPositive(name: String, value: Int)
  /// One size must be a multiple of another.
  case doesNotDivide(whole: String, wholeValue: Int, part: String, partValue: Int)
  /// Integer execution is exact up to a dimension of 1024 and a hidden layer of 4096.
  case tooWide(dimension: Int)
  /// Three means and three positive deviations are needed.
  case normalisation(mean: [Float], deviation: [Float])
  /// No preset has this name.
  case unknownPreset(name: String, known: [String])

  /// In words.
  public var description: String {
    switch self {
    case .notPositive(let name, let value): "the \(name) must be at least 1, it is \(value)"
    case .doesNotDivide(let whole, let wholeValue, let part, let partValue):
      "the \(whole), \(wholeValue), is not a multiple of the \(part), \(partValue)"
    case .tooWide(let dimension):
      "a layer of width \(dimension) is too wide: at most 1024, hidden layers 4096"
    case .normalisation(let mean, let deviation):
      "pixel normalisation needs three finite means and three positive deviations, "
        + "not \(mean) and \(deviation)"
    case .unknownPreset(let name, let known):
      "there is no encoder named \(name); there are \(known.joined(separator: ", "))"
    }
  }
}

extension VisionTransformerConfiguration {
  /// DeiT-Tiny at 224 pixels (Touvron et al. 2021, table 1).
  public static let deitTiny = Self(
    imageSide: 224, patchSide: 16, dimension: 192, depth: 12, heads: 3)
  /// DeiT-Small at 224 pixels.
  public static let deitSmall = Self(
    imageSide: 224, patchSide: 16, dimension: 384, depth: 12, heads: 6)
  /// DeiT-Base at 224 pixels.
  public static let deitBase = Self(
    imageSide: 224, patchSide: 16, dimension: 768, depth: 12, heads: 12)
  /// The smaller encoder of robot cameras.
  public static let robotSmall = Self(
    imageSide: 96, patchSide: 8, dimension: 128, depth: 4, heads: 4)
  /// The larger encoder of robot cameras.
  public static let robotLarge = Self(
    imageSide: 96, patchSide: 8, dimension: 192, depth: 6, heads: 6)

  /// Every preset with its name.
  public static let presets: [(name: String, configuration: Self)] = [
    ("deit-tiny", deitTiny), ("deit-small", deitSmall), ("deit-base", deitBase),
    ("robot-small", robotSmall), ("robot-large", robotLarge),
  ]

  /// The preset of a name.
  ///
  /// - Parameter name: One of `presets`.
  /// - Returns: Its configuration.
  /// - Throws: `ConfigurationError.unknownPreset`, which lists those that there are.
  public static func preset(_ name: String) throws(ConfigurationError) -> Self {
    guard let found = presets.first(where: { $0.name == name }) else {
      throw .unknownPreset(name: name, known: presets.map(\.name))
    }
    return found.configuration
  }
}

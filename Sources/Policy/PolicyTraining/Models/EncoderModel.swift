internal import Foundation
internal import PlainErrors
public import Torch
public import VisionTransformer

/// How the tokens of an encoder in training attend to one another.
public enum TrainingAttention: Hashable, Sendable {
  /// softmax(QKᵀ/√d)V.
  case softmax
  /// ViTALiTy's Algorithm 1; its denominator is n√d, as it is in exact arithmetic.
  case taylor
  /// Taylor attention, and the difference to softmax where the map, predicted from 4-bit queries and
  /// keys, is at least the threshold (ViTALiTy's training; `ReferenceAttention.taylorWithSparse`).
  case taylorWithSparse(threshold: Float)
}

/// The Vision Transformer in training: DeiT's layout under timm's names.
public final class EncoderModel: TorchModule {
  /// What it is trained to be; of its attention, `attention` is used here.
  public let configuration: VisionTransformerConfiguration
  /// How tokens attend; may change in the course of a training.
  public var attention: TrainingAttention
  /// The share of strong places in each block's map, from the last pass with `taylorWithSparse`.
  public internal(set) var strongShares: [TorchTensor] = []

  let classToken: Parameter
  let positions: Parameter
  let patchWeight: Parameter
  let patchBias: Parameter
  let blocks: [EncoderBlock]
  let norm: LayerNorm
  /// Bytes times `scale` plus `offset` are the normalised values of a patch: [patchValues].
  private let scale: TorchTensor
  private let offset: TorchTensor

  /// An untrained encoder: weights normal with a deviation of 0.02, as DeiT's; patches as torch's
  /// convolutions.
  ///
  /// - Parameters:
  ///   - configuration: A valid one.
  ///   - attention: How tokens attend.
  /// - Throws: `TorchError`, should LibTorch have no memory.
  public init(_ configuration: VisionTransformerConfiguration, attention: TrainingAttention)
    throws(TorchError)
  {
    self.configuration = configuration
    self.attention = attention
    let (d, side) = (configuration.dimension, configuration.patchSide)
    func token(_ shape: [Int], _ name: String) throws(TorchError) -> Parameter {
      try Parameter(name, TorchTensor.normal(shape) * 0.02, decays: false)
    }
    classToken = try token([1, 1, d], "cls_token")
    positions = try Parameter(
      "pos_embed",
      TorchTensor(
        Self.waves(configuration), shape: [1, configuration.tokens, d]), decays: false)
    let bound = 1 / Double(max(configuration.patchValues, 1)).squareRoot()
    patchWeight = try Parameter(
      "patch_embed.proj.weight", TorchTensor.uniform(-bound...bound, [d, 3, side, side]),
      decays: true)
    patchBias = try Parameter(
      "patch_embed.proj.bias", TorchTensor.uniform(-bound...bound, [d]), decays: false)
    var made: [EncoderBlock] = []
    for _ in 0..<configuration.depth { made.append(try EncoderBlock(configuration)) }
    blocks = made
    norm = try LayerNorm(d, epsilon: Double(configuration.normEpsilon))
    let pixels = side * side
    var (scales, offsets): ([Float], [Float]) = ([], [])
    for channel in 0..<3 {
      let (mean, deviation) = (
        configuration.pixelMean[channel], configuration.pixelDeviation[channel]
      )
      scales += [Float](repeating: 1 / (255 * deviation), count: pixels)
      offsets += [Float](repeating: -mean / deviation, count: pixels)
    }
    scale = try TorchTensor(scales, shape: [3 * pixels])
    offset = try TorchTensor(offsets, shape: [3 * pixels])
  }

  /// Positions to begin with: sines and cosines of a patch's column and row, half as large as what
  /// they are added to. From noise, where an object is would be found several times later, if at all.
  private static func waves(_ configuration: VisionTransformerConfiguration) -> [Float] {
    let (d, across) = (configuration.dimension, configuration.patchesAcross)
    let waves = max(d / 4, 1)
    var values = [Float](repeating: 0, count: configuration.tokens * d)
    for patch in 0..<across * across {
      let (column, row) = (Double(patch % across), Double(patch / across))
      for index in 0..<d {
        let share = waves > 1 ? Double(index % waves) / Double(waves - 1) : 0
        let frequency = (0.5 + share * (Double(across) / 2 - 0.5)) * .pi / Double(across)
        let angle = frequency * (index / waves < 2 ? column : row)
        let wave = index / waves % 2 == 0 ? sin(angle) : cos(angle)
        values[(patch + 1) * d + index] = Float(0.5 * wave)
      }
    }
    return values
  }

  /// Timm's names.
  public var parameters: [Parameter] {
    [classToken, positions, patchWeight, patchBias]
      + blocks.enumerated().flatMap { $1.parameters(prefix: "blocks.\($0).") }
      + norm.parameters(prefix: "norm.")
  }

  /// The embeddings of pictures.
  ///
  /// - Parameter pictures: RGB bytes [batch, side, side, 3].
  /// - Returns: The class token after the final norm: [batch, dimension].
  /// - Throws: `TorchError` where shapes do not fit.
  public func callAsFunction(_ pictures: TorchTensor) throws(TorchError) -> TorchTensor {
    try norm(tokens(of: pictures).selected(1, 0))
  }

  /// The tokens of pictures after the last block, before the final norm: the class token, then the
  /// patches, row after row.
  ///
  /// - Parameter pictures: RGB bytes [batch, side, side, 3].
  /// - Returns: [batch, tokens, dimension].
  /// - Throws: `TorchError` where shapes do not fit.
  public func tokens(of pictures: TorchTensor) throws(TorchError) -> TorchTensor {
    let (d, batch) = (configuration.dimension, pictures.shape.first ?? 0)
    let weight = try patchWeight.tensor.reshaped(d, configuration.patchValues)
    let embedded = try patches(pictures).linear(weight, patchBias.tensor)
    let first = try classToken.tensor.expanded(batch, 1, d)
    var x =
      try TorchTensor.concatenated([first, embedded], dimension: 1) + positions.tensor
    strongShares = []
    for block in blocks {
      let (next, share) = try block(x, attention)
      x = next
      if let share { strongShares.append(share) }
    }
    return x
  }

  /// The normalised patches of pictures, each in the order (channel, y, x) of a convolution's
  /// weights.
  ///
  /// - Parameter pictures: RGB bytes [batch, side, side, 3].
  /// - Returns: [batch, patches, patchValues].
  /// - Throws: `TorchError` where shapes do not fit.
  public func patches(_ pictures: TorchTensor) throws(TorchError) -> TorchTensor {
    let (across, side, shape) = (
      configuration.patchesAcross, configuration.patchSide, pictures.shape
    )
    guard shape.count == 4, shape[1...] == [configuration.imageSide, configuration.imageSide, 3]
    else {
      throw TorchError(
        operation: "encode pictures", shapes: [shape],
        reason: "pictures have the shape [batch, \(configuration.imageSide), "
          + "\(configuration.imageSide), 3]")
    }
    // Bytes are rearranged, not floats: a quarter of the memory.
    let bytes = try pictures.reshaped(shape[0], across, side, across, side, 3)
      .permuted(0, 1, 3, 5, 2, 4).reshaped(shape[0], across * across, 3 * side * side)
    return try bytes.toFloat() * scale + offset
  }

  /// What it has learnt.
  ///
  /// - Returns: Weights whose configuration is this one's.
  /// - Throws: `TorchError` where a number is not finite any more: training has diverged.
  public func toWeights() throws(TorchError) -> VisionTransformerWeights {
    do {
      return try VisionTransformerWeights(tensors: state(), configuration: configuration)
    } catch let error as TorchError {
      throw error
    } catch {
      throw TorchError(
        operation: "export the encoder", shapes: [], reason: PlainError.reason(error))
    }
  }

  /// Takes up weights.
  ///
  /// - Parameter weights: Of a configuration with the same sizes.
  /// - Throws: `TorchError` where a shape differs.
  public func load(_ weights: VisionTransformerWeights) throws(TorchError) {
    try load(state: weights.tensors)
  }
}

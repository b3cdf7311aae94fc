internal import Numbers
public import Policy
internal import Tensors
internal import VisionTransformer

extension PolicyBundle {
  /// A policy of random weights, for measurements and tests: it knows nothing.
  ///
  /// - Parameters:
  ///   - manifest: What it is to be; the ranges of its eye are found anew.
  ///   - seed: The same seed gives the same weights.
  /// - Returns: The policy, flat ensemble and risk network included.
  /// - Throws: `PolicyFileError` where the manifest contradicts itself.
  public static func untrained(_ manifest: PolicyManifest, seed: UInt64) throws(PolicyFileError)
    -> PolicyBundle
  {
    var manifest = manifest
    do { try manifest.validate() } catch { throw .manifest(file: manifest.name, error) }
    let encoder: VisionTransformerWeights
    do {
      encoder = try VisionTransformerWeights.untrained(manifest.eye.encoder, seed: seed)
    } catch { throw .encoder(file: manifest.name, error) }
    var numbers = Noise(state: seed)
    manifest.eye.ranges = ranges(of: encoder, &numbers)
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in encoder.tensors { tensors[PolicyTensors.encoderPrefix + name] = tensor }
    let shapes = PolicyTensors.required(by: manifest)
      .merging(PolicyTensors.chooser(of: manifest)) { $1 }
      .merging(PolicyTensors.flat(of: manifest)) { $1 }
      .merging(PolicyTensors.risk(of: manifest)) { $1 }
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      // As PyTorch begins: uniform within ±1/√inputs.
      let limit = 1 / Float(max(shape.count > 1 ? shape[1] : 64, 1)).squareRoot()
      var tensor = Tensor(repeating: 0, shape: shape)
      for index in tensor.values.indices { tensor.values[index] = limit * numbers.next() }
      tensors[name] = tensor
    }
    return try PolicyBundle(manifest: manifest, tensors: tensors)
  }

  /// How large numbers get inside the encoder on two pictures of noise and gradients.
  private static func ranges(of weights: VisionTransformerWeights, _ numbers: inout Noise)
    -> EncoderRanges
  {
    let side = weights.configuration.imageSide
    var ranges = EncoderRanges(weights.configuration)
    for _ in 0..<2 {
      let bytes = (0..<side * side * 3).map { index in
        UInt8(
          clamping: Int(
            saturating: Float(index / (3 * side)) / Float(side) * 200 + 50 * numbers.next()))
      }
      // The picture has the encoder's own size, and cannot be refused.
      _ = try? ReferenceEncoder(weights).embedding(of: bytes, ranges: &ranges)
    }
    return ranges
  }

  /// Uniform numbers in [−1, 1) that depend on the seed alone (SplitMix64).
  private struct Noise {
    var state: UInt64

    mutating func next() -> Float {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Float((mixed ^ (mixed >> 31)) >> 40) * 0x1p-23 - 1
    }
  }
}

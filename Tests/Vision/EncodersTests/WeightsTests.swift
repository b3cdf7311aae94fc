// Aim: a checkpoint that is not this encoder's is refused with the tensor and both shapes named.
import Tensors
import Testing
import VisionTransformer

@Suite struct WeightsTests {
  private static let configuration = VisionTransformerConfiguration(
    imageSide: 16, patchSide: 8, dimension: 32, depth: 2, heads: 2)

  @Test func `weights survive the way through a checkpoint's tensors`() throws {
    let weights = try VisionTransformerWeights.untrained(Self.configuration, seed: 4)
    let again = try VisionTransformerWeights(
      tensors: weights.tensors, configuration: Self.configuration)
    #expect(again == weights)
  }

  @Test func `a missing tensor is named`() throws {
    var tensors = try VisionTransformerWeights.untrained(Self.configuration, seed: 4).tensors
    tensors["blocks.1.mlp.fc2.bias"] = nil
    #expect(throws: WeightError.missing(tensor: "blocks.1.mlp.fc2.bias")) {
      try VisionTransformerWeights(tensors: tensors, configuration: Self.configuration)
    }
  }

  @Test func `a tensor of another shape is named with both shapes`() throws {
    var other = Self.configuration
    other.imageSide = 24
    let tensors = try VisionTransformerWeights.untrained(other, seed: 4).tensors
    #expect(
      throws: WeightError.shape(tensor: "pos_embed", found: [1, 10, 32], wanted: [1, 5, 32])
    ) {
      try VisionTransformerWeights(tensors: tensors, configuration: Self.configuration)
    }
  }

  @Test func `a weight that is not a number is found`() throws {
    var tensors = try VisionTransformerWeights.untrained(Self.configuration, seed: 4).tensors
    tensors["norm.weight"]?.values[3] = .nan
    #expect(throws: WeightError.notFinite(tensor: "norm.weight", index: 3)) {
      try VisionTransformerWeights(tensors: tensors, configuration: Self.configuration)
    }
  }

  @Test(arguments: ["patch", "heads", "depth", "dimension", "hidden"])
  func `sizes that do not fit together are refused`(field: String) {
    var configuration = Self.configuration
    switch field {
    case "patch": configuration.patchSide = 7
    case "heads": configuration.heads = 3
    case "depth": configuration.depth = 0
    case "dimension": configuration.dimension = -8
    default: configuration.hidden = 1_000_000
    }
    #expect(throws: WeightError.self) {
      try VisionTransformerWeights.untrained(configuration, seed: 1)
    }
  }

  @Test func `integers need ranges, and softmax needs 8 bit`() throws {
    let weights = try VisionTransformerWeights.untrained(
      Self.configuration.attending(.softmax), seed: 4)
    var ranges = EncoderRanges(weights.configuration)
    #expect(throws: FixedPointError.notCalibrated) {
      try FixedPointEncoder(weights, ranges: ranges, width: .eight)
    }
    _ = try ReferenceEncoder(weights).embedding(
      of: testImage(weights.configuration, seed: 1), ranges: &ranges)
    #expect(throws: FixedPointError.softmaxNeedsEightBit) {
      try FixedPointEncoder(weights, ranges: ranges, width: .sixteen)
    }
  }

  @Test func `the sparse part takes Taylor attention towards softmax`() {
    let (n, d) = (24, 8)
    let weights = try? VisionTransformerWeights.untrained(
      .init(imageSide: 8, patchSide: 8, dimension: 24, depth: 1, heads: 3), seed: 8)
    let pool = (weights?.blocks[0].expansion.weight ?? []).map { $0 * 12 }
    let parts = (0..<3).map { part in Array(pool[part * n * d..<(part + 1) * n * d]) }
    let exact = ReferenceAttention.softmax(
      queries: parts[0], keys: parts[1], values: parts[2], tokens: n, dimension: d)
    func distance(_ threshold: Float) -> Float {
      let found = ReferenceAttention.taylorWithSparse(
        queries: parts[0], keys: parts[1], values: parts[2], tokens: n, dimension: d,
        threshold: threshold)
      return zip(exact, found.output).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
    // Nothing strong: Taylor alone. Everything strong: softmax itself.
    let taylorAlone = distance(2)
    #expect(distance(0) < 1e-4 * taylorAlone + 1e-4)
    #expect(distance(0.05) < taylorAlone)
  }
}

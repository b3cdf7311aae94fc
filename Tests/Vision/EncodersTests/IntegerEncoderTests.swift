// Aim: the fast integer kernels give the bits of the plain definition. Method: the same random
// encoder over both, on every instruction set of this machine, with odd sizes.
import Encoders
import TensorKernels
import Tensors
import Testing
import VisionTransformer

@Suite struct IntegerEncoderTests {
  @Test(
    arguments: [
      TestShape(image: 24, patch: 8, dimension: 64, depth: 2, heads: 2),
      TestShape(image: 40, patch: 8, dimension: 96, depth: 2, heads: 2),
      TestShape(image: 30, patch: 6, dimension: 80, depth: 1, heads: 4),
      TestShape(image: 32, patch: 4, dimension: 66, depth: 1, heads: 3),
    ], AttentionKind.allCases)
  func `bits are those of the definition`(shape: TestShape, attention: AttentionKind) throws {
    let weights = try VisionTransformerWeights.untrained(
      shape.configuration.attending(attention), seed: 7)
    let images = (0..<3).map { testImage(weights.configuration, seed: UInt64($0)) }
    var ranges = EncoderRanges(weights.configuration)
    _ = try ReferenceEncoder(weights).embedding(of: images[0], ranges: &ranges)
    for width in IntegerWidth.allCases where attention != .softmax || width == .eight {
      let encoder = try FixedPointEncoder(weights, ranges: ranges, width: width)
      let wanted = try images.map { try FixedPointReference(encoder).embedding(of: $0) }
      for instructions in InstructionSet.available {
        for threads in [1, 3] {
          let fast = try IntegerEncoder(
            encoder, execution: Execution(threads: threads, instructions: instructions))
          let found = try fast.integerEmbeddings(of: images)
          #expect(found == wanted, "\(width), \(instructions), \(threads) threads")
        }
      }
    }
  }

  @Test(arguments: AttentionKind.allCases)
  func `integers come close to the float encoder`(attention: AttentionKind) throws {
    let weights = try VisionTransformerWeights.untrained(
      .robotSmall.attending(attention), seed: 3)
    let images = (0..<2).map { testImage(weights.configuration, seed: UInt64($0)) }
    var ranges = EncoderRanges(weights.configuration)
    for image in images { _ = try ReferenceEncoder(weights).embedding(of: image, ranges: &ranges) }
    let float = try FloatEncoder(weights).embeddings(of: images)
    for width in IntegerWidth.allCases where attention != .softmax || width == .eight {
      let encoder = try FixedPointEncoder(weights, ranges: ranges, width: width)
      let integer = try IntegerEncoder(encoder).embeddings(of: images)
      for (a, b) in zip(float, integer) {
        #expect(cosine(a, b) > (width == .eight ? 0.99 : 0.99999), "\(width)")
      }
    }
  }
}

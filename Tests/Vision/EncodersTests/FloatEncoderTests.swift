// Aim: the fast float kernels compute what the plain definition says. Method: random encoders of odd
// sizes over both, on every instruction set of this machine.
import Encoders
import TensorKernels
import Testing
import VisionTransformer

@Suite struct FloatEncoderTests {
  @Test(
    arguments: [
      TestShape(image: 24, patch: 8, dimension: 64, depth: 2, heads: 2),
      TestShape(image: 30, patch: 6, dimension: 80, depth: 2, heads: 4),
      TestShape(image: 32, patch: 4, dimension: 66, depth: 1, heads: 3),
    ], AttentionKind.allCases)
  func `results are those of the definition`(shape: TestShape, attention: AttentionKind) throws {
    let weights = try VisionTransformerWeights.untrained(
      shape.configuration.attending(attention), seed: 11)
    let images = (0..<5).map { testImage(weights.configuration, seed: UInt64($0)) }
    let wanted = try images.map { try ReferenceEncoder(weights).embedding(of: $0) }
    for instructions in InstructionSet.available {
      for threads in [1, 2] {
        let encoder = try FloatEncoder(
          weights, execution: Execution(threads: threads, instructions: instructions))
        let found = try encoder.embeddings(of: images)
        for (a, b) in zip(wanted, found) {
          let error = zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
          #expect(error < 2e-5, "\(instructions), \(threads) threads")
        }
      }
    }
  }

  @Test func `an image of the wrong size is refused by number`() throws {
    let weights = try VisionTransformerWeights.untrained(.robotSmall, seed: 1)
    let encoder = try FloatEncoder(weights)
    let good = testImage(.robotSmall, seed: 0)
    let error = EncoderError.image(
      index: 1, .size(bytes: 12, wanted: good.count, side: 96))
    #expect(throws: error) {
      try encoder.embeddings(of: [good, [UInt8](repeating: 0, count: 12)])
    }
  }
}

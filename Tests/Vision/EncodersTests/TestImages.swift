import Testing
import VisionTransformer

struct TestShape: CustomTestStringConvertible, Sendable {
  var image: Int
  var patch: Int
  var dimension: Int
  var depth: Int
  var heads: Int

  var configuration: VisionTransformerConfiguration {
    VisionTransformerConfiguration(
      imageSide: image, patchSide: patch, dimension: dimension, depth: depth, heads: heads)
  }

  var testDescription: String { "\(image)/\(patch), \(dimension) x \(depth), \(heads) heads" }
}

/// A picture of soft shapes: neighbouring pixels are alike, as in a camera's.
func testImage(_ configuration: VisionTransformerConfiguration, seed: UInt64) -> [UInt8] {
  let side = configuration.imageSide
  var bytes: [UInt8] = []
  for y in 0..<side {
    for x in 0..<side {
      for channel in 0..<3 {
        let (u, v) = (Double(x) / Double(side), Double(y) / Double(side))
        let phase = Double(seed) * 1.7 + Double(channel)
        let wave = sine(7 * u + phase) * sine(5 * v + 2 * phase) + 0.3 * sine(40 * u * v + phase)
        bytes.append(UInt8(min(max(128 + 95 * wave, 0), 255)))
      }
    }
  }
  return bytes
}

/// A sine good enough for pictures, without a library.
private func sine(_ x: Double) -> Double {
  let turn = x.truncatingRemainder(dividingBy: 2 * .pi)
  let t = turn > .pi ? turn - 2 * .pi : turn < -.pi ? turn + 2 * .pi : turn
  return 1.27323954 * t - 0.405284735 * t * abs(t)
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
  func dot(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}

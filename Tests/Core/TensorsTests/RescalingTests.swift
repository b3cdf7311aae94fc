import Tensors
import Testing

@Suite struct RescalingTests {
  @Test(arguments: [1e-9, 0.0003, 0.5, 0.99, 1, 1.5, 77.7, 4000])
  func `a rescaling is close to its factor`(factor: Double) {
    let rescale = Rescaling(factor)
    for x in [-1_000_000, -12345, -1, 0, 1, 999, 1_000_000] {
      #expect(abs(Double(rescale(x)) - Double(x) * factor) <= 0.5 + abs(Double(x) * factor) * 2e-6)
    }
  }

  @Test func `quotients are rounded half up, also below zero`() {
    #expect(
      (-7..<8).map { $0.roundedQuotient(by: 2) }
        == [-3, -3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3, 3, 4])
  }

  @Test func `roots are exact`() {
    for x in [0, 1, 2, 3, 4, 1 << 40, (1 << 30) * (1 << 30) - 1, (1 << 31) * (1 << 31) - 1] {
      let root = x.squareRoot
      #expect(root * root <= x && (root + 1) * (root + 1) > x)
    }
  }
}

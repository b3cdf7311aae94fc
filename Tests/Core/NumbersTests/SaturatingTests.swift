// Aim: no number ends the process when it becomes a whole one, and those that fit stay what they are.
// Method: the ends of every type, what lies just beyond them, and numbers that are none.
import Numbers
import Testing

@Suite struct SaturatingTests {
  private func check<Whole: FixedWidthInteger>(_ type: Whole.Type) {
    for value in [
      0.0, -0.0, 1, -1, 0.999, -0.999, 127.5, -128.5, 255, 256, 32_768, -32_769, 2_147_483_647,
      2_147_483_648, -2_147_483_649, 0x1p53, 0x1p62, 0x1p63, -0x1p63, 0x1p64, 1e300, -1e300, 1e-300,
      .infinity, -.infinity, .nan, .signalingNaN, .leastNonzeroMagnitude,
    ] as [Double] {
      let whole = Whole(saturating: value)
      guard !value.isNaN else {
        #expect(whole == 0)
        continue
      }
      if let exact = Whole(exactly: value.rounded(.towardZero)), abs(value) <= 0x1p62 {
        #expect(whole == exact, "\(value) as \(type)")
      } else if type.bitWidth > 32 {
        // Room is left for a sum.
        #expect(whole == (value < 0 ? (Whole.isSigned ? 0 - (1 << 62) : 0) : 1 << 62))
      } else {
        #expect(whole == (value < 0 ? .min : .max), "\(value) as \(type)")
      }
      #expect(Whole(saturating: Float(value)) == Whole(saturating: Double(Float(value))))
    }
  }

  @Test func `every type takes every number`() {
    check(Int.self)
    check(Int64.self)
    check(Int32.self)
    check(Int16.self)
    check(Int8.self)
    check(UInt.self)
    check(UInt64.self)
    check(UInt32.self)
    check(UInt16.self)
    check(UInt8.self)
  }
}

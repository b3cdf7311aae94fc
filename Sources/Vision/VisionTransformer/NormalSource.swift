internal import RealModule

/// Normally distributed numbers that depend on the seed alone (SplitMix64, Box and Muller).
struct NormalSource {
  private var state: UInt64
  private var spare: Float?

  init(seed: UInt64) { state = seed }

  private mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }

  mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * Double.log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = Float(radius * Double.sin(angle))
    return Float(radius * Double.cos(angle))
  }
}

internal import Foundation
internal import RobotData

/// The codes that one robot's subgoals are sampled with. They are held for as long as the robot is on its
/// own in an episode: a robot that stands and waits is then exactly as unsure as it was, instead of going
/// on by the luck of a new draw, and at a branch point it keeps to the way that it has begun.
struct HeldCodes {
  private var source: CodeSource
  private var codes: [Float] = []
  private var episode: EpisodeID?

  init(seed: UInt64, robot: RobotID) {
    source = CodeSource(seed: seed, robot: robot.name)
  }

  /// Appends the codes of an episode, `count` of them.
  mutating func append(_ count: Int, in episode: EpisodeID, to result: inout [Float]) {
    if self.episode != episode || codes.count != count {
      codes = []
      source.append(count, to: &codes)
      self.episode = episode
    }
    result += codes
  }

  /// The next ones are drawn anew.
  mutating func forget() { episode = nil }
}

/// One robot's stream of normally distributed codes. It depends on the seed and the robot's name alone,
/// so that other robots of a batch change nothing.
struct CodeSource {
  private var random: SplitMix64

  init(seed: UInt64, robot: String) {
    // FNV-1a, so that names that differ in one letter give streams that have nothing in common.
    let hash = robot.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    random = SplitMix64(seed: seed ^ hash)
  }

  /// Appends `count` numbers of the normal distribution (Box and Muller).
  mutating func append(_ count: Int, to codes: inout [Float]) {
    for index in 0..<(count + 1) / 2 {
      // Each half of the 64 bits is one uniform number; the first is never zero.
      let bits = random.next()
      let first = (Float(bits >> 40) + 1) * 0x1p-24
      let second = Float(bits & 0xFF_FFFF) * 0x1p-24
      let radius = (-2 * logf(first)).squareRoot()
      let angle = 2 * Float.pi * second
      codes.append(radius * cosf(angle))
      if 2 * index + 1 < count { codes.append(radius * sinf(angle)) }
    }
  }
}

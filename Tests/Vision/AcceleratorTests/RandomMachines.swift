// What the other tests are made of: machines and encoders from a seed.
import Accelerator
import MachineFiles
import Tensors
import VisionTransformer

/// SplitMix64: the same machines and encoders from the same seed.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number whose logarithm is even over the range.
  mutating func spread(_ low: Double, _ high: Double) -> Double {
    var value = low
    for _ in 0..<20 where Bool.random(using: &self) {
      value *= Self.twentiethRoot(high / low)
    }
    return value
  }

  private static func twentiethRoot(_ x: Double) -> Double {
    var (low, high) = (1.0, max(x, 1))
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if (0..<20).reduce(1.0, { power, _ in power * middle }) > x {
        high = middle
      } else {
        low = middle
      }
    }
    return low
  }
}

extension VisionTransformerConfiguration {
  /// A small encoder with odd sizes.
  static func random(_ numbers: inout SeededNumbers) -> Self {
    let heads = Int.random(in: 1...4, using: &numbers)
    let patch = Bool.random(using: &numbers) ? 4 : 8
    var shape = Self(
      imageSide: patch * Int.random(in: 2...5, using: &numbers), patchSide: patch,
      dimension: heads * Int.random(in: 2...14, using: &numbers),
      depth: Int.random(in: 1...2, using: &numbers), heads: heads,
      attention: Bool.random(using: &numbers) ? .taylor : .taylorCollapsed)
    shape.hidden = Int.random(in: 3...70, using: &numbers)
    return shape
  }

  /// Noise: every number of the encoder is used.
  func noise(_ numbers: inout SeededNumbers) -> [UInt8] {
    (0..<imageBytes).map { _ in UInt8.random(in: 0...255, using: &numbers) }
  }
}

extension FixedPointEncoder {
  /// An encoder of a shape with random weights, in integers.
  static func random(
    _ shape: VisionTransformerConfiguration, _ width: IntegerWidth, _ numbers: inout SeededNumbers
  ) throws -> Self {
    let weights = try VisionTransformerWeights.untrained(shape, seed: numbers.next())
    var ranges = EncoderRanges(shape)
    _ = try ReferenceEncoder(weights).embedding(of: shape.noise(&numbers), ranges: &ranges)
    return try Self(weights, ranges: ranges, width: width)
  }
}

extension Machine {
  /// A machine of any size that can run an encoder: arrays of odd shapes, few or many lanes, narrow
  /// or wide ports, memories that spill or do not.
  static func random(
    for shape: VisionTransformerConfiguration, _ width: IntegerWidth,
    _ numbers: inout SeededNumbers
  ) throws -> Self {
    var machine = try MachineFile.read(accelerators + "/vitality.yaml")
    machine.bits.value = Double(width.rawValue)
    machine.denominator = shape.attention == .taylor ? .faithful : .collapsed
    machine.doubleBuffersWeights = Bool.random(using: &numbers)
    machine.rows.value = Double(Int.random(in: 2...24, using: &numbers))
    machine.columns.value = Double(Int.random(in: 2...24, using: &numbers))
    for path in lanes { machine[keyPath: path].value = numbers.spread(1, 64).rounded() }
    for path in ports { machine[keyPath: path].value = numbers.spread(1, 256) }
    machine.memory.activations.value = numbers.spread(0.05, 64)
    machine.memory.weights.value = numbers.spread(2, 64)
    machine.memory.sums.value = numbers.spread(0.01, 16)
    machine.memory.staging.value = numbers.spread(0.05, 16)
    machine.memory.dramBandwidth.value = numbers.spread(0.05, 100)
    machine.memory.dramLatency.value = numbers.spread(1, 400)
    try machine.validate()
    return machine
  }

  static var lanes: [WritableKeyPath<Machine, Parameter>] {
    [
      \.diagonal, \.accumulatorLanes, \.adderLanes, \.dividerLanes, \.rescalerLanes, \.tableLanes,
      \.normaliserLanes, \.rootUnits,
    ]
  }

  static var ports: [WritableKeyPath<Machine, Parameter>] {
    [
      \.memory.sramWords, \.memory.weightWords, \.memory.sumWords, \.memory.networkWords,
    ]
  }

  static var memories: [WritableKeyPath<Machine, Parameter>] {
    [
      \.memory.activations, \.memory.weights, \.memory.sums, \.memory.staging,
      \.memory.dramBandwidth,
    ]
  }
}

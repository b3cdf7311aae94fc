internal import RobotData

/// A generator for tests: every failing trace can be played again by its seed.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var numbers: SplitMix64
  /// Whether numbers beyond those of 32 bits are among the random ones.
  public var hasHugeNumbers = true

  /// Begins at `seed`.
  public init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

  /// The next number.
  public mutating func next() -> UInt64 { numbers.next() }

  /// True with this probability.
  public mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &self) < probability
  }

  /// A number from `range`.
  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  /// One of `choices`, which holds at least one.
  public mutating func one<Element>(of choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &self)]
  }

  /// A value of `body` or nothing.
  public mutating func maybe<Value>(_ body: (inout Self) -> Value) -> Value? {
    chance(0.5) ? body(&self) : nil
  }
}

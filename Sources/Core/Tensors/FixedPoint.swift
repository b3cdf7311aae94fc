internal import Numbers

// Arithmetic of the modelled machine's integers. Everything here is exact and the same on every
// processor: the encoder's bits depend on it.

/// How wide the integers of an execution are.
public enum IntegerWidth: Int, CaseIterable, Hashable, Sendable, Codable, CustomStringConvertible {
  /// 8 bit.
  case eight = 8
  /// 16 bit, the width of the accelerator as published.
  case sixteen = 16

  /// The largest magnitude that is used; the range is symmetric.
  public var limit: Int { (1 << (rawValue - 1)) - 1 }

  /// In words.
  public var description: String { "\(rawValue) bit" }
}

/// A product with a positive real number, as integers do it:
/// `(x · multiplier + 2^(shift − 1)) >> shift`.
public struct Rescaling: Hashable, Sendable {
  /// At most 20 bits, so that a sum of 42 bits does not overflow 63.
  public let multiplier: Int32
  /// 1 to 62.
  public let shift: Int32

  /// The closest rescaling to a factor.
  ///
  /// - Parameter factor: What to multiply by; not negative.
  public init(_ factor: Double) {
    guard factor > 0, factor.isFinite else {
      multiplier = 0
      shift = 1
      return
    }
    var shift = 19 - Int(factor.exponent)
    shift = min(max(shift, 1), 62)
    let scaled = (factor * Double(sign: .plus, exponent: shift, significand: 1)).rounded()
    // A factor beyond 2^18 ends here: more bits would not fit a product.
    multiplier = Int32(saturating: min(scaled, 0x1p20))
    self.shift = Int32(shift)
  }

  /// The rescaled number, halves rounded up.
  ///
  /// - Parameter x: The exact number.
  /// - Returns: The product, rounded.
  public func callAsFunction(_ x: Int) -> Int {
    (x * Int(multiplier) + (1 << (Int(shift) - 1))) >> Int(shift)
  }
}

extension Int {
  /// The nearest number within ±limit.
  ///
  /// - Parameter limit: The largest magnitude.
  /// - Returns: The number, or the limit it went beyond.
  public func saturated(to limit: Int) -> Int { Swift.min(Swift.max(self, -limit), limit) }

  /// The quotient, rounded to the nearest integer, halves upwards.
  ///
  /// - Parameter divisor: Greater than zero.
  /// - Returns: ⌊self / divisor + 1/2⌋.
  public func roundedQuotient(by divisor: Int) -> Int {
    let (numerator, denominator) = (2 * self + divisor, 2 * divisor)
    let quotient = numerator / denominator
    return numerator % denominator < 0 ? quotient - 1 : quotient
  }

  /// The largest integer whose square is not above this one.
  public var squareRoot: Int {
    var root = Int(saturating: Double(self).squareRoot())
    while root * root > self { root -= 1 }
    while (root + 1) * (root + 1) <= self { root += 1 }
    return root
  }
}

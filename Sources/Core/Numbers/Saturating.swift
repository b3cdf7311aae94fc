extension FixedWidthInteger {
  /// A number without its fraction, as near to it as this type comes; 0 for what is not a number.
  ///
  /// Swift's own conversion ends the process where the number does not fit, which no file, message or
  /// option may do. Types of more than 32 bits end at ±2^62, so that something may be added to what comes
  /// of it.
  ///
  /// - Parameter value: Any number, infinite ones and those that are none among them.
  @inlinable
  public init(saturating value: Double) {
    guard !value.isNaN else {
      self = 0
      return
    }
    let isWide = Self.bitWidth > 32
    let highest: Self = isWide ? 1 << 62 : .max
    let lowest: Self = Self.isSigned ? (isWide ? 0 - (1 << 62) : .min) : 0
    if value >= Double(highest) {
      self = highest
    } else if value <= Double(lowest) {
      self = lowest
    } else {
      self = Self(value)
    }
  }

  /// The same for a number of 32 bits.
  ///
  /// - Parameter value: Any number.
  @inlinable
  public init(saturating value: Float) { self.init(saturating: Double(value)) }
}

extension Duration {
  /// A time of these seconds, up to 136 years either way; zero for what is not a number. Swift's own function
  /// ends the process where they do not fit.
  ///
  /// - Parameter seconds: Any number.
  /// - Returns: The duration.
  public static func saturating(seconds: Double) -> Duration {
    let limit = 0x1p32
    return .seconds(seconds.isNaN ? 0 : min(max(seconds, -limit), limit))
  }
}

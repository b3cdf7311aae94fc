internal import RealModule
public import RobotData

/// Something that moves the hand besides what it was told: a slow drift, and now and then a push. The robot
/// does not know of it, so that whoever drives must see it and answer it, and what is recorded are their
/// answers: noise that is injected for the sake of recoveries (DART, Laskey et al. 2017), and that no one
/// who learns from the recording can mistake for a demonstration.
public struct HandDisturbance: Hashable, Sendable {
  /// How long a drift goes one way, s (the time constant of an Ornstein-Uhlenbeck process).
  static let driftTime = 0.5
  /// How much faster than the drift a push is.
  static let push = 3.0
  /// How long a push lasts, s.
  static let pushTime = 0.5
  /// From push to push, mean, s.
  static let pushInterval = 5.0

  /// Standard deviation of the drift along each axis, m/s.
  public let strength: Double
  private var random: SplitMix64
  private var drift = Vector3.zero
  private var pushing = Vector3.zero
  private var pushLeft = 0.0

  /// A disturbance that begins at rest.
  ///
  /// - Parameters:
  ///   - strength: Standard deviation of the drift along each axis, m/s.
  ///   - seed: The same seed gives the same disturbance.
  public init(strength: Double, seed: UInt64) {
    self.strength = strength
    random = SplitMix64(seed: seed ^ 0x0D15_7092_BED0_4A2D)
  }

  /// What is added to the hand's velocity for the next while.
  ///
  /// - Parameter seconds: How long that is.
  /// - Returns: A velocity in the base frame, m/s.
  public mutating func next(for seconds: Double) -> Vector3 {
    let decay = Double.exp(-seconds / Self.driftTime)
    let spread = strength * (1 - decay * decay).squareRoot()
    drift = drift * decay + Vector3(normal(), normal(), normal()) * spread
    pushLeft -= seconds
    if pushLeft <= 0 {
      pushing = .zero
      if Double.random(in: 0..<1, using: &random) < seconds / Self.pushInterval {
        let angle = Double.random(in: 0..<2 * .pi, using: &random)
        let upward = Double.random(in: -0.5...0.5, using: &random)
        pushing = Vector3(.cos(angle), .sin(angle), upward) * (Self.push * strength)
        pushLeft = Self.pushTime
      }
    }
    return drift + pushing
  }

  /// A standard normal number (Box and Muller 1958).
  private mutating func normal() -> Double {
    let radius = Double.log(1 - .random(in: 0..<1, using: &random))
    return (-2 * radius).squareRoot() * .cos(2 * .pi * .random(in: 0..<1, using: &random))
  }
}

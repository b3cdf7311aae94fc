internal import RobotData

/// When a hand that the policy drives counts as getting nowhere. A policy that hovers is often sure of
/// itself, so that its uncertainty never asks.
public struct StagnationRule: Hashable, Sendable {
  /// How far from one place the hand may go and still be about it, m.
  public var radius: Double
  /// For how long it may be about one place, of the robot's own time.
  public var limit: Duration

  /// A rule of these numbers.
  public init(radius: Double, limit: Duration) {
    self.radius = radius
    self.limit = limit
  }
}

/// For how long the hand has been about one place. Counted in steps, so that a lockstep fleet, whose
/// clock says nothing of the robot's time, is judged alike.
struct Stay: Hashable, Sendable {
  private var place: Vector3?
  private var steps = 0

  /// The hand was seen at the next step.
  mutating func follow(_ hand: Vector3, radius: Double) {
    if let place, (hand - place).length <= radius {
      steps += 1
    } else {
      place = hand
      steps = 0
    }
  }

  /// How long it has been there, of the robot's own time.
  func duration(period: Duration) -> Duration { period * steps }
}

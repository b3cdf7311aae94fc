/// How a modelled person moves a robot: at whose pace, how steadily.
public struct HumanSkill: Hashable, Sendable {
  /// The share of the robot's greatest speed that the person uses, 0 to 1.
  public var pace: Double
  /// Standard deviation of the unsteadiness that is added to the velocity, m/s.
  public var unsteadiness: Double
  /// How long an unsteady movement lasts, s (the time constant of an Ornstein-Uhlenbeck process).
  public var unsteadinessTime: Double
  /// How far from a goal the person is content, m.
  public var precision: Double
  /// How often the person stops to look, once in so many seconds.
  public var hesitationInterval: Double
  /// How long such a look takes, s.
  public var hesitation: Double

  /// A practised person.
  public init() {
    pace = 0.9
    unsteadiness = 0.008
    unsteadinessTime = 0.4
    precision = 0.005
    hesitationInterval = 12
    hesitation = 0.3
  }
}

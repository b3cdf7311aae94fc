import Fleet
import Numbers
import Policy
import RobotData

extension StagnationRule {
  /// 4 cm and 4 s, chosen: a modelled person stops for 0.3 s to look, and for 0.6 s to grasp.
  static let usual = StagnationRule(radius: 0.04, limit: .seconds(4))

  /// The usual rule with another time; nil for no time, and where the policy never asks.
  static func usual(after seconds: Double, _ method: PolicyMethod) -> StagnationRule? {
    guard seconds > 0, method != .withoutUncertainty else { return nil }
    return StagnationRule(radius: usual.radius, limit: .saturating(seconds: seconds))
  }
}

import Policy
import RobotData

/// What drives the robots of one run, and above what it asks.
struct StudyPolicy {
  var driver: (any AssistivePolicy)?
  var thresholds = UncertaintyThresholds(task: 0, policy: 0)

  init(_ method: StudyMethod, _ settings: StudySettings, seed: UInt64) throws {
    guard case .policy = method else { return }
    throw StudyFailure.noPolicy(method: method.name)
  }
}

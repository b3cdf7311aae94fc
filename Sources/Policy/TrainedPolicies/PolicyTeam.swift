public import Policy
public import RobotData

/// Several trained policies that drive one fleet: each robot is driven by the first that fits it.
///
/// A fleet has one pair of thresholds, that of the first policy. The uncertainties of the others are
/// given in its units: multiplied so that each policy asks at its own thresholds.
public struct PolicyTeam: AssistivePolicy {
  /// The policies' names, joined.
  public let name: String
  private var members: [TrainedPolicy]
  private let scales: [Uncertainty]

  /// A team.
  ///
  /// - Parameter members: One at least; the order decides where several fit a robot.
  public init(_ members: [TrainedPolicy]) {
    precondition(!members.isEmpty, "a team has one policy at least")
    self.members = members
    name = members.map(\.name).joined(separator: " + ")
    let first = members[0].thresholds
    scales = members.map { member in
      Uncertainty(
        task: Self.scale(member.thresholds.task, to: first.task),
        policy: Self.scale(member.thresholds.policy, to: first.policy))
    }
  }

  private static func scale(_ own: Double, to common: Double) -> Double {
    own > 0 && common > 0 ? min(common / own, 1e6) : 1
  }

  /// Above what the team asks: the thresholds of its first member.
  public var thresholds: UncertaintyThresholds { members[0].thresholds }

  /// The calibration that the team asks by: that of its first member.
  public var calibration: PolicyManifest.Thresholds { members[0].manifest.thresholds }

  /// What the eyes have seen, in the order of the members. Any thread may ask.
  public var accounts: [PolicyAccounts] { members.map(\.accounts) }

  /// Why no one of the team can drive a robot; nil where someone can.
  public func refusal(of robot: RobotDescription) -> String? {
    let refusals = members.map { $0.refusal(of: robot) }
    guard refusals.allSatisfy({ $0 != nil }) else { return nil }
    return refusals.compactMap { $0 }.joined(separator: "; ")
  }

  /// Whether any member begins a new plan here: only one of them knows the robot.
  public func wantsPictures(of robot: RobotID, at step: Int) -> Bool {
    members.allSatisfy { $0.wantsPictures(of: robot, at: step) }
  }

  /// Forgets the robot's plan.
  public mutating func reset(_ robot: RobotID) {
    for index in members.indices { members[index].reset(robot) }
  }

  /// Each robot's decision by the first policy that fits it.
  public mutating func decide(_ questions: [PolicyQuestion])
    -> [Result<PolicyDecision, PolicyFailure>]
  {
    var answers: [Result<PolicyDecision, PolicyFailure>] = questions.map {
      .failure(PolicyFailure(refusal(of: $0.description) ?? "no answer"))
    }
    let drivers = questions.map { question in
      members.firstIndex { $0.refusal(of: question.description) == nil }
    }
    for member in members.indices {
      let indices = questions.indices.filter { drivers[$0] == member }
      guard !indices.isEmpty else { continue }
      let decisions = members[member].decide(indices.map { questions[$0] })
      for (index, decision) in zip(indices, decisions) {
        answers[index] = decision.map { found in
          var scaled = found
          scaled.uncertainty.task *= scales[member].task
          scaled.uncertainty.policy *= scales[member].policy
          return scaled
        }
      }
    }
    return answers
  }
}

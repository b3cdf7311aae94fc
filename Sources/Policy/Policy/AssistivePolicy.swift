public import RobotData

/// One robot's observation, for a policy to look at.
public struct PolicyQuestion: Sendable {
  /// The robot.
  public var robot: RobotID
  /// What the robot is.
  public var description: RobotDescription
  /// What the robot saw. Privileged parts (`simulatedState`, `progress`) are left out: a policy
  /// that drives a real robot does not have them.
  public var observation: Observation
  /// The subtask that an operator or the plan chose, where one was named.
  public var subtask: SubtaskName?

  /// A question of these parts; what only a simulator knows is taken out of the observation.
  public init(
    robot: RobotID, description: RobotDescription, observation: Observation, subtask: SubtaskName?
  ) {
    self.robot = robot
    self.description = description
    self.observation = observation
    self.observation.reading.simulatedState = nil
    self.observation.reading.progress = nil
    self.subtask = subtask
  }
}

/// Why a policy could not decide on one robot's observation, for people.
public struct PolicyFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and where.
  public var description: String

  /// A failure in these words.
  public init(_ description: String) { self.description = description }
}

/// A policy that drives robots where it is sure of itself, and says how sure it is (PATO).
///
/// It is used by one thread, to which it is sent. All robots whose observations are due are given to it
/// at once, so that a network can run one batched forward pass.
public protocol AssistivePolicy: Sendable {
  /// The policy's name, for recordings and people.
  var name: String { get }

  /// Looks at a batch of observations, at most one a robot: for each, what to do, how unsure it
  /// is of the task and of itself, and where it means to go.
  ///
  /// - Returns: one decision a question, in the same order; a failure where it cannot decide on one
  ///   of them, whose robot then asks for a person while the others go on.
  /// - Throws: an error that names what is wrong; every robot of the batch then asks for a person.
  mutating func decide(_ questions: [PolicyQuestion]) throws
    -> [Result<PolicyDecision, PolicyFailure>]

  /// Whether the decision on this step of this robot looks at its pictures. A policy in the midst of
  /// a sequence of actions does not, and a simulator need not render them.
  func wantsPictures(of robot: RobotID, at step: Int) -> Bool

  /// Why the policy cannot drive a robot, in words; nil where it can. Asked once, when the robot joins.
  func refusal(of robot: RobotDescription) -> String?

  /// Forgets what it was doing with this robot: hidden state of its networks, and its subgoal.
  mutating func reset(_ robot: RobotID)
}

extension AssistivePolicy {
  /// Always, unless a policy says otherwise.
  public func wantsPictures(of robot: RobotID, at step: Int) -> Bool { true }

  /// Any robot, unless a policy says otherwise.
  public func refusal(of robot: RobotDescription) -> String? { nil }
}

public import RobotData

/// Why a robot or operator was not let in, or an operator's request was not granted. Refusals
/// are outcomes that people see, never silence.
public enum Refusal: Hashable, Sendable {
  /// Another live process has this name.
  case nameTaken
  /// No robot of this name is connected.
  case unknownRobot
  /// No one waits for help.
  case noRobotWaits
  /// The robot is held by another operator.
  case heldByOther(OperatorID)
  /// The operator does not hold this robot.
  case notHeld
  /// The operator holds another robot and must let go of it first.
  case busyWith(RobotID)
  /// The robot is stopped; release it first.
  case stopped
  /// The robot is not in an episode.
  case noEpisode
  /// The fleet is paused.
  case paused
  /// The action or threshold holds a number that is not finite, or a threshold is negative.
  case notFinite
  /// The sender has not joined, or joined as another process since.
  case notJoined
  /// The input answers an observation that is too old by now, or that the operator never saw.
  case tooLate
  /// Only robots' failures interrupt episodes; people mark success, failure or discard.
  case outcomeNotAllowed
  /// The robot says that it is in an episode that belongs to another robot, or that this session
  /// never began.
  case foreignEpisode
}

/// A change of author, as it is recorded.
///
/// A hand-over from hold to hold says that the robot keeps holding for another reason: an
/// episode's authors and causes are told without gaps by its hand-overs alone.
public struct Handover: Hashable, Sendable {
  /// The robot.
  public var robot: RobotID
  /// The episode, where one is in progress.
  public var episode: EpisodeID?
  /// The index of the latest step that was seen.
  public var step: Int?
  /// Who had control.
  public var from: Author
  /// Who has control now.
  public var to: Author
  /// Why.
  public var cause: HandoverCause
  /// How long the robot had waited until this, where it had asked for a person.
  public var waited: Duration?

  /// A hand-over of these parts.
  public init(
    robot: RobotID, episode: EpisodeID?, step: Int?, from: Author, to: Author,
    cause: HandoverCause, waited: Duration?
  ) {
    self.robot = robot
    self.episode = episode
    self.step = step
    self.from = from
    self.to = to
    self.cause = cause
    self.waited = waited
  }
}

/// What the shell around the fleet must do. Returned by `FleetStateMachine.handle(_:at:)`.
public enum FleetEffect: Hashable, Sendable {
  /// Tell the robot that it is let in.
  case welcomeRobot(RobotID)
  /// Tell the process that it is not let in.
  case refuseRobot(RobotID, instance: UInt64, Refusal)
  /// Tell the operator that it is let in.
  case welcomeOperator(OperatorID)
  /// Tell the process that it is not let in.
  case refuseOperator(OperatorID, instance: UInt64, Refusal)
  /// Tell the robot to begin an episode; `seed` decides the scene. Sent again when the robot says
  /// once more that it is ready and nothing of the episode was seen: a robot that is in this
  /// episode already ignores it.
  case startEpisode(RobotID, EpisodeID, seed: UInt64)
  /// Tell the robot that its episode is over, and record the outcome. Repeated, with the outcome
  /// as it is recorded by then, to a robot that returns and did not hear it.
  case endEpisode(RobotID, EpisodeID, EpisodeOutcome)
  /// Record another outcome for an episode that had ended.
  case changeOutcome(EpisodeID, EpisodeOutcome)
  /// Send the command to the robot.
  case command(RobotID, Command)
  /// Tell the robot to stop at once and stay stopped.
  case stopRobot(RobotID, HandoverCause)
  /// Tell the robot that it may move again.
  case releaseRobot(RobotID)
  /// Ask the policy for a decision on the robot's latest observation.
  case askPolicy(RobotID, EpisodeID, step: Int)
  /// Before every beginning of the policy's control: let the policy forget what it was doing
  /// with this robot, LSTM state and subgoal.
  case resetPolicy(RobotID)
  /// Forward the observation to the operator, who holds the robot.
  case forwardObservation(RobotID, EpisodeID, step: Int, to: OperatorID)
  /// Tell the operator that the robot is theirs now.
  case assigned(RobotID, to: OperatorID, HandoverCause)
  /// Tell the operator that the robot is no longer theirs.
  case unassigned(RobotID, from: OperatorID, HandoverCause)
  /// Tell the operator why a request was not granted.
  case refuseRequest(OperatorID, OperatorRequest, Refusal)
  /// Record a change of author.
  case handover(Handover)
  /// A robot began to wait: tell the operators.
  case helpWanted(RobotID, HelpReason)
  /// Record that a step's observation was too old to act on.
  case staleObservation(RobotID, EpisodeID, step: Int, age: Duration)
  /// Record new thresholds.
  case thresholdsChanged(UncertaintyThresholds, by: OperatorID)
  /// Record that something is broken.
  case fault(RobotID, message: String)
}

public import RobotData

/// What an endpoint says of an episode that it is in the middle of when it joins.
public struct EpisodeInProgress: Hashable, Sendable {
  /// The episode.
  public var episode: EpisodeID
  /// The index of the first step whose observation no command has answered yet: the one whose
  /// observation the robot sends next, or again.
  public var nextStep: Int

  /// An episode with its next step.
  public init(episode: EpisodeID, nextStep: Int) {
    self.episode = episode
    self.nextStep = nextStep
  }
}

/// The part of an observation that arbitration needs: no pictures.
public struct ObservationSummary: Hashable, Sendable {
  /// The episode.
  public var episode: EpisodeID
  /// The step's index. It comes again, with a fresh observation, while the robot stands still:
  /// each is answered, and the newest takes the place of those before.
  public var step: Int
  /// Where the end effector is: what the first command after a hand-over starts from.
  public var endEffectorPose: Pose
  /// How far the task has come, where the robot can tell.
  public var progress: TaskProgress?
  /// Whether all numbers of the observation are finite; if not, the robot is stopped.
  public var isFinite: Bool

  /// A summary of these parts.
  public init(
    episode: EpisodeID, step: Int, endEffectorPose: Pose, progress: TaskProgress?, isFinite: Bool
  ) {
    self.episode = episode
    self.step = step
    self.endEffectorPose = endEffectorPose
    self.progress = progress
    self.isFinite = isFinite
  }
}

/// Which robots an order is for.
public enum RobotSelection: Hashable, Sendable {
  /// One robot.
  case one(RobotID)
  /// Every robot of the fleet.
  case all
}

/// What a person does at a console, for one robot or for the fleet.
public enum OperatorRequest: Hashable, Sendable {
  /// Take the robot that the queue's strategy says is next.
  case takeNext
  /// Take this robot, asked or not.
  case takeOver(RobotID)
  /// Let go of the robot; the policy continues, or the robot waits where there is none.
  case handBack(RobotID)
  /// Move the robot; `respondsTo` is the step whose observation the person (or model) saw.
  case drive(RobotID, Action, respondsTo: Int?)
  /// Say which subtask comes next and which follow it, in order; none withdraws the choice.
  case chooseSubtasks(RobotID, [SubtaskName])
  /// End the episode with this outcome; the robot resets.
  case mark(RobotID, EpisodeOutcome)
  /// Give the robot's last ended episode another outcome.
  case changeMark(RobotID, EpisodeOutcome)
  /// Stop at once; stays stopped until released. Honoured from anybody, joined or not.
  case emergencyStop(RobotSelection)
  /// Allow motion again; a robot in an episode then waits for a person.
  case releaseStop(RobotSelection)
  /// Ask for other thresholds, for the whole fleet.
  case setThresholds(UncertaintyThresholds)
  /// All robots hold, no new episodes start.
  case pauseFleet
  /// Robots go on as before the pause.
  case resumeFleet
}

/// Everything that can happen to a fleet. Fed to `FleetStateMachine.handle(_:at:)`.
public enum FleetEvent: Hashable, Sendable {
  /// A robot asks to join. `instance` is drawn at random by each endpoint process, so that a
  /// reconnect is told from a second robot with the same name.
  case robotJoined(RobotID, instance: UInt64, RobotDescription, EpisodeInProgress?)
  /// A robot is alive.
  case robotHeartbeat(RobotID, instance: UInt64)
  /// A robot leaves in good order.
  case robotLeft(RobotID, instance: UInt64)
  /// A robot has reset its scene and can start an episode. A robot says so after every episode,
  /// and after it joined without one.
  case robotReady(RobotID, instance: UInt64)
  /// A robot saw something. `age` is how old the observation was when it arrived.
  case observed(RobotID, instance: UInt64, ObservationSummary, age: Duration)
  /// A robot reports that something is broken; it holds.
  case robotFaulted(RobotID, instance: UInt64, message: String)
  /// The policy answered for a robot's observation.
  case policyDecided(RobotID, EpisodeID, step: Int, PolicyDecision)
  /// The policy could not answer for a robot's observation.
  case policyFailed(RobotID, EpisodeID, step: Int)
  /// An operator asks to join. A closed-loop operator answers each observation that is
  /// forwarded to it, so the fleet waits for the answer instead of repeating its last input.
  case operatorJoined(OperatorID, instance: UInt64, closedLoop: Bool)
  /// An operator is alive.
  case operatorHeartbeat(OperatorID, instance: UInt64)
  /// An operator leaves in good order.
  case operatorLeft(OperatorID, instance: UInt64)
  /// An operator did something.
  case operatorRequested(OperatorID, instance: UInt64, OperatorRequest)
  /// Time passed: lets deadlines be noticed. To be sent at least every 50 ms; of a longer gap
  /// between two events only 250 ms count as silence of robots and operators, so that a
  /// coordinator that was itself suspended does not take everybody for lost.
  case tick
}

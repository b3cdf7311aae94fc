public import RobotData
public import Wire

/// A connection, as the transport knows it.
public typealias PeerIdentity = [UInt8]

/// When something happened, and whether the recording had room then.
public struct SessionMoment: Hashable, Sendable {
  /// The coordinator's monotonic clock.
  public var now: FleetInstant
  /// The coordinator's civil clock.
  public var wall: WallTime
  /// Whether a step that is recorded now finds room. Where it does not, it stays with its robot.
  public var hasRoomForSteps: Bool

  /// A moment of these parts.
  public init(now: FleetInstant, wall: WallTime, hasRoomForSteps: Bool = true) {
    self.now = now
    self.wall = wall
    self.hasRoomForSteps = hasRoomForSteps
  }
}

/// How the recording stands.
public struct RecordingState: Hashable, Sendable {
  /// Steps committed to disk by this run.
  public var committedSteps = 0
  /// Bytes of the recording.
  public var bytes = 0
  /// Free bytes on its disk.
  public var freeBytes = 0
  /// What people should know of it; empty where all is well.
  public var warning = ""

  /// Nothing is recorded yet.
  public init() {}
}

/// Something that reaches a coordinator.
public enum SessionInput: Sendable {
  /// A message of a robot. `user` is the role and name of the connection's key, such as `robot/arm-1`;
  /// nil without keys. `refusal` is why the policy or the recording cannot take a robot that says hello.
  case robot(RobotToCoordinator, from: PeerIdentity, user: String?, refusal: String?)
  /// A message of a console.
  case console(ConsoleToCoordinator, from: PeerIdentity, user: String?)
  /// A message that cannot be read. `address` names a connection that has not said who it is.
  case unreadable(WireError, from: PeerIdentity, address: String)
  /// This many steps of these episodes, from the first without a gap, are on disk; zero for an episode
  /// whose beginning is.
  case committed([EpisodeID: Int])
  /// What the recorder says of itself. `isRecorded` is whether the recording shall tell it too.
  case recorderSaid(String, warning: String, isRecorded: Bool)
  /// The policy answered, or could not for this reason.
  case policyAnswered(
    RobotID, EpisodeID, step: Int, Result<PolicyDecision, SessionPolicyFailure>)
  /// Time passed.
  case tick
  /// Operators and viewers are due to hear how the fleet stands.
  case statusDue(RecordingState)
}

/// Why a policy could not decide, in words.
public struct SessionPolicyFailure: Error, Hashable, Sendable {
  /// The reason.
  public var reason: String

  /// A failure for this reason.
  public init(_ reason: String) { self.reason = reason }
}

/// What a policy is asked.
public struct SessionPolicyQuestion: Hashable, Sendable {
  /// The robot.
  public var robot: RobotID
  /// What it is.
  public var description: RobotDescription
  /// What it saw.
  public var observation: Observation
  /// The subtask that it was told to do; nil where it chooses.
  public var subtask: SubtaskName?
}

/// What a coordinator does.
public enum SessionEffect: Sendable {
  /// Send a message to a robot's connection.
  case sendToRobot(CoordinatorToRobot, PeerIdentity)
  /// Send a message to a console's connection.
  case sendToConsole(CoordinatorToConsole, PeerIdentity)
  /// Send the fleet's status to all who subscribed to it.
  case publish(FleetStatus)
  /// Put an entry into the recording.
  case record(RecordingEntry)
  /// Record what an operator answered about the workload.
  case recordWorkload(OperatorID, WorkloadRatings)
  /// Ask the policy about a robot's newest observation.
  case askPolicy(SessionPolicyQuestion)
  /// Let the policy forget what it was doing with a robot.
  case resetPolicy(RobotID)
  /// A robot asks for a person. Operators have been sent the status that says so.
  case helpWanted(RobotID, HelpReason)
  /// Tell people.
  case log(CoordinatorLogEvent)
}

public import Fleet
public import RobotData
public import Wire

/// What the coordinator itself counts, beside what the fleet knows.
public struct CoordinatorCounts: Hashable, Sendable {
  /// Steps committed to disk in this session.
  public var committedSteps = 0
  /// Bytes of the recording.
  public var recordingBytes = 0
  /// Free bytes on the recording's disk.
  public var freeBytes = 0
  /// Malformed messages dropped in this session.
  public var malformedMessages = 0
  /// What people should know of the recording; empty where all is well.
  public var recordingWarning = ""
  /// Steps of which the robot's loop began late, by robot.
  public var lateSteps: [RobotID: Int] = [:]
  /// Observations that arrived too old to act on, by robot.
  public var staleObservations: [RobotID: Int] = [:]

  /// Nothing was counted yet.
  public init() {}
}

extension FleetStatus {
  /// The fleet as it stands, in the words of the wire.
  public init(
    of fleet: FleetSnapshot, session: SessionID, time: WallTime, isAssisted: Bool,
    isLockstep: Bool, counts: CoordinatorCounts
  ) {
    self.init(
      session: session, time: time, isAssisted: isAssisted, isPaused: fleet.isPaused,
      isLockstep: isLockstep, thresholds: fleet.thresholds,
      robots: fleet.robots.map {
        RobotStatus(
          of: $0, lateSteps: counts.lateSteps[$0.robot] ?? 0,
          staleObservations: counts.staleObservations[$0.robot] ?? 0)
      },
      queue: fleet.queue, successes: fleet.successes,
      failures: fleet.failures + fleet.interruptions, committedSteps: counts.committedSteps,
      recordingBytes: counts.recordingBytes, freeBytes: counts.freeBytes,
      malformedMessages: counts.malformedMessages, recordingWarning: counts.recordingWarning)
  }
}

extension RobotStatus {
  init(of robot: RobotSnapshot, lateSteps: Int, staleObservations: Int) {
    self.init(robot: robot.robot, state: State(of: robot.state))
    holder = robot.holder
    task = robot.task
    subtask = robot.subtask
    laterSubtasks = robot.laterSubtasks
    episode = robot.episode
    step = robot.step ?? 0
    reason = robot.reason
    inState = robot.inState
    uncertainty = robot.uncertainty
    subgoal = robot.subgoal
    observationAge = robot.observationAge
    self.lateSteps = lateSteps
    note = robot.note
    completed = robot.progress?.completed ?? []
    available = robot.progress?.available ?? []
    self.staleObservations = staleObservations
  }
}

extension RobotStatus.State {
  init(of state: RobotSnapshot.State) {
    self =
      switch state {
      case .offline: .offline
      case .idle: .idle
      case .assisted: .assisted
      case .awaiting: .awaiting
      case .teleoperated: .teleoperated
      case .stopped: .stopped
      }
  }
}

extension OperatorRequest {
  /// The order of a console, in the fleet's words.
  public init(_ order: OperatorOrder) {
    self =
      switch order {
      case .takeNext: .takeNext
      case .takeOver(let robot): .takeOver(robot)
      case .handBack(let robot): .handBack(robot)
      case .drive(let robot, let action, let step): .drive(robot, action, respondsTo: step)
      case .chooseSubtasks(let robot, let subtasks): .chooseSubtasks(robot, subtasks)
      case .mark(let robot, let outcome): .mark(robot, outcome)
      case .changeMark(let robot, let outcome): .changeMark(robot, outcome)
      case .emergencyStop(let robot): .emergencyStop(robot.map { .one($0) } ?? .all)
      case .releaseStop(let robot): .releaseStop(robot.map { .one($0) } ?? .all)
      case .setThresholds(let thresholds): .setThresholds(thresholds)
      case .pauseFleet: .pauseFleet
      case .resumeFleet: .resumeFleet
      }
  }
}

extension Refusal {
  /// What a person reads who asked in vain: why, and what to do.
  public func text(for name: String) -> String {
    switch self {
    case .nameTaken:
      "another live process is named \"\(name)\"; stop it, or choose another name with --name"
    case .unknownRobot: "no robot of this name is connected"
    case .noRobotWaits: "no robot waits for help"
    case .heldByOther(let other): "operator \(other) holds the robot"
    case .notHeld: "you do not hold this robot; take it first"
    case .busyWith(let robot): "you hold \(robot); hand it back first"
    case .stopped: "the robot is stopped; release it first"
    case .noEpisode: "the robot is between two episodes"
    case .paused: "the fleet is paused; resume it first"
    case .notFinite: "the values hold a number that is not finite, or a negative threshold"
    case .notJoined: "\"\(name)\" has not joined, or joined as another process since"
    case .tooLate: "the observation that was answered is too old by now"
    case .outcomeNotAllowed: "an episode is marked as success, failure or discarded"
    case .foreignEpisode:
      "\"\(name)\" says that it is in an episode that is not its own; restart the endpoint"
    }
  }
}

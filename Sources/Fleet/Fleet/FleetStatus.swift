public import RobotData

/// One robot as it stands now.
public struct RobotSnapshot: Hashable, Sendable {
  /// What the robot is doing.
  public enum State: Hashable, Sendable {
    /// Not connected.
    case offline
    /// Connected, between episodes; `isReady` when it only waits for an episode to begin.
    case idle(isReady: Bool)
    /// The policy drives.
    case assisted
    /// Holds and waits for a person.
    case awaiting(HelpReason)
    /// A person drives.
    case teleoperated(by: OperatorID)
    /// Stopped until it is released.
    case stopped(StopCause)
  }

  /// The robot.
  public var robot: RobotID
  /// What it said of itself when it joined last.
  public var description: RobotDescription
  /// The process that joined last.
  public var instance: UInt64
  /// What it is doing; during a pause, what it will do when the fleet continues.
  public var state: State
  /// Who moves it at this instant.
  public var author: Author
  /// The cause of the last hand-over.
  public var cause: HandoverCause
  /// How long ago the last hand-over was, or the robot was lost.
  public var inState: Duration
  /// The episode in progress, also of a robot that is stopped or offline.
  public var episode: EpisodeID?
  /// The index of the newest step that was seen.
  public var step: Int?
  /// The task, as the robot announced it.
  public var task: TaskName
  /// The subtask that an operator, or the plan, chose.
  public var subtask: SubtaskName?
  /// The subtasks that were chosen to follow it, in order.
  public var laterSubtasks: [SubtaskName]
  /// The policy's latest uncertainty.
  public var uncertainty: Uncertainty?
  /// The policy's latest subgoal.
  public var subgoal: Subgoal?
  /// How old the latest observation was when it arrived.
  public var observationAge: Duration
  /// How far the task has come.
  public var progress: TaskProgress?
  /// The episode that ended last, whose mark can be changed.
  public var lastEnded: EpisodeID?

  /// Who holds the robot.
  public var holder: OperatorID? {
    if case .teleoperated(let holder) = state { holder } else { nil }
  }

  /// Why it waits, where it waits.
  public var reason: HelpReason? {
    if case .awaiting(let reason) = state { reason } else { nil }
  }

  /// Why the robot is stopped or offline, for people; empty otherwise.
  public var note: String {
    switch state {
    case .stopped(.emergencyStop(by: let name)): "emergency stop by \(name)"
    case .stopped(.fault(let message)): "fault: \(message)"
    case .offline where episode != nil: "lost in the middle of an episode, which waits for it"
    case .offline: "not connected"
    case .idle, .assisted, .awaiting, .teleoperated: ""
    }
  }
}

/// One operator as they stand now.
public struct OperatorSnapshot: Hashable, Sendable {
  /// The operator.
  public var name: OperatorID
  /// Whether a process is connected under this name.
  public var isPresent: Bool
  /// The robot that the operator holds.
  public var robot: RobotID?
}

/// The whole fleet as it stands now.
public struct FleetSnapshot: Hashable, Sendable {
  /// The robots, sorted by name.
  public var robots: [RobotSnapshot]
  /// The robots that wait for a person, the next to be served first.
  public var queue: [RobotID]
  /// Everybody who ever joined, sorted by name.
  public var operators: [OperatorSnapshot]
  /// Whether the fleet is paused.
  public var isPaused: Bool
  /// Who stopped all robots; nil when no one did, or the stop was released.
  public var allStoppedBy: OperatorID?
  /// Above what the policy asks.
  public var thresholds: UncertaintyThresholds
  /// Episodes begun in this session.
  public var begun: Int
  /// Episodes that ended in this session, by their present outcome.
  public var outcomes: [EpisodeOutcome: Int]

  /// Episodes that ended with success.
  public var successes: Int { outcomes[.success] ?? 0 }
  /// Episodes that ended with failure.
  public var failures: Int { outcomes[.failure] ?? 0 }
  /// Episodes that were discarded.
  public var discards: Int { outcomes[.discarded] ?? 0 }
  /// Episodes that ended because a robot went away.
  public var interruptions: Int { outcomes[.interrupted] ?? 0 }
}

extension FleetStateMachine {
  /// The whole fleet at `now`.
  public func status(at now: FleetInstant) -> FleetSnapshot {
    let outcomes = EpisodeOutcome.allCases.map { ($0, commons.ledger.count($0)) }
    return FleetSnapshot(
      robots: names.compactMap { status(of: $0, at: now) }, queue: queue,
      operators: commons.roster.names.map { name in
        let state = commons.roster[name]
        return OperatorSnapshot(
          name: name, isPresent: state.presence != nil, robot: state.robot)
      },
      isPaused: commons.isPaused, allStoppedBy: commons.allStoppedBy,
      thresholds: commons.configuration.thresholds, begun: Int(commons.ledger.begun),
      outcomes: Dictionary(uniqueKeysWithValues: outcomes))
  }

  /// One robot at `now`; nil if no robot of this name ever joined.
  public func status(of id: RobotID, at now: FleetInstant) -> RobotSnapshot? {
    robots[id].map { $0.snapshot(at: now) }
  }
}

extension RobotMachine {
  fileprivate func snapshot(at now: FleetInstant) -> RobotSnapshot {
    let episode = state.episode
    let began = if case .offline(let absence) = state { absence.since } else { entered }
    return RobotSnapshot(
      robot: id, description: description, instance: instance, state: visibleState,
      author: state.author, cause: cause, inState: max(now - began, .zero),
      episode: episode?.id, step: episode?.latestStep, task: description.task.name,
      subtask: episode?.subtask, laterSubtasks: Array(episode?.chosen.dropFirst() ?? []),
      uncertainty: episode?.uncertainty?.value,
      subgoal: episode?.subgoal, observationAge: episode?.observationAge ?? .zero,
      progress: episode?.progress, lastEnded: lastEnded)
  }

  private var visibleState: RobotSnapshot.State {
    switch state {
    case .offline: .offline
    case .idle(let isReady): .idle(isReady: isReady)
    case .stopped(let cause, _): .stopped(cause)
    case .active(_, .assisted), .active(_, .paused(.assisted)): .assisted
    case .active(_, .awaiting(let waiting)): .awaiting(waiting.reason)
    case .active(_, .teleoperated(let tenure)), .active(_, .paused(.teleoperated(let tenure))):
      .teleoperated(by: tenure.holder)
    }
  }
}

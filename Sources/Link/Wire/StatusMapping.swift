internal import RobotData

// The fleet's status, in the words of the protocol.

extension Mallard_V1_FleetStatus {
  init(_ status: FleetStatus) {
    session = status.session.value
    time = status.time.nanosecondsSinceEpoch
    isAssisted = status.isAssisted
    isPaused = status.isPaused
    isLockstep = status.isLockstep
    thresholds.task = status.thresholds.task
    thresholds.policy = status.thresholds.policy
    robots = status.robots.map { Mallard_V1_RobotStatus($0) }
    queue = status.queue.map(\.name)
    successes = UInt64(clamping: status.successes)
    failures = UInt64(clamping: status.failures)
    committedSteps = UInt64(clamping: status.committedSteps)
    recordingBytes = UInt64(clamping: status.recordingBytes)
    freeBytes = UInt64(clamping: status.freeBytes)
    malformedMessages = UInt64(clamping: status.malformedMessages)
    recordingWarning = Field.text(status.recordingWarning)
  }

  func value() throws(WireError) -> FleetStatus {
    guard robots.count <= WireLimits.names else {
      throw .count("status.robots", got: robots.count, allowed: "0 to \(WireLimits.names)")
    }
    var lines: [RobotStatus] = []
    for robot in robots { lines.append(try robot.value()) }
    return FleetStatus(
      session: SessionID(session), time: WallTime(nanosecondsSinceEpoch: time),
      isAssisted: isAssisted, isPaused: isPaused, isLockstep: isLockstep,
      thresholds: UncertaintyThresholds(
        task: try Field.finite(thresholds.task, "thresholds.task"),
        policy: try Field.finite(thresholds.policy, "thresholds.policy")),
      robots: lines, queue: try Field.names(queue, "status.queue"),
      successes: try Field.count(successes, "status.successes"),
      failures: try Field.count(failures, "status.failures"),
      committedSteps: try Field.count(committedSteps, "status.committed_steps"),
      recordingBytes: try Field.count(recordingBytes, "status.recording_bytes"),
      freeBytes: try Field.count(freeBytes, "status.free_bytes"),
      malformedMessages: try Field.count(malformedMessages, "status.malformed_messages"),
      recordingWarning: Field.text(recordingWarning))
  }
}

extension Mallard_V1_RobotStatus {
  init(_ status: RobotStatus) {
    robot = status.robot.name
    state =
      switch status.state {
      case .offline: .offline
      case .idle: .idle
      case .assisted: .assisted
      case .awaiting: .awaiting
      case .teleoperated: .teleoperated
      case .stopped: .stopped
      }
    holder = status.holder?.name ?? ""
    task = status.task?.name ?? ""
    subtask = status.subtask?.name ?? ""
    laterSubtasks = status.laterSubtasks.map(\.name)
    if let episode = status.episode { self.episode = Mallard_V1_EpisodeID(episode) }
    step = UInt64(clamping: status.step)
    if let reason = status.reason { self.reason = Mallard_V1_Reason(reason) }
    inState = status.inState.wholeNanoseconds
    if let uncertainty = status.uncertainty {
      self.uncertainty = Mallard_V1_Uncertainty(uncertainty)
    }
    if let subgoal = status.subgoal {
      self.subgoal.position = subgoal.position.components
      self.subgoal.samples = subgoal.samples.flatMap(\.components)
    }
    observationAge = status.observationAge.wholeNanoseconds
    lateSteps = UInt64(clamping: status.lateSteps)
    note = Field.text(status.note)
    completed = status.completed.map(\.name)
    available = status.available.map(\.name)
    staleObservations = UInt64(clamping: status.staleObservations)
  }

  func value() throws(WireError) -> RobotStatus {
    let state: RobotStatus.State? =
      switch self.state {
      case .offline: .offline
      case .idle: .idle
      case .assisted: .assisted
      case .awaiting: .awaiting
      case .teleoperated: .teleoperated
      case .stopped: .stopped
      case .unspecified, .UNRECOGNIZED: nil
      }
    var status = RobotStatus(
      robot: try Field.name(robot, "status.robot"), state: try Field.some(state, "status.state"))
    status.holder = try Field.optionalName(holder, "status.holder")
    status.task = try Field.optionalName(task, "status.task")
    status.subtask = try Field.optionalName(subtask, "status.subtask")
    status.laterSubtasks = try Field.names(laterSubtasks, "status.later_subtasks")
    status.episode = hasEpisode ? episode.value : nil
    status.step = try Field.count(step, "status.step")
    status.reason = hasReason ? try reason.reason() : nil
    status.inState = try Field.duration(inState, "status.in_state")
    status.uncertainty = hasUncertainty ? try uncertainty.value() : nil
    status.subgoal = hasSubgoal ? try subgoal.value() : nil
    status.observationAge = try Field.duration(observationAge, "status.observation_age")
    status.lateSteps = try Field.count(lateSteps, "status.late_steps")
    status.note = Field.text(note)
    status.completed = try Field.names(completed, "status.completed")
    status.available = try Field.names(available, "status.available")
    status.staleObservations = try Field.count(staleObservations, "status.stale_observations")
    return status
  }
}

extension Mallard_V1_Subgoal {
  func value() throws(WireError) -> Subgoal {
    let position = try Field.exactly(3, position, "subgoal.position")
    let samples = try Field.numbers(samples, atMost: WireLimits.numbers, "subgoal.samples")
    guard samples.count.isMultiple(of: 3) else {
      throw .count("subgoal.samples", got: samples.count, allowed: "a multiple of 3")
    }
    return Subgoal(
      position: Field.vector(position[...]),
      samples: stride(from: 0, to: samples.count, by: 3).map {
        Field.vector(samples[$0..<($0 + 3)])
      })
  }
}

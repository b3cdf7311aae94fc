internal import RobotData

extension ConsoleToCoordinator: WireMessage {
  /// The header; no message of a console has pictures.
  public func frames() throws(WireError) -> [[UInt8]] {
    var message = Mallard_V1_ConsoleToCoordinator()
    switch self {
    case .hello(let name, let instance, let role, let closedLoop, let fleet):
      message.hello.protocolVersion = .current
      message.hello.operator = name.name
      message.hello.instance = instance
      message.hello.role =
        switch role {
        case .viewer: .viewer
        case .operator: .operator
        }
      message.hello.closedLoop = closedLoop
      message.hello.fleet = fleet?.value ?? 0
    case .heartbeat(let time): message.heartbeat.sentTime = time.nanosecondsSinceEpoch
    case .order(let order, let number):
      message.order = Mallard_V1_Order(order)
      message.order.number = number
    case .watch(let robots): message.watch.robots = robots.map(\.name)
    case .workload(let ratings): message.workload = Mallard_V1_Workload(ratings)
    case .goodbye: message.goodbye = Mallard_V1_Empty()
    }
    var envelope = Mallard_V1_ToCoordinator()
    envelope.console = message
    return try envelope.frames()
  }

  /// Reads and checks a message of a console.
  public init(frames: [[UInt8]]) throws(WireError) {
    guard case .console(let message) = try ToCoordinator(frames: frames) else {
      throw .unknownKind(expected: "ConsoleToCoordinator")
    }
    self = message
  }

  init(
    _ message: Mallard_V1_ConsoleToCoordinator, pictures: ArraySlice<[UInt8]>
  ) throws(WireError) {
    let kind = "ConsoleToCoordinator"
    switch message.body {
    case .hello(let hello):
      try hello.protocolVersion.check(name: hello.operator)
      let role: ConsoleRole? =
        switch hello.role {
        case .viewer: .viewer
        case .operator: .operator
        case .unspecified, .UNRECOGNIZED: nil
        }
      self = .hello(
        try Field.name(hello.operator, "hello.operator"), instance: hello.instance,
        try Field.some(role, "hello.role"), closedLoop: hello.closedLoop,
        fleet: FleetID(hello.fleet))
    case .heartbeat(let beat):
      self = .heartbeat(sentTime: WallTime(nanosecondsSinceEpoch: beat.sentTime))
    case .order(let order): self = .order(try order.value(), number: order.number)
    case .watch(let list): self = .watch(try Field.names(list.robots, "watch.robots"))
    case .workload(let ratings): self = .workload(try ratings.value())
    case .goodbye: self = .goodbye
    case nil: throw .unknownKind(expected: kind)
    }
  }
}

extension Mallard_V1_Workload {
  init(_ ratings: WorkloadRatings) {
    mentalDemand = UInt32(clamping: ratings.mentalDemand)
    physicalDemand = UInt32(clamping: ratings.physicalDemand)
    temporalDemand = UInt32(clamping: ratings.temporalDemand)
    performance = UInt32(clamping: ratings.performance)
    effort = UInt32(clamping: ratings.effort)
    frustration = UInt32(clamping: ratings.frustration)
  }

  func value() throws(WireError) -> WorkloadRatings {
    func scale(_ value: UInt32, _ field: String) throws(WireError) -> Int {
      guard value <= 100 else { throw .value(field, got: "\(value)", allowed: "0 to 100") }
      return Int(value)
    }
    return WorkloadRatings(
      mentalDemand: try scale(mentalDemand, "workload.mental_demand"),
      physicalDemand: try scale(physicalDemand, "workload.physical_demand"),
      temporalDemand: try scale(temporalDemand, "workload.temporal_demand"),
      performance: try scale(performance, "workload.performance"),
      effort: try scale(effort, "workload.effort"),
      frustration: try scale(frustration, "workload.frustration"))
  }
}

extension Mallard_V1_Order {
  init(_ order: OperatorOrder) {
    switch order {
    case .takeNext: takeNext = Mallard_V1_Empty()
    case .takeOver(let robot): takeOver.text = robot.name
    case .handBack(let robot): handBack.text = robot.name
    case .drive(let robot, let action, let step):
      drive.robot = robot.name
      drive.action = Mallard_V1_Action(action)
      if let step { drive.respondsTo = UInt64(clamping: step) }
    case .chooseSubtasks(let robot, let subtasks):
      chooseSubtask.robot = robot.name
      chooseSubtask.subtask = subtasks.first?.name ?? ""
      chooseSubtask.later = subtasks.dropFirst().map(\.name)
    case .mark(let robot, let outcome):
      mark.robot = robot.name
      mark.outcome = Mallard_V1_EpisodeOutcome(outcome)
    case .changeMark(let robot, let outcome):
      changeMark.robot = robot.name
      changeMark.outcome = Mallard_V1_EpisodeOutcome(outcome)
    case .emergencyStop(let robot): emergencyStop.text = robot?.name ?? ""
    case .releaseStop(let robot): releaseStop.text = robot?.name ?? ""
    case .setThresholds(let thresholds):
      setThresholds.task = thresholds.task
      setThresholds.policy = thresholds.policy
    case .pauseFleet: pauseFleet = Mallard_V1_Empty()
    case .resumeFleet: resumeFleet = Mallard_V1_Empty()
    }
  }

  func value() throws(WireError) -> OperatorOrder {
    switch body {
    case .takeNext: .takeNext
    case .takeOver(let text): .takeOver(try Field.name(text.text, "order.robot"))
    case .handBack(let text): .handBack(try Field.name(text.text, "order.robot"))
    case .drive(let drive):
      .drive(
        try Field.name(drive.robot, "order.robot"), try drive.action.value("drive.action"),
        respondsTo: drive.hasRespondsTo
          ? try Field.count(drive.respondsTo, "drive.responds_to") : nil)
    case .chooseSubtask(let choice):
      .chooseSubtasks(try Field.name(choice.robot, "order.robot"), try choice.subtasks())
    case .mark(let mark):
      .mark(try Field.name(mark.robot, "order.robot"), try mark.outcome.value())
    case .changeMark(let mark):
      .changeMark(try Field.name(mark.robot, "order.robot"), try mark.outcome.value())
    case .emergencyStop(let text):
      .emergencyStop(try Field.optionalName(text.text, "order.robot"))
    case .releaseStop(let text): .releaseStop(try Field.optionalName(text.text, "order.robot"))
    case .setThresholds(let thresholds):
      .setThresholds(
        UncertaintyThresholds(
          task: try Field.finite(thresholds.task, "thresholds.task"),
          policy: try Field.finite(thresholds.policy, "thresholds.policy")))
    case .pauseFleet: .pauseFleet
    case .resumeFleet: .resumeFleet
    case nil: throw .unknownKind(expected: "Order")
    }
  }
}

extension CoordinatorToConsole: WireMessage {
  /// The header, then the pictures of an observation.
  public func frames() throws(WireError) -> [[UInt8]] {
    var message = Mallard_V1_CoordinatorToConsole()
    var pictures: [CameraFrame] = []
    switch self {
    case .welcome(let session, let lockstep):
      message.welcome.session = session.value
      message.welcome.lockstep = lockstep
    case .refused(let reason): message.refused.text = Field.text(reason)
    case .orderRefused(let number, let reason):
      message.orderRefused.number = number
      message.orderRefused.reason = Field.text(reason)
    case .assigned(let robot, let cause, let description):
      message.assigned.robot = robot.name
      message.assigned.cause = Mallard_V1_Cause(cause)
      message.assigned.description_p = Mallard_V1_RobotDescription(description)
    case .unassigned(let robot, let cause):
      message.unassigned.robot = robot.name
      message.unassigned.cause = Mallard_V1_Cause(cause)
    case .observation(let robot, let observation, let uncertainty):
      message.observation.robot = robot.name
      message.observation.observation = Mallard_V1_Observation(observation)
      if let uncertainty {
        message.observation.uncertainty = Mallard_V1_Uncertainty(uncertainty)
      }
      pictures = observation.reading.frames
    case .status(let status): message.status = Mallard_V1_FleetStatus(status)
    case .episodeEnded(let robot, let episode, let outcome):
      message.episodeEnded.robot = robot.name
      message.episodeEnded.episode = Mallard_V1_EpisodeID(episode)
      message.episodeEnded.outcome = Mallard_V1_EpisodeOutcome(outcome)
    case .notice(let text): message.notice.text = Field.text(text)
    case .heartbeatReply(let time): message.heartbeatReply.sentTime = time.nanosecondsSinceEpoch
    case .goodbye: message.goodbye = Mallard_V1_Empty()
    }
    return try message.frames(with: pictures)
  }

  /// Reads and checks a message of the coordinator to a console.
  public init(frames: [[UInt8]]) throws(WireError) {
    let kind = "CoordinatorToConsole"
    let message = try Mallard_V1_CoordinatorToConsole(header: frames, of: kind)
    switch message.body {
    case .welcome(let welcome):
      self = .welcome(session: SessionID(welcome.session), lockstep: welcome.lockstep)
    case .refused(let text): self = .refused(reason: Field.text(text.text))
    case .orderRefused(let refusal):
      self = .orderRefused(number: refusal.number, reason: Field.text(refusal.reason))
    case .assigned(let assigned):
      self = .assigned(
        try Field.name(assigned.robot, "assigned.robot"), try assigned.cause.cause(),
        try assigned.description_p.value())
    case .unassigned(let unassigned):
      self = .unassigned(
        try Field.name(unassigned.robot, "unassigned.robot"), try unassigned.cause.cause())
    case .observation(let seen):
      self = .observation(
        try Field.name(seen.robot, "observation.robot"),
        try seen.observation.value(pictures: frames.dropFirst()),
        seen.hasUncertainty ? try seen.uncertainty.value() : nil)
    case .status(let status): self = .status(try status.value())
    case .episodeEnded(let ended):
      guard ended.hasEpisode else { throw .missing("episode_ended.episode") }
      self = .episodeEnded(
        try Field.name(ended.robot, "episode_ended.robot"), ended.episode.value,
        try ended.outcome.value())
    case .notice(let text): self = .notice(Field.text(text.text))
    case .heartbeatReply(let beat):
      self = .heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: beat.sentTime))
    case .goodbye: self = .goodbye
    case nil: throw .unknownKind(expected: kind)
    }
  }
}

extension Mallard_V1_ChooseSubtask {
  /// The subtasks in their order; a choice that names no first one withdraws what was chosen.
  fileprivate func subtasks() throws(WireError) -> [SubtaskName] {
    let first: SubtaskName? = try Field.optionalName(subtask, "order.subtask")
    let later: [SubtaskName] = try Field.names(self.later, "order.later")
    guard let first else {
      guard later.isEmpty else { throw .missing("order.subtask") }
      return []
    }
    return [first] + later
  }
}

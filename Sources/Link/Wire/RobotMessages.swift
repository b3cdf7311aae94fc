internal import RobotData

extension RobotToCoordinator: WireMessage {
  /// The header, then the pictures of an observation or step.
  public func frames() throws(WireError) -> [[UInt8]] {
    var message = Mallard_V1_RobotToCoordinator()
    var pictures: [CameraFrame] = []
    switch self {
    case .hello(let robot, let instance, let description, let episode, let nextStep, let fleet):
      message.hello.protocolVersion = .current
      message.hello.robot = robot.name
      message.hello.instance = instance
      message.hello.description_p = Mallard_V1_RobotDescription(description)
      if let episode { message.hello.episode = Mallard_V1_EpisodeID(episode) }
      message.hello.nextStep = UInt64(clamping: nextStep)
      message.hello.fleet = fleet?.value ?? 0
    case .heartbeat(let time): message.heartbeat.sentTime = time.nanosecondsSinceEpoch
    case .ready: message.ready = Mallard_V1_Empty()
    case .observation(let observation, let time):
      message.observation.observation = Mallard_V1_Observation(observation)
      message.observation.sentTime = time.nanosecondsSinceEpoch
      pictures = observation.reading.frames
    case .outcome(let outcome): message.outcome = Mallard_V1_Outcome(outcome)
    case .step(let record):
      message.step.observation = Mallard_V1_Observation(record.observation)
      message.step.outcome = Mallard_V1_Outcome(StepOutcome(of: record))
      pictures = record.observation.reading.frames
    case .episodeClosed(let episode, let count):
      message.episodeClosed.episode = Mallard_V1_EpisodeID(episode)
      message.episodeClosed.stepCount = UInt64(clamping: count)
    case .fault(let text): message.fault.text = Field.text(text)
    case .goodbye: message.goodbye = Mallard_V1_Empty()
    }
    var envelope = Mallard_V1_ToCoordinator()
    envelope.robot = message
    return try envelope.frames(with: pictures)
  }

  /// Reads and checks a message of a robot.
  public init(frames: [[UInt8]]) throws(WireError) {
    guard case .robot(let message) = try ToCoordinator(frames: frames) else {
      throw .unknownKind(expected: "RobotToCoordinator")
    }
    self = message
  }

  init(
    _ message: Mallard_V1_RobotToCoordinator, pictures: ArraySlice<[UInt8]>
  ) throws(WireError) {
    let kind = "RobotToCoordinator"
    switch message.body {
    case .hello(let hello): self = try hello.value()
    case .heartbeat(let beat):
      self = .heartbeat(sentTime: WallTime(nanosecondsSinceEpoch: beat.sentTime))
    case .ready: self = .ready
    case .observation(let sent):
      self = .observation(
        try sent.observation.value(pictures: pictures),
        sentTime: WallTime(nanosecondsSinceEpoch: sent.sentTime))
    case .outcome(let outcome): self = .outcome(try outcome.value())
    case .step(let step): self = .step(try step.value(pictures: pictures))
    case .episodeClosed(let closed):
      guard closed.hasEpisode else { throw .missing("episode_closed.episode") }
      self = .episodeClosed(
        closed.episode.value, stepCount: try Field.count(closed.stepCount, "step_count"))
    case .fault(let text): self = .fault(message: Field.text(text.text))
    case .goodbye: self = .goodbye
    case nil: throw .unknownKind(expected: kind)
    }
  }
}

extension Mallard_V1_RobotHello {
  func value() throws(WireError) -> RobotToCoordinator {
    try protocolVersion.check(name: robot)
    guard hasDescription_p else { throw .missing("hello.description") }
    return .hello(
      robot: try Field.name(robot, "hello.robot"), instance: instance,
      try description_p.value(), episode: hasEpisode ? episode.value : nil,
      nextStep: try Field.count(nextStep, "hello.next_step"), fleet: FleetID(fleet))
  }
}

extension Mallard_V1_Step {
  func value(pictures: ArraySlice<[UInt8]>) throws(WireError) -> StepRecord {
    let observation = try observation.value(pictures: pictures)
    guard let record = try outcome.value().joined(with: observation) else {
      throw .value(
        "step.outcome", got: "of another step", allowed: "the step of its observation")
    }
    return record
  }
}

extension CoordinatorToRobot: WireMessage {
  /// The header; no message to a robot has pictures.
  public func frames() throws(WireError) -> [[UInt8]] {
    var message = Mallard_V1_CoordinatorToRobot()
    switch self {
    case .welcome(let session, let lockstep):
      message.welcome.session = session.value
      message.welcome.lockstep = lockstep
    case .refused(let reason): message.refused.text = Field.text(reason)
    case .startEpisode(let episode, let seed):
      message.startEpisode.episode = Mallard_V1_EpisodeID(episode)
      message.startEpisode.seed = seed
    case .endEpisode(let episode, let outcome):
      message.endEpisode.episode = Mallard_V1_EpisodeID(episode)
      message.endEpisode.outcome = Mallard_V1_EpisodeOutcome(outcome)
    case .command(let command): message.command = Mallard_V1_Command(command)
    case .stop(let reason): message.stop.text = Field.text(reason)
    case .release: message.release = Mallard_V1_Empty()
    case .acknowledge(let episode, let steps):
      message.acknowledge.episode = Mallard_V1_EpisodeID(episode)
      message.acknowledge.steps = UInt64(clamping: steps)
    case .heartbeatReply(let time): message.heartbeatReply.sentTime = time.nanosecondsSinceEpoch
    case .goodbye: message.goodbye = Mallard_V1_Empty()
    }
    return try message.frames()
  }

  /// Reads and checks a message of the coordinator to a robot.
  public init(frames: [[UInt8]]) throws(WireError) {
    let kind = "CoordinatorToRobot"
    let message = try Mallard_V1_CoordinatorToRobot(header: frames, of: kind)
    switch message.body {
    case .welcome(let welcome):
      self = .welcome(session: SessionID(welcome.session), lockstep: welcome.lockstep)
    case .refused(let text): self = .refused(reason: Field.text(text.text))
    case .startEpisode(let start):
      guard start.hasEpisode else { throw .missing("start_episode.episode") }
      self = .startEpisode(start.episode.value, seed: start.seed)
    case .endEpisode(let end):
      guard end.hasEpisode else { throw .missing("end_episode.episode") }
      self = .endEpisode(end.episode.value, try end.outcome.value())
    case .command(let command): self = .command(try command.value())
    case .stop(let text): self = .stop(reason: Field.text(text.text))
    case .release: self = .release
    case .acknowledge(let done):
      guard done.hasEpisode else { throw .missing("acknowledge.episode") }
      self = .acknowledge(
        done.episode.value, steps: try Field.count(done.steps, "acknowledge.steps"))
    case .heartbeatReply(let beat):
      self = .heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: beat.sentTime))
    case .goodbye: self = .goodbye
    case nil: throw .unknownKind(expected: kind)
    }
  }
}

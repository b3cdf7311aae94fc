internal import Clocks
internal import Fleet
internal import FleetMessages
internal import RecordingStore
internal import RobotData
internal import Wire

extension Coordinator {
  /// A robot said something.
  func handle(_ heard: RobotToCoordinator, from identity: [UInt8], user: String?) throws {
    if case .hello(let id, let instance, let description, let episode, let next, let fleet) = heard
    {
      try greet(
        Peers.Robot(id: id, instance: instance, description: description, identity: identity),
        EpisodeInProgress(episode, next), fleet: fleet, user: user)
      return
    }
    guard let robot = peers.robots[identity] else {
      // Somebody who joined an earlier run, or was forgotten: asked to say hello again.
      try send(CoordinatorToRobot.goodbye, to: identity)
      return
    }
    let (id, instance) = (robot.id, robot.instance)
    switch heard {
    case .hello: break
    case .heartbeat(let time):
      notice(sent: time, from: identity)
      try tell(.robotHeartbeat(id, instance: instance))
      try send(CoordinatorToRobot.heartbeatReply(sentTime: time), to: identity)
    case .ready: try tell(.robotReady(id, instance: instance))
    case .observation(let observation, let sent):
      try take(observation, sent: sent, from: robot)
    case .outcome(let outcome):
      if let (record, received) = assembler.join(outcome, from: id) {
        keep(record, of: robot, receivedAt: received)
      }
    case .step(let record): keep(record, of: robot, receivedAt: SystemClock.wall)
    case .episodeClosed(let episode, let count):
      robotOfEpisode[episode] = id
      announced[episode] = count
      _ = recorder.offer(.episodeClosed(episode, stepCount: count))
    case .fault(let message): try tell(.robotFaulted(id, instance: instance, message: message))
    case .goodbye:
      try tell(.robotLeft(id, instance: instance))
      peers.forgetRobot(identity)
      assembler.forget(id)
    }
  }

  private func greet(
    _ robot: Peers.Robot, _ progress: EpisodeInProgress?, fleet: FleetID?, user: String?
  ) throws {
    let foreign = user.flatMap { user in
      user == "robot/\(robot.id)" ? nil : "its key belongs to \(user), not to robot/\(robot.id)"
    }
    if let reason = FleetID.refusal(of: fleet, by: configuration.fleetID) ?? foreign {
      try send(CoordinatorToRobot.refused(reason: reason), to: robot.identity)
      news(.refused(name: robot.id.name, reason: reason))
      return
    }
    // A robot that the policy cannot drive, or whose steps do not fit the recording, is told so
    // before it moves.
    if let reason = policyRefusal(robot.description)
      ?? recorder.refusal(of: robot.id, robot.description)
    {
      try send(CoordinatorToRobot.refused(reason: reason), to: robot.identity)
      news(.refused(name: robot.id.name, reason: reason))
      note("robot-refused", robot.id, reason)
      return
    }
    peers.note(robot)
    greeted = robot.identity
    if let progress { robotOfEpisode[progress.episode] = robot.id }
    try tell(.robotJoined(robot.id, instance: robot.instance, robot.description, progress))
    if peers.robot(robot.id)?.instance == robot.instance { endForgotten(robot.id, but: progress) }
  }

  /// Episodes of an earlier run that their robot, which has joined, knows nothing of: it was killed
  /// too, and nobody will go on with them.
  private func endForgotten(_ robot: RobotID, but progress: EpisodeInProgress?) {
    for (episode, owner) in awaited.sorted(by: { $0.key < $1.key })
    where owner == robot && episode != progress?.episode {
      awaited[episode] = nil
      // Nothing was recorded of it and no robot heard of it: it is begun again.
      if fleet.configuration.earlier.unstarted[robot]?.episode == episode { continue }
      fleet.noteEarlier(episode, endedAs: .interrupted)
      _ = recorder.offer(.episodeEnded(episode, .interrupted, at: SystemClock.wall))
    }
  }

  private func notice(sent: WallTime, from identity: [UInt8]) {
    peers.update(identity) { $0.clock.note(sent: sent, received: SystemClock.wall) }
  }

  private func take(
    _ observation: Observation, sent: WallTime, from robot: Peers.Robot
  ) throws {
    let received = SystemClock.wall
    notice(sent: sent, from: robot.identity)
    let clock = peers.robots[robot.identity]?.clock ?? robot.clock
    // In lockstep the robot waits for its answer: what it saw is still so.
    let age =
      configuration.isLockstep
      ? .zero : clock.age(of: observation.reading.captureTime, at: received)
    assembler.note(observation, from: robot.id, at: received)
    robotOfEpisode[observation.episode] = robot.id
    let reading = observation.reading
    let summary = ObservationSummary(
      episode: observation.episode, step: observation.step,
      endEffectorPose: reading.proprioception.endEffectorPose, progress: reading.progress,
      isFinite: reading.proprioception.isFinite)
    try tell(.observed(robot.id, instance: robot.instance, summary, age: age))
    let watchers = peers.watchers(of: robot.id)
    guard !watchers.isEmpty else { return }
    let uncertainty = fleet.status(of: robot.id, at: SystemClock.now)?.uncertainty
    for console in watchers {
      try send(
        CoordinatorToConsole.observation(robot.id, observation, uncertainty), to: console.identity)
    }
  }

  /// A step goes to the recorder; if it finds no room there, it stays with its robot.
  private func keep(_ record: StepRecord, of robot: Peers.Robot, receivedAt: WallTime) {
    robotOfEpisode[record.observation.episode] = robot.id
    let isTaken = recorder.offer(
      .step(
        record, of: robot.id, task: robot.description.task.name, receivedAt: receivedAt))
    guard isTaken else { return }
    stepCounts[robot.id, default: 0] += 1
    if record.isLate { counts.lateSteps[robot.id, default: 0] += 1 }
  }
}

extension EpisodeInProgress {
  fileprivate init?(_ episode: EpisodeID?, _ next: Int) {
    guard let episode else { return nil }
    self.init(episode: episode, nextStep: next)
  }
}

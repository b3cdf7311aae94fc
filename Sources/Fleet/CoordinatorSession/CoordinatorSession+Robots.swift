internal import Fleet
internal import RobotData
internal import Wire

extension CoordinatorSession {
  /// A robot said something.
  mutating func handle(
    _ heard: RobotToCoordinator, from identity: PeerIdentity, user: String?, refusal: String?
  ) {
    if case .hello(let id, let instance, let description, let episode, let next, let fleet) = heard
    {
      greet(
        Peers.Robot(id: id, instance: instance, description: description, identity: identity),
        episode.map { EpisodeInProgress(episode: $0, nextStep: next) }, fleet: fleet, user: user,
        refusal: refusal)
      return
    }
    guard let robot = peers.robots[identity] else {
      // A robot that joined an earlier run, or was forgotten: asked to say hello again.
      send(CoordinatorToRobot.goodbye, to: identity)
      return
    }
    let (id, instance) = (robot.id, robot.instance)
    switch heard {
    case .hello: break
    case .heartbeat(let time):
      notice(sent: time, from: identity)
      tell(.robotHeartbeat(id, instance: instance))
      send(CoordinatorToRobot.heartbeatReply(sentTime: time), to: identity)
    case .ready: tell(.robotReady(id, instance: instance))
    case .observation(let observation, let sent): take(observation, sent: sent, from: robot)
    case .outcome(let outcome):
      if let (record, received) = assembler.join(outcome, from: id) {
        keep(record, of: robot, receivedAt: received)
      }
    case .step(let record): keep(record, of: robot, receivedAt: moment.wall)
    case .episodeClosed(let episode, let count):
      robotOfEpisode[episode] = id
      announced[episode] = count
      record(.episodeClosed(episode, stepCount: count))
    case .fault(let message): tell(.robotFaulted(id, instance: instance, message: message))
    case .goodbye:
      tell(.robotLeft(id, instance: instance))
      peers.forgetRobot(identity)
      assembler.forget(id)
    }
  }

  private mutating func greet(
    _ robot: Peers.Robot, _ progress: EpisodeInProgress?, fleet: FleetID?, user: String?,
    refusal: String?
  ) {
    let foreign = user.flatMap { user in
      user == "robot/\(robot.id)" ? nil : "its key belongs to \(user), not to robot/\(robot.id)"
    }
    if let reason = FleetID.refusal(of: fleet, by: configuration.fleetID) ?? foreign {
      send(CoordinatorToRobot.refused(reason: reason), to: robot.identity)
      log(.refused(name: robot.id.name, reason: reason))
      return
    }
    // A robot that the policy cannot drive, or whose steps do not fit the recording, is told so
    // before it moves.
    if let reason = refusal {
      send(CoordinatorToRobot.refused(reason: reason), to: robot.identity)
      log(.refused(name: robot.id.name, reason: reason))
      note("robot-refused", robot.id, reason)
      return
    }
    peers.note(robot)
    if let progress { robotOfEpisode[progress.episode] = robot.id }
    tell(
      .robotJoined(robot.id, instance: robot.instance, robot.description, progress),
      EventContext(greeted: robot.identity))
    if peers.robot(robot.id)?.instance == robot.instance { endForgotten(robot.id, but: progress) }
  }

  /// Episodes of an earlier run that their robot, which has joined, knows nothing of: it was killed
  /// too, and no one will continue them.
  private mutating func endForgotten(_ robot: RobotID, but progress: EpisodeInProgress?) {
    for (episode, owner) in awaited.sorted(by: { $0.key < $1.key })
    where owner == robot && episode != progress?.episode {
      awaited[episode] = nil
      // Nothing was recorded of it and no robot heard of it: it is begun again.
      if fleet.configuration.earlier.unstarted[robot]?.episode == episode { continue }
      fleet.noteEarlier(episode, endedAs: .interrupted)
      record(.episodeEnded(episode, .interrupted, at: moment.wall))
    }
  }

  private mutating func notice(sent: WallTime, from identity: PeerIdentity) {
    peers.update(identity) { $0.clock.note(sent: sent, received: moment.wall) }
  }

  private mutating func take(
    _ observation: Observation, sent: WallTime, from robot: Peers.Robot
  ) {
    let received = moment.wall
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
    tell(.observed(robot.id, instance: robot.instance, summary, age: age))
    let watchers = peers.watchers(of: robot.id)
    guard !watchers.isEmpty else { return }
    let uncertainty = fleet.status(of: robot.id, at: moment.now)?.uncertainty
    for console in watchers {
      send(
        CoordinatorToConsole.observation(robot.id, observation, uncertainty), to: console.identity)
    }
  }

  /// A step goes to the recorder; if it finds no room there, it stays with its robot.
  private mutating func keep(
    _ step: StepRecord, of robot: Peers.Robot, receivedAt: WallTime
  ) {
    robotOfEpisode[step.observation.episode] = robot.id
    guard moment.hasRoomForSteps else { return }
    record(
      .step(step, of: robot.id, task: robot.description.task.name, receivedAt: receivedAt))
    steps[robot.id, default: StepCounts()].all += 1
    guard step.isLate else { return }
    steps[robot.id, default: StepCounts()].late += 1
    counts.lateSteps[robot.id, default: 0] += 1
  }
}

import Fleet
import RobotData

/// What happens in the world: bad things at first, good ones after it is healed.
extension World {
  /// Lets some time pass and something happen.
  mutating func stir() {
    now = now + .milliseconds(Int.random(in: 0...30, using: &random))
    if random.chance(weather.stall) {
      now = now + .milliseconds(Int.random(in: 0...3000, using: &random))
    }
    if random.chance(0.5) { tell(.tick) }
    keepAlive()
    suffer()
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4:
      let index = Int.random(in: 0..<robots.count, using: &random)
      guard !robots[index].isAsleep else { return }
      if robots[index].isJoined { observe(index) } else { join(index) }
    case 4..<7: decide()
    default:
      let index = Int.random(in: 0..<people.count, using: &random)
      guard !people[index].isAsleep else { return }
      if people[index].isJoined { act(index) } else { joinOperator(index) }
    }
  }

  private mutating func keepAlive() {
    for index in robots.indices where robots[index].isJoined && !robots[index].isAsleep {
      guard now - robots[index].heartbeat > .milliseconds(200) else { continue }
      robots[index].heartbeat = now
      tell(.robotHeartbeat(robots[index].id, instance: robots[index].instance))
    }
    for index in people.indices where people[index].isJoined && !people[index].isAsleep {
      guard now - people[index].heartbeat > .milliseconds(200) else { continue }
      people[index].heartbeat = now
      tell(.operatorHeartbeat(people[index].name, instance: people[index].instance))
    }
  }

  mutating func joinOperator(_ index: Int) {
    people[index].isJoined = true
    people[index].heartbeat = now
    let person = people[index]
    tell(
      .operatorJoined(person.name, instance: person.instance, closedLoop: person.isClosedLoop))
  }

  /// Faults, as the weather has them.
  private mutating func suffer() {
    let robot = Int.random(in: 0..<robots.count, using: &random)
    if random.chance(weather.robotNap) { robots[robot].isAsleep.toggle() }
    if robots[robot].isAsleep, random.chance(0.02) {
      robots[robot].isAsleep = false
      robots[robot].isJoined = false
    }
    if random.chance(weather.robotCrash) {
      robots[robot] = Endpoint(id: robots[robot].id, instance: random.next())
    }
    if random.chance(weather.robotLeaves), robots[robot].isJoined {
      tell(.robotLeft(robots[robot].id, instance: robots[robot].instance))
      robots[robot].isJoined = false
      if random.chance(0.5) { robots[robot].episode = nil }
    }
    if random.chance(weather.robotFault) {
      tell(
        .robotFaulted(robots[robot].id, instance: robots[robot].instance, message: "gripper"))
    }
    let person = Int.random(in: 0..<people.count, using: &random)
    if random.chance(weather.operatorNap) { people[person].isAsleep.toggle() }
    if random.chance(weather.operatorCrash) {
      if random.chance(0.5) {
        tell(.operatorLeft(people[person].name, instance: people[person].instance))
      }
      people[person].instance = random.next()
      people[person].isJoined = false
      people[person].robot = nil
    }
    if random.chance(weather.restart) { restart() }
    if random.chance(weather.nonsense) { tell(nonsense()) }
  }

  /// The coordinator is killed and begins anew, with what the robots tell it.
  private mutating func restart() {
    restarts += 1
    var configuration = fleet.configuration
    configuration.session = SessionID(configuration.session.value &+ (restarts << 32))
    configuration.sequenceOrigin = (witness.sequences.values.max() ?? 0) + 1_000_000
    fleet = FleetStateMachine(configuration: configuration)
    let sequences = witness.sequences
    witness = Witness(configuration)
    witness.sequences = sequences
  }

  /// Something that no shell should say.
  private mutating func nonsense() -> FleetEvent {
    let robot = robots[Int.random(in: 0..<robots.count, using: &random)]
    let other = robots[Int.random(in: 0..<robots.count, using: &random)]
    let person = people[Int.random(in: 0..<people.count, using: &random)]
    let episode = robot.episode ?? EpisodeID(session: SessionID(3), ordinal: 1)
    let somewhere = EpisodeInProgress(
      episode: episode, nextStep: Int.random(in: -3...30, using: &random))
    let events: [FleetEvent] = [
      .robotJoined(robot.id, instance: random.next(), .bench, nil),
      .robotJoined(other.id, instance: other.instance, .bench, somewhere),
      .robotJoined(
        robot.id, instance: robot.instance, .bench,
        EpisodeInProgress(
          episode: EpisodeID(session: fleet.configuration.session, ordinal: 9_999), nextStep: 0)),
      .robotReady(robot.id, instance: robot.instance),
      .robotReady("ghost", instance: 1),
      .robotHeartbeat("ghost", instance: 1),
      .policyFailed(robot.id, episode, step: robot.nextStep),
      .policyFailed("ghost", episode, step: .min),
      .operatorHeartbeat("ghost", instance: 1),
      .operatorRequested("ghost", instance: 1, .takeNext),
      .operatorJoined(person.name, instance: random.next(), closedLoop: true),
      .operatorRequested(person.name, instance: person.instance, .takeOver("ghost")),
      .operatorRequested(
        person.name, instance: person.instance, .mark(robot.id, .interrupted)),
      .operatorRequested(
        person.name, instance: person.instance,
        .drive(robot.id, .moving(.nan), respondsTo: .max)),
      .operatorRequested(
        person.name, instance: person.instance,
        .setThresholds(UncertaintyThresholds(task: -1, policy: .infinity))),
      .operatorRequested(person.name, instance: person.instance &+ 1, .pauseFleet),
    ]
    return events[Int.random(in: 0..<events.count, using: &random)]
  }
}

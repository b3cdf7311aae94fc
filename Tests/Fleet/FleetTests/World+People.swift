import Fleet
import RobotData

/// What operators do in the world, and how it is healed.
extension World {
  mutating func request(_ index: Int, _ request: OperatorRequest) {
    tell(.operatorRequested(people[index].name, instance: people[index].instance, request))
  }

  /// Some request of an operator, mostly a sensible one.
  mutating func act(_ index: Int) {
    let any = robots[Int.random(in: 0..<robots.count, using: &random)].id
    if random.chance(weather.stop) {
      let selection: RobotSelection = random.chance(0.3) ? .all : .one(any)
      request(index, random.chance(0.4) ? .emergencyStop(selection) : .releaseStop(selection))
      return
    }
    if random.chance(weather.pause) {
      request(index, random.chance(0.4) ? .pauseFleet : .resumeFleet)
      return
    }
    if random.chance(0.02) {
      let thresholds = UncertaintyThresholds(
        task: Double.random(in: 0...0.4, using: &random), policy: 0.1)
      request(index, .setThresholds(thresholds))
      return
    }
    if people[index].robot == nil, let last = people[index].lastRobot, random.chance(0.2) {
      drive(index, last)  // has not noticed yet that the robot is gone
      return
    }
    guard let held = people[index].robot, random.chance(0.95) else {
      let target = random.chance(0.6) ? OperatorRequest.takeNext : .takeOver(any)
      let outcome = EpisodeOutcome.allCases[Int.random(in: 0..<3, using: &random)]
      let rest: [OperatorRequest] = [
        target, .mark(any, outcome), .changeMark(any, outcome), .handBack(any),
      ]
      request(index, random.chance(0.8) ? target : rest[Int.random(in: 0..<4, using: &random)])
      return
    }
    switch Int.random(in: 0..<20, using: &random) {
    case 0: request(index, .handBack(held))
    case 1: request(index, .mark(held, random.chance(0.5) ? .success : .discarded))
    case 2: request(index, .chooseSubtasks(held, random.chance(0.5) ? ["red", "green"] : []))
    default: drive(index, held)
    }
  }

  private mutating func drive(_ index: Int, _ id: RobotID) {
    let isResting = random.chance(0.3)
    let action =
      isResting ? Action.hold : .moving(Double.random(in: 0.1...1, using: &random))
    var step: Int?
    if people[index].isClosedLoop, random.chance(0.9) {
      step =
        random.chance(0.9)
        ? people[index].shown.last : people[index].shown.randomElement(using: &random)
    }
    request(index, .drive(id, action, respondsTo: step))
  }

  // MARK: Good times

  /// Ends all faults and lets one diligent operator work.
  ///
  /// - Returns: the robots that have not finished an episode after four minutes.
  mutating func heal() -> [RobotID] {
    beHealed()
    for index in people.indices.dropFirst() {
      tell(.operatorLeft(people[index].name, instance: people[index].instance))
      people[index].isAsleep = true
      people[index].isJoined = false
    }
    people[0].isAsleep = false
    people[0].isClosedLoop = true
    people[0].robot = nil
    people[0].instance = random.next()
    asked = []
    for index in robots.indices {
      robots[index].isAsleep = false
      robots[index].isJoined = false
      robots[index].finished = 0
    }
    for _ in 0..<2_400 {
      now = now + .milliseconds(50)
      tell(.tick)
      now = now + .milliseconds(50)
      tell(.tick)
      period()
      let isDone = robots.allSatisfy { $0.finished > 0 }
      if isDone || !violations.isEmpty { break }
    }
    return robots.filter { $0.finished == 0 }.map(\.id)
  }

  /// One control period of the healed world.
  private mutating func period() {
    for index in robots.indices {
      if robots[index].isJoined {
        tell(.robotHeartbeat(robots[index].id, instance: robots[index].instance))
        if robots[index].isJoined { observe(index) }
      } else {
        join(index)
      }
    }
    while !asked.isEmpty { decide() }
    if people[0].isJoined {
      tell(.operatorHeartbeat(people[0].name, instance: people[0].instance))
      work()
    } else {
      joinOperator(0)
      request(0, .releaseStop(.all))
      request(0, .resumeFleet)
      request(0, .setThresholds(UncertaintyThresholds(task: 0.19, policy: 0.1)))
    }
  }

  private mutating func work() {
    guard let held = people[0].robot, let robot = robots.first(where: { $0.id == held }) else {
      let done = robots.first { robot in
        fleet.status(of: robot.id, at: now)?.progress?.isSuccess == true
          && fleet.status(of: robot.id, at: now)?.state == .assisted
      }
      request(0, done.map { .takeOver($0.id) } ?? .takeNext)
      return
    }
    if robot.driven >= 12 {
      request(0, .mark(held, .success))
    } else if let step = people[0].shown.last {
      people[0].drives += 1
      request(0, .drive(held, .moving(0.5), respondsTo: step))
    }
  }
}

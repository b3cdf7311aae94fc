public import RobotData

/// Counts what happens in a study. Pure: fed with events in the order of their times.
public struct StudyTally: Sendable {
  /// A change that is taken back within this time is chatter.
  public static let chatterTime = Duration.seconds(1)

  /// What is known of one robot.
  private struct Robot {
    var author = Author.hold
    var since = FleetInstant.origin
    var gainedBy: HandoverCause?
    var waitingSince: FleetInstant?
    /// When it asked, until a person moves it or the request is withdrawn.
    var askedAt: FleetInstant?
    var isBranchPoint = false
    var passage: Passage?
    var isOnStretch = false
    var completed = 0
  }

  /// The passage of a branch point.
  private struct Passage { var hasAsked = false }

  private var robots: [RobotID: Robot] = [:]
  private var measures = StudyMeasures()
  private var busySince: FleetInstant?
  private var busy = Duration.zero
  private var idle = Duration.zero
  private var latencies: [Double] = []
  private var handovers = 0
  private var chatter = 0
  private var passagesAsked = 0
  private var familiarRequests = 0
  private var stretchesAsked = 0
  private var stretchesDone = 0

  /// Nothing has happened.
  public init(robots: [RobotID]) {
    for robot in robots { self.robots[robot] = Robot() }
    measures.robots = robots.count
  }

  /// Takes in what happened.
  public mutating func note(_ event: StudyEvent, at now: FleetInstant) {
    switch event {
    case .episodeStarted(let id):
      update(id) { robot in
        robot.isBranchPoint = false
        robot.passage = nil
        robot.isOnStretch = false
        robot.completed = 0
      }
    case .episodeEnded(let id, let outcome):
      if outcome == .success { measures.demonstrations += 1 } else { measures.failures += 1 }
      endStretch(id, isDone: outcome == .success, isAsked: false)
      endPassage(id)
    case .handover(let id, let from, let to, let cause):
      change(id, from, to, cause, at: now)
    case .helpWanted(let id, let reason): ask(id, reason, at: now)
    case .observed(let id, let isBranchPoint, let completed):
      see(id, isBranchPoint: isBranchPoint, completed: completed.count)
    case .step(let id, let author, let isMoving): step(id, author, isMoving, at: now)
    }
  }

  private mutating func update(_ id: RobotID, _ body: (inout Robot) -> Void) {
    body(&robots[id, default: Robot()])
  }

  private mutating func change(
    _ id: RobotID, _ from: Author, _ to: Author, _ cause: HandoverCause, at now: FleetInstant
  ) {
    guard var robot = robots[id] else { return }
    if from != to { handovers += 1 }
    if from.isHuman, !to.isHuman, let since = busySince {
      busy += now - since
      busySince = nil
    }
    if to.isHuman, !from.isHuman {
      busySince = now
      measures.interventions += 1
      if cause == .operatorTookOver { measures.unaskedInterventions += 1 }
    }
    if isChatter(robot, from, cause, at: now) { chatter += 1 }
    if let since = robot.waitingSince, to != .hold || cause == .episodeEnded {
      idle += now - since
      robot.waitingSince = nil
    }
    if !to.isHuman { robot.askedAt = nil }
    robot.author = to
    robot.since = now
    robot.gainedBy = cause
    robots[id] = robot
    if from == .policy, cause == .operatorTookOver {
      endStretch(id, isDone: false, isAsked: false)
    } else if from == .policy, to != .policy, case .helpRequested = cause {
      endStretch(id, isDone: false, isAsked: true)
    }
  }

  /// Whether a change takes back the one before at once. That a robot is let go of because its
  /// episode ended is none.
  private func isChatter(
    _ robot: Robot, _ from: Author, _ cause: HandoverCause, at now: FleetInstant
  ) -> Bool {
    guard now - robot.since < Self.chatterTime, robot.author == from, cause != .episodeEnded
    else { return false }
    switch from {
    case .policy: return robot.gainedBy != .episodeStarted
    case .human: return true
    case .hold: return false
    }
  }

  private mutating func ask(_ id: RobotID, _ reason: HelpReason, at now: FleetInstant) {
    measures.requests[StudyReason(reason).rawValue, default: 0] += 1
    update(id) { robot in
      robot.waitingSince = now
      robot.askedAt = now
    }
    guard reason != .unassisted, let robot = robots[id] else { return }
    if robot.passage != nil {
      robots[id]?.passage?.hasAsked = true
    } else if !robot.isBranchPoint {
      familiarRequests += 1
    }
  }

  private mutating func see(_ id: RobotID, isBranchPoint: Bool, completed: Int) {
    guard let robot = robots[id] else { return }
    let isDone = completed > robot.completed
    if isDone {
      if robot.author == .policy { measures.policySubtasks += completed - robot.completed }
      if robot.author.isHuman { measures.humanSubtasks += completed - robot.completed }
      endStretch(id, isDone: true, isAsked: false)
    }
    if isBranchPoint, robot.author == .policy, robot.passage == nil {
      robots[id]?.passage = Passage()
    }
    if !isBranchPoint { endPassage(id) }
    robots[id]?.isBranchPoint = isBranchPoint
    robots[id]?.completed = completed
  }

  private mutating func step(
    _ id: RobotID, _ author: Author, _ isMoving: Bool, at now: FleetInstant
  ) {
    switch author {
    case .hold: break
    case .policy:
      measures.policySteps += 1
      guard let robot = robots[id], !robot.isBranchPoint else { return }
      measures.familiarSteps += 1
      robots[id]?.isOnStretch = true
    case .human:
      measures.humanSteps += 1
      guard isMoving else { return }
      measures.humanActionSteps += 1
      if let asked = robots[id]?.askedAt {
        latencies.append((now - asked).inSeconds)
        robots[id]?.askedAt = nil
      }
    }
  }

  private mutating func endPassage(_ id: RobotID) {
    guard let passage = robots[id]?.passage else { return }
    measures.branchPassages += 1
    if passage.hasAsked { passagesAsked += 1 }
    robots[id]?.passage = nil
  }

  private mutating func endStretch(_ id: RobotID, isDone: Bool, isAsked: Bool) {
    guard robots[id]?.isOnStretch == true else { return }
    robots[id]?.isOnStretch = false
    measures.stretches += 1
    if isAsked { stretchesAsked += 1 }
    if isDone { stretchesDone += 1 }
  }

  /// What it all comes to, at the end of the study. What is unfinished then is left out, waiting
  /// and holding are counted until then.
  public func measures(at end: FleetInstant) -> StudyMeasures {
    var all = measures
    all.seconds = (end - .origin).inSeconds
    let robotTime = max(all.seconds * Double(max(all.robots, 1)), 1e-9)
    let openBusy = busySince.map { end - $0 } ?? .zero
    let openIdle = robots.values.compactMap(\.waitingSince).reduce(Duration.zero) {
      $0 + (end - $1)
    }
    all.operatorBusyShare = (busy + openBusy).inSeconds / max(all.seconds, 1e-9)
    all.idleShare = (idle + openIdle).inSeconds / robotTime
    func share(_ part: Int, _ whole: Int) -> Double? {
      whole > 0 ? Double(part) / Double(whole) : nil
    }
    all.successRate = share(all.demonstrations, all.demonstrations + all.failures)
    all.requestsPerDemonstration = share(
      all.requests.values.reduce(0, +), all.demonstrations)
    let sorted = latencies.sorted()
    if !sorted.isEmpty {
      all.handoverLatencyMean = sorted.reduce(0, +) / Double(sorted.count)
      all.handoverLatency95 = sorted[min(sorted.count * 95 / 100, sorted.count - 1)]
    }
    all.humanStepShare = share(all.humanSteps, all.humanSteps + all.policySteps)
    all.returnOnHumanEffort =
      1_000 * Double(all.demonstrations) / Double(1 + all.humanActionSteps)
    all.handoversPerMinute = Double(handovers) / robotTime * 60
    all.chatterPerMinute = Double(chatter) / robotTime * 60
    all.requestRateAtBranchPoints = share(passagesAsked, all.branchPassages)
    all.requestRateOnFamiliarStretches = share(100 * familiarRequests, all.familiarSteps)
    all.stretchesAsked = share(stretchesAsked, all.stretches)
    all.stretchSuccess = share(stretchesDone, all.stretches - stretchesAsked)
    return all
  }
}

extension Author {
  /// Whether a person is meant.
  fileprivate var isHuman: Bool { if case .human = self { true } else { false } }
}

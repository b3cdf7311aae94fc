import Fleet
import RobotData

/// Watches a fleet from outside and notes every rule that is broken. It knows what was fed in and
/// what came out, and nothing of the machine's state; it was written from the rules alone.
struct Witness {
  struct Seen {
    var arrived: FleetInstant
    var taken: FleetInstant
  }

  struct Robot {
    var instance: UInt64?
    var author: Author = .hold
    var cause: HandoverCause?
    var handoverAt: FleetInstant?
    var isStopped = false
    var isLost = false
    var episode: EpisodeID?
    var lastStep = -1
    var leastStep = 0
    var pending: [Int: Seen] = [:]
    var firstAfterHandover: Seen?
    var takenAt: [Int: Seen] = [:]
    var waitingSince: FleetInstant?
    var lastInput: (action: Action, at: FleetInstant)?
    var decision: (step: Int, action: Action)?
    var lastCommand: (Command, at: FleetInstant)?
    var owesBrake = false

    var isActive: Bool { episode != nil && !isStopped && !isLost }
  }

  var configuration: FleetConfiguration
  var robots: [RobotID: Robot] = [:]
  var closedLoop: [OperatorID: Bool] = [:]
  var processes: [OperatorID: UInt64] = [:]
  var holds: [OperatorID: RobotID] = [:]
  var owners: [EpisodeID: RobotID] = [:]
  var ended: [EpisodeID: EpisodeOutcome] = [:]
  var isPaused = false
  /// The greatest command number of each robot, also of earlier runs of the coordinator.
  var sequences: [RobotID: UInt64] = [:]
  var violations: [String] = []
  var resetNow: Set<RobotID> = []
  private(set) var now = FleetInstant.origin

  init(_ configuration: FleetConfiguration) {
    self.configuration = configuration
    ended = configuration.earlier.ended
  }

  /// Takes in one call of the fleet.
  mutating func saw(_ event: FleetEvent, _ effects: [FleetEffect], at now: FleetInstant) {
    let now = max(now, self.now)  // time that goes back stands still
    if now != self.now { closeInstant() }
    self.now = now
    resetNow = []
    note(event, effects)
    for effect in effects { note(effect, during: event) }
    checkStaleness(event, effects)
    checkAfter(event)
  }

  mutating func blame(_ text: String) { violations.append("\(now): \(text)") }

  /// Human input beats the policy in the same tick: whatever else was ordered in it, a robot that
  /// a person holds at its end was last told something else than the policy's wish.
  private mutating func closeInstant() {
    for (id, robot) in robots {
      if case .human = robot.author, robot.isActive, robot.handoverAt == now,
        let (command, at) = robot.lastCommand, at == now, command.annotation.author == .policy
      {
        blame("\(id) follows the policy although a person took it in this tick")
      }
    }
  }

  // MARK: What went in

  private mutating func note(_ event: FleetEvent, _ effects: [FleetEffect]) {
    switch event {
    case .observed(let id, let instance, let summary, let age):
      note(summary, age: age, of: id, instance: instance)
    case .policyDecided(let id, _, let step, let decision):
      robots[id]?.decision = (step, decision.action)
    case .operatorJoined(let name, let instance, let isClosedLoop):
      guard effects.contains(.welcomeOperator(name)) else { return }
      closedLoop[name] = isClosedLoop
      processes[name] = instance
    case .operatorRequested(let name, _, let request):
      let isRefused = effects.contains {
        if case .refuseRequest = $0 { true } else { false }
      }
      guard !isRefused else { return }
      // An input that counts is passed on at once; others are dropped.
      if case .drive(let id, let action, _) = request, robots[id]?.author == .human(name),
        !effects.commands(to: id).isEmpty
      {
        robots[id]?.lastInput = (action, now)
      }
      if case .pauseFleet = request { isPaused = true }
      if case .resumeFleet = request { isPaused = false }
    default: break
    }
  }

  private mutating func note(
    _ summary: ObservationSummary, age: Duration, of id: RobotID, instance: UInt64
  ) {
    guard var robot = robots[id], robot.instance == instance, robot.episode == summary.episode,
      summary.step >= robot.leastStep
    else { return }
    robot.lastStep = summary.step
    robot.leastStep = summary.step
    let seen = Seen(arrived: now, taken: now + (.zero - max(age, .zero)))
    if age <= configuration.observationAgeLimit || !summary.isFinite {
      robot.pending[summary.step] = seen
      robot.takenAt[summary.step] = seen
    }
    if age <= configuration.observationAgeLimit, let handoverAt = robot.handoverAt,
      seen.taken >= handoverAt, robot.firstAfterHandover == nil
    {
      robot.firstAfterHandover = seen
    }
    robots[id] = robot
  }

  // MARK: What came out

  private mutating func note(_ effect: FleetEffect, during event: FleetEvent) {
    switch effect {
    case .welcomeRobot(let id): welcome(id, event)
    case .startEpisode(let id, let episode, _): start(episode, on: id)
    case .endEpisode(let id, let episode, let outcome): end(episode, outcome, on: id, event)
    case .changeOutcome(let episode, let outcome):
      if ended[episode] == nil { blame("the outcome of \(episode) changes before it has one") }
      ended[episode] = outcome
    case .command(let id, let command): check(command, to: id, during: event)
    case .stopRobot(let id, _): robots[id]?.isStopped = true
    case .releaseRobot(let id): robots[id]?.isStopped = false
    case .askPolicy(let id, let episode, let step):
      if robots[id]?.episode != episode || robots[id]?.lastStep != step {
        blame("the policy is asked about \(episode) step \(step), which \(id) does not see")
      }
      if robots[id]?.isStopped == true { blame("the policy is asked about \(id), stopped") }
    case .resetPolicy(let id): resetNow.insert(id)
    case .assigned(let id, to: let name, _):
      if let other = holds[name], other != id { blame("\(name) drives \(other) and \(id)") }
      if robots[id]?.author != .human(name), !isPaused {
        blame("\(id) is assigned to \(name), who is not its author")
      }
      holds[name] = id
    case .unassigned(let id, from: let name, let cause):
      if holds[name] != id { blame("\(id) is taken from \(name), who had \(holds[name] as Any)") }
      if robots[id]?.cause != cause { blame("\(id) is taken for another cause than recorded") }
      holds[name] = nil
    case .forwardObservation(let id, let episode, let step, to: let name):
      if robots[id]?.episode != episode || robots[id]?.lastStep != step {
        blame("\(name) is shown \(episode) step \(step) of \(id), which is not the newest")
      }
    case .handover(let handover): check(handover)
    case .helpWanted(let id, _): robots[id]?.waitingSince = now
    case .staleObservation(let id, _, let step, let age):
      if age <= configuration.observationAgeLimit { blame("\(id) step \(step) is not stale") }
    default: break
    }
  }

  private mutating func welcome(_ id: RobotID, _ event: FleetEvent) {
    guard case .robotJoined(id, let instance, _, let progress) = event else {
      return blame("\(id) is let in without having asked")
    }
    robots[id, default: Robot()].instance = instance
    robots[id]?.isLost = false
    robots[id]?.pending = [:]
    robots[id]?.takenAt = [:]
    robots[id]?.firstAfterHandover = nil
    if let progress {
      robots[id]?.lastStep = max(progress.nextStep, 0) - 1
      robots[id]?.leastStep = max(progress.nextStep, 0)
    }
  }

  private mutating func start(_ episode: EpisodeID, on id: RobotID) {
    if let owner = owners[episode], owner != id { blame("\(episode) is on \(owner) and \(id)") }
    if ended[episode] != nil { blame("\(episode) starts after its end") }
    if robots[id]?.episode == episode {
      if robots[id]?.lastStep != -1 { blame("\(episode) starts again in its midst") }
      return
    }
    if let other = robots[id]?.episode { blame("\(id) starts \(episode) during \(other)") }
    if isPaused { blame("\(id) starts \(episode) during a pause") }
    owners[episode] = id
    robots[id]?.episode = episode
    robots[id]?.lastStep = -1
    robots[id]?.leastStep = 0
    robots[id]?.pending = [:]
    robots[id]?.takenAt = [:]
  }

  private mutating func end(
    _ episode: EpisodeID, _ outcome: EpisodeOutcome, on id: RobotID, _ event: FleetEvent
  ) {
    if let before = ended[episode] {
      if before != outcome { blame("\(episode) ended \(before), now \(outcome)") }
      guard case .robotJoined = event else { return blame("\(episode) ends twice") }
      return
    }
    if robots[id]?.episode != episode { blame("\(id) ends \(episode), in which it is not") }
    ended[episode] = outcome
    robots[id]?.episode = nil
    robots[id]?.pending = [:]
    robots[id]?.takenAt = [:]
    robots[id]?.owesBrake = false
  }

  private mutating func check(_ handover: Handover) {
    let id = handover.robot
    guard var robot = robots[id] else { return blame("hand-over of \(id), which never joined") }
    if handover.from != robot.author {
      blame("\(id): hand-over from \(handover.from), but \(robot.author) had control")
    }
    if handover.from == handover.to, handover.to != .hold {
      blame("\(id): hand-over from \(handover.from) to itself")
    }
    if !Self.isLawful(handover) {
      blame("\(id): from \(handover.from) to \(handover.to) because of \(handover.cause)")
    }
    if handover.to == .policy, !resetNow.contains(id) { blame("\(id): the policy is not reset") }
    if handover.to != .hold, isPaused { blame("\(id): \(handover.to) gets control in a pause") }
    if handover.to != .hold, robot.isStopped { blame("\(id): control of a stopped robot") }
    if handover.waited != robot.waitingSince.map({ now - $0 }) {
      blame("\(id): waited \(handover.waited as Any), asked at \(robot.waitingSince as Any)")
    }
    if handover.cause == .robotLost { robot.isLost = true }
    if robot.episode == nil, let episode = handover.episode, ended[episode] == nil {
      adopt(episode, on: id, &robot, handover.cause)
    }
    if robot.episode != handover.episode {
      blame("\(id): hand-over in \(handover.episode as Any), robot in \(robot.episode as Any)")
    }
    robot.waitingSince = nil
    robot.author = handover.to
    robot.cause = handover.cause
    robot.handoverAt = now
    robot.firstAfterHandover = nil
    robot.lastInput = nil
    robot.owesBrake = handover.from != .hold && robot.isActive
    robots[id] = robot
  }

  /// Which causes may pass control from whom to whom.
  private static func isLawful(_ handover: Handover) -> Bool {
    switch (handover.from, handover.to, handover.cause) {
    case (.hold, .policy, .episodeStarted), (.hold, .policy, .uncertaintyFell),
      (.hold, .policy, .fleetResumed), (.human, .policy, .handedBack),
      (.human, .policy, .uncertaintyFell), (.hold, .human, .requestServed),
      (.hold, .human, .fleetResumed), (.policy, .human, .operatorTookOver):
      true
    case (_, .hold, .episodeEnded), (_, .hold, .robotLost), (_, .hold, .emergencyStop),
      (_, .hold, .robotFault):
      true
    case (.policy, .hold, .helpRequested), (.policy, .hold, .fleetPaused),
      (.human, .hold, .fleetPaused), (.human, .hold, .operatorLost), (.human, .hold, .handedBack):
      true
    case (.hold, .hold, .helpRequested), (.hold, .hold, .robotReturned),
      (.hold, .hold, .stopReleased), (.hold, .hold, .operatorLost), (.hold, .hold, .handedBack):
      true
    default: false
    }
  }

  private mutating func adopt(
    _ episode: EpisodeID, on id: RobotID, _ robot: inout Robot, _ cause: HandoverCause
  ) {
    let isExpected = [.robotReturned, .emergencyStop, .robotFault].contains(cause)
    if !isExpected { blame("\(id) is suddenly in \(episode)") }
    if let owner = owners[episode], owner != id { blame("\(episode) is on \(owner) and \(id)") }
    owners[episode] = id
    robot.episode = episode
  }
}

// Aim: whatever robots and consoles say, in whatever order, a session keeps its promises, and the same
// dialogue gives the same effects. Method: random dialogues of joined and foreign connections; a witness
// that knows the promises alone watches every effect.
import CoordinatorSession
import Fleet
import MallardTesting
import RobotData
import Testing
import Wire

/// What a coordinator promises of its effects.
private struct Witness {
  private var begun: Set<EpisodeID> = []
  private var onDisk: [EpisodeID: Int] = [:]
  private var speakers: Set<PeerIdentity> = []
  private(set) var broken: [String] = []
  private(set) var seen: [String: Int] = [:]

  mutating func watch(_ input: SessionInput, _ effects: [SessionEffect], hasRoom: Bool) {
    switch input {
    case .robot(_, let identity, _, _), .console(_, let identity, _),
      .unreadable(_, let identity, _):
      speakers.insert(identity)
    case .committed(let counts): onDisk.merge(counts) { max($0, $1) }
    default: break
    }
    for effect in effects { watch(effect, hasRoom: hasRoom) }
  }

  private mutating func watch(_ effect: SessionEffect, hasRoom: Bool) {
    switch effect {
    case .sendToRobot(let message, let identity):
      note("\(message)".prefix { $0 != "(" })
      if !speakers.contains(identity) {
        broken.append("\(message) to a connection that never spoke")
      }
      switch message {
      case .startEpisode(let episode, _) where onDisk[episode] == nil:
        broken.append("\(episode) is told before it is on disk")
      case .acknowledge(let episode, let steps) where steps > onDisk[episode] ?? 0:
        broken.append("\(steps) steps of \(episode) are acknowledged before they are on disk")
      default: break
      }
    case .sendToConsole(let message, let identity):
      note("console " + "\(message)".prefix { $0 != "(" })
      if !speakers.contains(identity) {
        broken.append("\(message) to a connection that never spoke")
      }
    case .record(.episodeStarted(let episode, _, _, _, _)): begun.insert(episode)
    case .record(.step) where !hasRoom: broken.append("a step is recorded that finds no room")
    case .record(let entry): note("record \(entry.kind)")
    case .helpWanted: note("help")
    default: break
    }
  }

  private mutating func note(_ what: some StringProtocol) { seen[String(what), default: 0] += 1 }
}

/// A dialogue from a seed.
private struct Dialogue {
  var random: SeededGenerator
  private var episodes: [EpisodeID] = []
  private let names: [RobotID] = ["r1", "r2", "r3"]
  private let people: [OperatorID] = ["ann", "bob"]
  private let description: RobotDescription

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    random.hasHugeNumbers = false
    description = random.description()
  }

  mutating func learn(_ effects: [SessionEffect]) {
    for case .record(.episodeStarted(let episode, _, _, _, _)) in effects {
      episodes.append(episode)
    }
  }

  mutating func next() -> SessionInput {
    switch random.integer(0...9) {
    case 0...4:
      let index = random.integer(0...2)
      let identity: PeerIdentity = [UInt8(random.chance(0.9) ? index : random.integer(0...2))]
      return .robot(robotMessage(index), from: identity, user: nil, refusal: nil)
    case 5, 6:
      let index = random.integer(0...1)
      return .console(consoleMessage(index), from: [UInt8(10 + index)], user: nil)
    case 7: return .committed([episode(): random.integer(0...4)])
    case 8: return .policyAnswered(names[0], episode(), step: 0, .failure(.init("no")))
    default: return .tick
    }
  }

  private mutating func episode() -> EpisodeID {
    episodes.isEmpty || random.chance(0.1) ? random.episode() : random.one(of: episodes)
  }

  private mutating func robotMessage(_ index: Int) -> RobotToCoordinator {
    var record = random.record()
    (record.observation.episode, record.observation.step) = (episode(), random.integer(0...3))
    switch random.integer(0...8) {
    case 0, 1:
      return .hello(
        robot: names[index], instance: UInt64(index + 1), description,
        episode: random.maybe { $0.episode() }, nextStep: 0, fleet: nil)
    case 2, 3: return .ready
    case 4: return .observation(record.observation, sentTime: random.time())
    case 5: return .outcome(StepOutcome(of: record))
    case 6: return .step(record)
    case 7: return .episodeClosed(record.observation.episode, stepCount: random.integer(0...4))
    default: return random.chance(0.5) ? .heartbeat(sentTime: random.time()) : .goodbye
    }
  }

  private mutating func consoleMessage(_ index: Int) -> ConsoleToCoordinator {
    let robot = random.one(of: names)
    switch random.integer(0...7) {
    case 0: return .hello(people[index], instance: UInt64(index + 1), .operator, closedLoop: true)
    case 1: return .order(.takeNext, number: 1)
    case 2: return .order(.takeOver(robot), number: 2)
    case 3: return .order(.mark(robot, .success), number: 3)
    case 4: return .order(.emergencyStop(random.maybe { _ in robot }), number: 4)
    case 5: return .order(.releaseStop(nil), number: 5)
    case 6: return .watch([robot])
    default: return .heartbeat(sentTime: random.time())
    }
  }
}

@Suite struct RandomDialogueTests {
  private func play(seed: UInt64) -> (effects: [String], witness: Witness) {
    var dialogue = Dialogue(seed: seed)
    var fleet = FleetConfiguration(session: SessionID(seed), seed: seed)
    fleet.isAssisted = seed.isMultiple(of: 2)
    var session = CoordinatorSession(
      SessionConfiguration(fleet: fleet), at: SessionMoment(now: .origin, wall: .unknown))
    var witness = Witness()
    var told: [String] = []
    var now = FleetInstant.origin
    for _ in 0..<300 {
      let input = dialogue.next()
      now = now + .milliseconds(dialogue.random.integer(0...40))
      let moment = SessionMoment(
        now: now, wall: WallTime(nanosecondsSinceEpoch: now.nanoseconds),
        hasRoomForSteps: dialogue.random.chance(0.9))
      let effects = session.handle(input, at: moment)
      witness.watch(input, effects, hasRoom: moment.hasRoomForSteps)
      dialogue.learn(effects)
      told += effects.map { "\($0)" }
    }
    #expect(session.contradictions.isEmpty, "seed \(seed)")
    return (told, witness)
  }

  @Test func `no dialogue breaks a promise, and the dialogues are rich`() {
    var seen: [String: Int] = [:]
    for seed in 0..<120 as Range<UInt64> {
      let witness = play(seed: seed).witness
      #expect(witness.broken.isEmpty, "seed \(seed): \(witness.broken)")
      seen.merge(witness.seen, uniquingKeysWith: +)
    }
    for kind in [
      "welcome", "startEpisode", "endEpisode", "acknowledge", "stop", "release", "goodbye",
      "console welcome", "console assigned", "console orderRefused", "console status",
      "console observation", "record step", "record handover", "help",
    ] {
      #expect(seen[kind, default: 0] > 0, "no dialogue had \(kind): \(seen)")
    }
  }

  @Test(arguments: [3, 8] as [UInt64])
  func `the same dialogue has the same effects`(seed: UInt64) {
    #expect(play(seed: seed).effects == play(seed: seed).effects)
  }
}

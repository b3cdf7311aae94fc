// Aim: who may say what, what is promised before it is on disk (nothing), and what a run ends with.
// Method: dialogues by hand, and random ones from a seed, whose effects are held against the promises.
import CoordinatorSession
import Fleet
import MallardTesting
import RobotData
import Testing
import Wire

/// A session and its clock, with what it has done so far.
private struct Stage {
  var session: CoordinatorSession
  var now = FleetInstant.origin
  var hasRoom = true

  init(_ change: (inout SessionConfiguration) -> Void = { _ in }) {
    var configuration = SessionConfiguration(
      fleet: FleetConfiguration(session: SessionID(9), seed: 1))
    change(&configuration)
    session = CoordinatorSession(configuration, at: SessionMoment(now: .origin, wall: .unknown))
  }

  @discardableResult
  mutating func give(_ input: SessionInput) -> [SessionEffect] {
    now = now + .milliseconds(10)
    let wall = WallTime(nanosecondsSinceEpoch: 1_700_000_000_000_000_000 + now.nanoseconds)
    return session.handle(
      input, at: SessionMoment(now: now, wall: wall, hasRoomForSteps: hasRoom))
  }

  var isFinished: Bool {
    var session = session
    return session.isFinished(at: now)
  }

  @discardableResult
  mutating func robot(
    _ message: RobotToCoordinator, _ identity: PeerIdentity = [1], user: String? = nil,
    refusal: String? = nil
  ) -> [SessionEffect] {
    give(.robot(message, from: identity, user: user, refusal: refusal))
  }

  @discardableResult
  mutating func console(
    _ message: ConsoleToCoordinator, _ identity: PeerIdentity = [2], user: String? = nil
  ) -> [SessionEffect] {
    give(.console(message, from: identity, user: user))
  }

  /// A robot that is in its first episode, which is on disk.
  mutating func startEpisode() -> EpisodeID {
    robot(Self.hello("arm-1"))
    let effects = robot(.ready)
    let episode =
      effects.compactMap { effect -> EpisodeID? in
        if case .record(.episodeStarted(let id, _, _, _, _)) = effect { id } else { nil }
      }.first ?? EpisodeID(session: SessionID(0), ordinal: 0)
    give(.committed([episode: 0]))
    return episode
  }

  static func hello(
    _ name: RobotID, instance: UInt64 = 5, fleet: FleetID? = nil
  ) -> RobotToCoordinator {
    .hello(
      robot: name, instance: instance, description, episode: nil, nextStep: 0, fleet: fleet)
  }

  static let description = RobotDescription(
    profile: "bench-arm", isSimulated: true, rate: 10, joints: [], cameras: [],
    limits: ActionLimits(
      linearSpeed: 1, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 1),
    task: TaskDescription(name: "stack", instruction: "Stack it.", subtasks: ["red"]))

  static func hello(
    _ name: OperatorID, _ role: ConsoleRole = .operator, instance: UInt64 = 7
  ) -> ConsoleToCoordinator {
    .hello(name, instance: instance, role, closedLoop: false, fleet: nil)
  }
}

extension [SessionEffect] {
  fileprivate var toRobots: [CoordinatorToRobot] {
    compactMap { if case .sendToRobot(let message, _) = $0 { message } else { nil } }
  }
  fileprivate var toConsoles: [CoordinatorToConsole] {
    compactMap { if case .sendToConsole(let message, _) = $0 { message } else { nil } }
  }
  fileprivate var entries: [RecordingEntry.Kind] {
    compactMap { if case .record(let entry) = $0 { entry.kind } else { nil } }
  }
  fileprivate var refusals: [String] {
    toRobots.compactMap { if case .refused(let reason) = $0 { reason } else { nil } }
      + toConsoles.compactMap {
        switch $0 {
        case .refused(let reason), .orderRefused(_, let reason): reason
        default: nil
        }
      }
  }
}

@Suite struct CoordinatorSessionTests {
  @Test func `a robot hears of its episode when its beginning is on disk`() {
    var stage = Stage()
    let welcome = stage.robot(Stage.hello("arm-1"))
    #expect(welcome.toRobots.contains { if case .welcome = $0 { true } else { false } })
    #expect(welcome.entries == [.robot])
    let begun = stage.robot(.ready)
    #expect(begun.entries.contains(.episode))
    #expect(begun.toRobots.isEmpty, "\(begun)")
    guard
      case .record(.episodeStarted(let episode, _, _, _, _)) = begun.first(where: {
        if case .record(.episodeStarted) = $0 { true } else { false }
      })
    else {
      Issue.record("no episode was recorded")
      return
    }
    let told = stage.give(.committed([episode: 0]))
    #expect(
      told.toRobots.contains { if case .startEpisode(episode, _) = $0 { true } else { false } })
  }

  @Test func `a step is acknowledged when it is on disk, and kept by the robot without room`() {
    var stage = Stage()
    let episode = stage.startEpisode()
    var random = SeededGenerator(seed: 1)
    var step = random.record()
    (step.observation.episode, step.observation.step) = (episode, 0)
    stage.hasRoom = false
    #expect(stage.robot(.step(step)).entries.isEmpty)
    stage.hasRoom = true
    let kept = stage.robot(.step(step))
    #expect(kept.entries == [.step] && kept.toRobots.isEmpty)
    #expect(stage.session.stepCounts["arm-1"]?.all == 1)
    #expect(stage.give(.committed([episode: 1])).toRobots == [.acknowledge(episode, steps: 1)])
  }

  @Test(arguments: [
    ("robot/arm-1", nil), ("robot/arm-2", "belongs to robot/arm-2"),
    ("operator/arm-1", "belongs to operator/arm-1"),
  ])
  func `a robot's key names the robot`(user: String, reason: String?) {
    var stage = Stage()
    let effects = stage.robot(Stage.hello("arm-1"), user: user)
    #expect(effects.refusals.isEmpty == (reason == nil), "\(effects)")
    if let reason { #expect(effects.refusals[0].contains(reason)) }
    // Who was refused has not joined: what it says next is answered with a goodbye.
    if reason != nil { #expect(stage.robot(.ready).toRobots == [.goodbye]) }
  }

  @Test func `a robot that fits neither policy nor recording, or is of another fleet, is told`() {
    let own = FleetID(1)
    var stage = Stage { $0.fleetID = own }
    let other = stage.robot(Stage.hello("arm-1", fleet: FleetID(2)))
    #expect(other.refusals.count == 1 && other.entries.isEmpty)
    let unfit = stage.robot(Stage.hello("arm-1", fleet: own), refusal: "its rate is another")
    #expect(unfit.refusals == ["its rate is another"] && unfit.entries == [.event])
    #expect(stage.robot(Stage.hello("arm-1", fleet: own)).refusals.isEmpty)
  }

  @Test func `a viewer may stop robots and nothing else`() {
    var stage = Stage()
    _ = stage.startEpisode()
    stage.console(Stage.hello("eve", .viewer))
    #expect(stage.console(.order(.takeNext, number: 4)).refusals.count == 1)
    let stop = stage.console(.order(.emergencyStop("arm-1"), number: 5))
    #expect(stop.refusals.isEmpty)
    #expect(stop.toRobots.contains { if case .stop = $0 { true } else { false } })
    #expect(stage.console(.order(.releaseStop("arm-1"), number: 6)).refusals.count == 1)
  }

  @Test func `orders of a console that has not joined are answered with a goodbye`() {
    var stage = Stage()
    _ = stage.startEpisode()
    let effects = stage.console(.order(.emergencyStop(nil), number: 1), [77])
    #expect(effects.toConsoles == [.goodbye] && effects.toRobots.isEmpty)
  }

  @Test func `operators hear at once that a robot wants help`() {
    var stage = Stage()
    stage.console(Stage.hello("ann"))
    stage.console(Stage.hello("eve", .viewer, instance: 8), [3])
    // Without a policy a robot asks as soon as its episode begins.
    let effects = stage.robot(Stage.hello("arm-1")) + stage.robot(.ready)
    let asked = effects.firstIndex { if case .helpWanted = $0 { true } else { false } }
    let shown = effects.firstIndex { effect in
      guard case .sendToConsole(.status(let status), [2]) = effect else { return false }
      return status.robots.contains { $0.state == .awaiting }
    }
    #expect(asked != nil && shown != nil && (shown ?? 0) < (asked ?? 0), "\(effects)")
  }

  @Test func `what cannot be read is counted, and told ten times for each sender`() {
    var stage = Stage()
    var told = 0
    for _ in 0..<25 {
      let effects = stage.give(
        .unreadable(.noHeader, from: [4], address: "10.0.0.1"))
      told += effects.entries.count
    }
    #expect(told == 10 && stage.session.malformedMessages == 25)
  }

  @Test func `a run is over when its last episode is on disk`() {
    var stage = Stage {
      $0.endsWithLastEpisode = true
      $0.fleet.episodeLimit = 1
    }
    let episode = stage.startEpisode()
    #expect(!stage.isFinished)
    stage.console(Stage.hello("ann"))
    stage.console(.order(.takeOver("arm-1"), number: 1))
    stage.console(.order(.mark("arm-1", .success), number: 2))
    #expect(!stage.isFinished, "how many steps there are is not known")
    stage.robot(.episodeClosed(episode, stepCount: 3))
    #expect(!stage.isFinished, "three steps are not on disk")
    stage.give(.committed([episode: 3]))
    #expect(stage.isFinished)
  }
}

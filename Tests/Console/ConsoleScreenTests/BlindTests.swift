// Aim: no one drives blind. While a robot cannot be seen, only stops and leaving work, a robot that is
// held stands still at once, and it moves again only by keys and pushes that begin when it is seen.
// Method: every key that does something, and both devices, in every way of seeing nothing.
import ConsoleScreen
import RobotData
import Testing
import Wire

/// A way in which the console shows no robot.
private enum Blindness: String, CaseIterable, CustomTestStringConvertible {
  case tooNarrow, tooLow, notDrawnYet, viewNotDrawn, noStatus, help, leaving, helpTooSmall

  var testDescription: String { rawValue }

  /// Makes a stage blind; it may hold arm-2.
  func begin(_ stage: inout Stage) {
    switch self {
    case .tooNarrow: stage.size = GridSize(columns: 79, rows: 24)
    case .tooLow: stage.size = GridSize(columns: 80, rows: 23)
    case .notDrawnYet, .noStatus: break
    case .viewNotDrawn:
      stage.isDrawn = false
      stage.machine.view = stage.machine.view == .fleet ? .robot("arm-2") : .fleet
    case .help: stage.press(.character("?"))
    case .leaving: stage.press(.character("q"))
    case .helpTooSmall:
      stage.press(.character("?"))
      stage.size = GridSize(columns: 60, rows: 10)
    }
    stage.draw()
  }
}

@Suite struct BlindTests {
  private let forward = Deflection(linear: Vector3(1, 0, 0), angular: .zero)
  private static let keys = KeyCommand.allCases.flatMap { KeyBindings.standard.keys(of: $0) }

  /// A stage that holds arm-2 or nothing, and shows no robot.
  private func blind(_ blindness: Blindness, holding: Bool) -> Stage {
    var stage = Stage()
    if blindness == .notDrawnYet { stage.isDrawn = false }
    if blindness != .noStatus { stage.hear(.status(Stage.fleet())) }
    if holding { stage.assign("arm-2") }
    blindness.begin(&stage)
    stage.tick(.seconds(1))
    return stage
  }

  private func drives(_ said: [ConsoleToCoordinator]) -> [Action] {
    Stage.orders(said).compactMap {
      if case .drive(_, let action, _) = $0 { action } else { nil }
    }
  }

  /// A second in which hands rest; the coordinator is there.
  private func pause(_ stage: inout Stage) {
    stage.tick(.seconds(1))
    stage.hear(.heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
  }

  /// What may be said while no robot can be seen: stops, standing still, and leaving in good order.
  private func isHarmless(_ message: ConsoleToCoordinator, leaving: Bool) -> Bool {
    switch message {
    case .order(.emergencyStop, _), .order(.drive(_, .hold, respondsTo: nil), _): true
    case .order(.handBack, _), .goodbye, .workload: leaving
    case .order: false
    default: true
    }
  }

  @Test(arguments: Blindness.allCases, [false, true])
  fileprivate func `no key does anything but stop and leave`(
    blindness: Blindness, holding: Bool
  ) throws {
    guard blindness != .noStatus || !holding else { return }
    for key in Self.keys {
      var stage = blind(blindness, holding: holding)
      let before = (stage.machine.selected, stage.machine.view, stage.machine.tally)
      var said: [ConsoleToCoordinator] = []
      // A second press of the same key, and time that passes, do no more than the first.
      for _ in 0..<2 {
        said += stage.machine.press(key, at: stage.now)
        stage.now = stage.now + .milliseconds(40)
        said += stage.machine.tick(at: stage.now, wall: WallTime(nanosecondsSinceEpoch: 0))
        // Keys that close a text are meant for the text, not for what is below it.
        if stage.machine.overlay == nil, [.help, .leaving].contains(blindness) { break }
      }
      let left = stage.machine.ending != nil
      for message in said {
        #expect(isHarmless(message, leaving: left), "\(key.name) said \(message)")
      }
      #expect(stage.machine.selected == before.0 && stage.machine.view == before.1, "\(key.name)")
    }
  }

  @Test(arguments: Blindness.allCases, [false, true])
  fileprivate func `the emergency stop works, and so does leaving`(
    blindness: Blindness, holding: Bool
  ) {
    guard blindness != .noStatus || !holding else { return }
    var stage = blind(blindness, holding: holding)
    #expect(Stage.orders(stage.press(.character(" "))).contains(.emergencyStop(nil)))
    for _ in 0..<3 where stage.machine.ending == nil { stage.press(.character("q")) }
    #expect(stage.machine.ending == "")
  }

  @Test(arguments: Blindness.allCases.filter { ![.notDrawnYet, .noStatus].contains($0) })
  fileprivate func `a robot that moves stands still as soon as it cannot be seen`(
    blindness: Blindness
  ) {
    for isStick in [false, true] {
      var stage = Stage()
      stage.hear(.status(Stage.fleet()))
      stage.assign("arm-2")
      let begun =
        isStick
        ? stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
        : stage.press(.character("w"))
      #expect(drives(begun).contains { $0 != .hold }, "it moves while it is seen")
      var said: [ConsoleToCoordinator] = []
      var copy = stage
      blindness.begin(&copy)
      stage = copy
      said += stage.tick()
      // The hold was said while the state changed, or is said now; nothing moves afterwards.
      #expect(!stage.machine.motion.isMoving)
      for _ in 0..<50 {
        if isStick {
          said += stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
        }
        said += stage.tick(.milliseconds(20))
      }
      #expect(drives(said).allSatisfy { $0 == .hold }, "\(said)")
    }
  }

  @Test func `the hold is sent at once`() {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.assign("arm-2")
    stage.press(.character("w"))
    #expect(drives(stage.press(.character("?"))) == [.hold], "help opens")
    stage.press(.escape)
    stage.tick(.seconds(1))
    stage.press(.character("w"))
    stage.size = GridSize(columns: 60, rows: 10)
    #expect(drives(stage.draw()) == [.hold], "the terminal shrinks")
  }

  @Test func `a key or a stick that was held through it moves nothing until it is let go`() {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.assign("arm-2")
    stage.press(.character("w"))
    _ = stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
    stage.size = GridSize(columns: 60, rows: 10)
    for round in 0..<40 {
      stage.hear(.heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
      if round == 20 { stage.size = GridSize(columns: 80, rows: 24) }
      stage.tick(.milliseconds(40))
      let said =
        stage.press(.character("w"))
        + stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
      #expect(drives(said).allSatisfy { $0 == .hold }, "\(round): \(said)")
    }
    _ = stage.machine.steer(.pushed(.gamepad, .rest), at: stage.now)
    pause(&stage)
    #expect(drives(stage.press(.character("w"))).first?.twist.linear.x == 0.125)
    pause(&stage)
    let pushed = stage.machine.steer(.pushed(.gamepad, forward), at: stage.now)
    #expect(drives(pushed).first?.twist.linear.x == 0.125)
  }

  @Test func `a key that was down when another robot came moves nothing`() {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.assign("arm-2")
    stage.press(.character("w"))
    stage.tick(.milliseconds(30))
    stage.hear(.unassigned("arm-2", .handedBack))
    stage.assign("arm-3")
    for _ in 0..<20 {
      stage.tick(.milliseconds(30))
      stage.hear(.heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
      #expect(drives(stage.press(.character("w"))).isEmpty)
    }
    pause(&stage)
    #expect(!drives(stage.press(.character("w"))).isEmpty)
  }

  @Test func `a robot is driven only by what was seen of it since it was taken`() {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.hear(.assigned("arm-2", .requestServed, Stage.description))
    #expect(Stage.orders(stage.press(.character("w"))).isEmpty, "no reading came yet")
    stage.tick(.seconds(1))
    stage.hear(Stage.observation(of: "arm-2"))
    #expect(!drives(stage.press(.character("w"))).isEmpty)
    stage.hear(.unassigned("arm-2", .handedBack))
    stage.tick(.seconds(1))
    stage.hear(.heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
    stage.hear(.assigned("arm-2", .requestServed, Stage.description))
    #expect(Stage.orders(stage.press(.character("w"))).isEmpty, "what is shown is old")
  }

  @Test func `a robot with cameras is driven by images, or not at all`() {
    var description = Stage.description
    description.cameras = [
      CameraDescription(
        name: "scene", size: ImageSize(width: 96, height: 96), encoding: .jpeg, quality: 90)
    ]
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.hear(.assigned("arm-2", .requestServed, description))
    stage.hear(Stage.observation(of: "arm-2", pictures: false))
    #expect(Stage.orders(stage.press(.character("w"))).isEmpty)
    stage.hear(Stage.observation(of: "arm-2"))
    #expect(stage.machine.seesHeldRobot)
  }

  @Test func `a robot whose row is not on the screen is not taken`() {
    var stage = Stage()
    var fleet = Stage.fleet()
    for number in 10..<40 {
      guard let name = try? RobotID("arm-\(number)") else { continue }
      var robot = RobotStatus(robot: name, state: .idle)
      robot.task = "stack"
      fleet.robots.append(robot)
    }
    stage.hear(.status(fleet))
    for _ in 0..<3 { stage.press(.down) }
    #expect(!Stage.orders(stage.press(.character("t"))).isEmpty)
    for _ in 0..<25 { stage.press(.down) }
    #expect(Stage.orders(stage.press(.character("t"))).isEmpty)
    stage.size = GridSize(columns: 80, rows: 60)
    stage.draw()
    #expect(!Stage.orders(stage.press(.character("t"))).isEmpty)
  }

  @Test func `what was to follow a hand-back does not follow where nothing is seen`() {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    stage.assign("arm-2")
    #expect(Stage.orders(stage.press(.tab)) == [.handBack("arm-2")])
    stage.size = GridSize(columns: 60, rows: 10)
    stage.draw()
    #expect(Stage.orders(stage.hear(.unassigned("arm-2", .handedBack))).isEmpty)
  }

  // MARK: - Lines

  @Test func `a console of lines orders nothing before it has been told of robots`() {
    var console = PlainConsole(
      ConsoleSettings(name: "ann", instance: 5, role: .operator, address: "here"))
    let now = FleetInstant.origin + .seconds(1)
    for line in PlainConsole.help.compactMap({ $0.split(separator: " ").first.map(String.init) }) {
      for order in Stage.orders(console.read(line + " arm-2", at: now)) {
        #expect(order == .emergencyStop("arm-2"), "\(line) said \(order)")
      }
    }
    _ = console.tick(at: now, wall: WallTime(nanosecondsSinceEpoch: 0))
    _ = console.handle(.welcome(session: Stage.session, lockstep: false), at: now)
    #expect(Stage.orders(console.read("next", at: now)).isEmpty)
    _ = console.handle(.status(Stage.fleet()), at: now)
    #expect(Stage.orders(console.read("next", at: now)) == [.takeNext])
    _ = console.handle(.assigned("arm-2", .requestServed, Stage.description), at: now)
    _ = console.read("move 0 5 0", at: now)
    let said = console.tick(at: now, wall: WallTime(nanosecondsSinceEpoch: 0))
    #expect(Stage.orders(said).isEmpty, "it was not seen yet")
    #expect(console.takeLines().contains { $0.contains("not seen yet") })
  }
}

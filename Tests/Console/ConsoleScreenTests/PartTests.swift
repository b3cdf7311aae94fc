// Aim: the small parts of a console do what they say. Method: examples, and loops over what is small.
import ConsoleScreen
import RobotData
import Testing
import Wire

@Suite struct PartTests {
  @Test func `every command has a key, and every key a name that is read again`() {
    for command in KeyCommand.allCases {
      #expect(!KeyBindings.standard.keys(of: command).isEmpty, "\(command)")
      for key in KeyBindings.standard.keys(of: command) {
        #expect(Key(name: key.name) == key, "\(key)")
      }
    }
  }

  @Test func `the printed keys are read as they were`() throws {
    #expect(try KeyBindings.standard.reading(KeyBindings.standard.file) == .standard)
  }

  @Test func `keys are remapped`() throws {
    let bindings = try KeyBindings.standard.reading("take-next = k f2 # mine\npitch-down = K\n")
    #expect(bindings.command(for: .function(2), inRobotView: false) == .takeNext)
    #expect(bindings.command(for: .enter, inRobotView: false) == nil)
  }

  @Test(arguments: [
    ("take-next enter", KeyFileError.notABinding(line: 1)),
    ("\njump = j", .unknownCommand(line: 2, "jump")),
    ("quit = hyper", .unknownKey(line: 1, "hyper")),
    ("quit = y", .usedTwice("y", "success", "quit")), ("stop-all =", .noStop),
    ("quit =", .noQuit),
  ])
  func `a bad file of keys is refused with its line`(text: String, error: KeyFileError) {
    #expect(throws: error) { try KeyBindings.standard.reading(text) }
  }

  @Test func `samples fall into the groups that a person would see`() {
    let left = (0..<5).map { Vector3(0.5, 0.2 + 0.01 * Double($0), 0.1) }
    let right = (0..<3).map { Vector3(0.5, -0.2 + 0.01 * Double($0), 0.1) }
    let groups = SubgoalClusters.groups(of: left + right)
    #expect(groups.map(\.count) == [5, 3])
    #expect(SubgoalClusters.groups(of: []).isEmpty)
  }

  @Test func `a tally of two robots`() {
    var tally = SessionTally()
    var status = Stage.fleet(successes: 3)
    var now = FleetInstant.origin
    for second in 0...20 {
      status.successes = 3 + second / 10
      tally.note(status, own: "bob", at: now)
      now = now + .seconds(1)
    }
    #expect(tally.successes == 2 && tally.observed == .seconds(20))
    #expect(tally.humanShare == 0.5, "arm-1 is driven, arm-3 under the policy")
    #expect(tally.demonstrationsPerHour == 360)
    #expect(tally.meanQueue == 1)
    status.successes = 0
    tally.note(status, own: "bob", at: now)
    #expect(tally.successes == 2, "a restarted coordinator counts from zero")
    now = now + .seconds(60)
    tally.note(status, own: "bob", at: now)
    #expect(tally.observed == .seconds(21), "a gap counts for nothing")
  }

  @Test func `numbers as people read them`() {
    #expect(Wording.number(0.1234) == "0.123" && Wording.number(-12.34) == "-12.3")
    #expect(Wording.number(.nan) == "-" && Wording.fixed(-0.0001, places: 2) == "0.00")
    #expect(Wording.time(.seconds(4.2)) == "4.2 s" && Wording.time(.seconds(187)) == "3:07")
    #expect(Wording.time(.seconds(3727)) == "1:02:07" && Wording.bytes(1_400_000) == "1.4 MB")
  }

  @Test func `text from outside never moves the cursor or takes two cells`() {
    var grid = Grid(GridSize(columns: 20, rows: 1))
    grid.write("a\u{1B}[2J\n漢\u{301}b", row: 0, column: 0)
    #expect(grid.lines == ["a?[2J??b"])
  }

  @Test func `a replay plays, seeks and ends`() {
    var replay = ReplayMachine(count: 50, rate: 10)
    var now = FleetInstant.origin
    replay.tick(at: now)
    now = now + .seconds(2)
    replay.tick(at: now)
    #expect(replay.step == 20)
    replay.press(.character("]"))
    replay.tick(at: now)
    now = now + .seconds(1)
    replay.tick(at: now)
    #expect(replay.step == 40, "twice as fast")
    replay.press(.left)
    #expect(replay.step == 39 && !replay.isPlaying)
    replay.press(.end)
    replay.press(.character(" "))
    #expect(replay.step == 0 && replay.isPlaying, "from the end it begins anew")
    replay.press(.character("q"))
    #expect(replay.isOver)
  }
}

@Suite struct PlainTests {
  private var now: FleetInstant { FleetInstant.origin + .seconds(1) }

  private func joined(_ role: ConsoleRole = .operator) -> PlainConsole {
    var console = PlainConsole(
      ConsoleSettings(name: "ann", instance: 5, role: role, address: "here"))
    _ = console.tick(at: now, wall: WallTime(nanosecondsSinceEpoch: 0))
    _ = console.handle(.welcome(session: Stage.session, lockstep: false), at: now)
    _ = console.handle(.status(Stage.fleet()), at: now)
    return console
  }

  @Test func `says what changes, once`() {
    var console = joined()
    let lines = console.takeLines()
    #expect(lines.contains("arm-2: waits: which subtask: 2 clusters (0.310)"), "\(lines)")
    _ = console.handle(.status(Stage.fleet()), at: now)
    #expect(console.takeLines().isEmpty)
  }

  @Test(arguments: [
    ("next", OperatorOrder.takeNext), ("take arm-3", .takeOver("arm-3")),
    ("stop", .emergencyStop(nil)), ("stop arm-1", .emergencyStop("arm-1")),
    ("release", .releaseStop(nil)), ("pause", .pauseFleet),
    ("thresholds 0.2 0.1", .setThresholds(UncertaintyThresholds(task: 0.2, policy: 0.1))),
  ])
  func `understands words`(line: String, order: OperatorOrder) {
    var console = joined()
    #expect(Stage.orders(console.read(line, at: now)) == [order])
  }

  @Test(arguments: ["jump", "take", "thresholds 1", "move 1 2 3", "\u{1B}[200~", "take ../x"])
  func `answers what it does not understand`(line: String) {
    var console = joined()
    _ = console.takeLines()
    #expect(Stage.orders(console.read(line, at: now)).isEmpty)
    #expect(!console.takeLines().isEmpty)
  }

  @Test func `moves by a distance, and stands still`() {
    var console = joined()
    _ = console.handle(.assigned("arm-2", .requestServed, Stage.description), at: now)
    _ = console.handle(Stage.observation(of: "arm-2"), at: now)
    _ = console.read("move 0 5 0", at: now)
    var moved = 0.0
    var last: Action?
    for step in 0..<60 {
      let at = now + .milliseconds(20 * step)
      for order in Stage.orders(console.tick(at: at, wall: WallTime(nanosecondsSinceEpoch: 0))) {
        guard case .drive(_, let action, _) = order else { continue }
        if action != .hold { moved = action.twist.linear.y }
        last = action
      }
    }
    #expect(abs(moved - 0.125) < 1e-9 && last == .hold)
    #expect(console.takeLines().contains("arm-2: done moving"))
  }

  @Test func `a viewer only looks, and stops`() {
    var console = joined(.viewer)
    #expect(Stage.orders(console.read("next", at: now)).isEmpty)
    #expect(Stage.orders(console.read("stop", at: now)) == [.emergencyStop(nil)])
  }
}

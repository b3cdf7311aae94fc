// Aim: what keys do, in each situation. Method: a console without terminal or socket is pressed,
// and what it says is compared.
import ConsoleScreen
import RobotData
import Testing
import Wire

@Suite struct KeyTests {
  private func begin() -> Stage {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    return stage
  }

  @Test func `one key takes the most urgent robot`() {
    var stage = begin()
    #expect(Stage.orders(stage.press(.enter)) == [.takeNext])
  }

  @Test func `the chosen robot is taken, looked at and stopped`() {
    var stage = begin()
    #expect(stage.machine.sorted.map(\.robot) == ["arm-2", "arm-1", "arm-3", "arm-4"])
    stage.press(.down)
    stage.press(.down)
    #expect(Stage.orders(stage.press(.character("t"))) == [.takeOver("arm-3")])
    #expect(Stage.orders(stage.press(.character("x"))) == [.emergencyStop("arm-3")])
    stage.press(.character("v"))
    #expect(stage.tick().contains(.watch(["arm-3"])))
    stage.press(.escape)
    #expect(stage.tick().contains(.watch([])))
  }

  @Test(arguments: [Key.character("?"), .character("q"), .character("m"), .character("v"), .enter])
  func `the emergency stop works whatever is on the screen`(key: Key) {
    var stage = begin()
    stage.hear(.episodeEnded("arm-1", EpisodeID(session: Stage.session, ordinal: 1), .success))
    stage.press(key)
    #expect(Stage.orders(stage.press(.character(" "))) == [.emergencyStop(nil)])
  }

  @Test func `motion begins with a key, is kept up while it repeats, and ends with it`() throws {
    var stage = begin()
    stage.assign("arm-2")
    let first = Stage.orders(stage.press(.character("w")))
    guard case .drive("arm-2", let action, respondsTo: nil) = try #require(first.first) else {
      Issue.record("no drive: \(first)")
      return
    }
    #expect(action.twist.linear == Vector3(0.125, 0, 0), "half speed, away from the base")
    var drives = 0
    for _ in 0..<30 {
      drives += Stage.orders(stage.press(.character("w"))).count
      stage.tick(.milliseconds(40))
    }
    #expect(drives > 10)
    var said: [OperatorOrder] = []
    for _ in 0..<20 { said += Stage.orders(stage.tick(.milliseconds(20))) }
    #expect(said.last == .drive("arm-2", .hold, respondsTo: nil), "stands still within 0.4 s")
    #expect(said.count <= 6)
    for _ in 0..<50 { #expect(Stage.orders(stage.tick(.milliseconds(20))).isEmpty) }
  }

  @Test func `a tap moves for its time only`() {
    var stage = begin()
    stage.assign("arm-2")
    stage.press(.character("a"))
    var stood: Duration?
    for step in 1...40 {
      for order in Stage.orders(stage.tick(.milliseconds(10))) {
        if case .drive(_, .hold, _) = order { stood = .milliseconds(10 * step) }
      }
    }
    #expect(stood == .milliseconds(150))
  }

  @Test func `speed steps, and never beyond the limits`() throws {
    var stage = begin()
    stage.assign("arm-2")
    for _ in 0..<9 { stage.press(.character("]")) }
    let orders = Stage.orders(stage.press(.character("r")) + stage.press(.character("w")))
    for order in orders {
      guard case .drive(_, let action, _) = order else { continue }
      #expect(action.twist.linear.length <= 0.25 + 1e-12)
    }
    for _ in 0..<9 { stage.press(.character("[")) }
    #expect(stage.machine.motion.speed == 0.1)
  }

  @Test func `without a robot keys move nothing, and say why`() {
    var stage = begin()
    stage.machine.view = .robot("arm-3")
    stage.draw()
    #expect(stage.press(.character("w")).isEmpty)
    #expect(stage.machine.messages.last?.text.contains("you hold no robot") == true)
  }

  @Test func `pictures that are too old are not driven by`() {
    var stage = begin()
    stage.assign("arm-2")
    var fleet = Stage.fleet()
    fleet.robots[1].observationAge = .milliseconds(900)
    stage.hear(.status(fleet))
    #expect(stage.press(.character("w")).isEmpty)
    #expect(stage.machine.messages.last?.text.contains("900 ms old") == true)
  }

  @Test func `the gripper closes when it is open, and opens again`() throws {
    var stage = begin()
    stage.assign("arm-2")
    stage.hear(Stage.observation(of: "arm-2"))
    func grip(_ said: [ConsoleToCoordinator]) -> GripperCommand? {
      guard case .drive(_, let action, _) = Stage.orders(said).first else { return nil }
      return action.gripper
    }
    #expect(grip(stage.press(.character("g"))) == .close)
    #expect(grip(stage.press(.character("g"))) == .open)
  }

  @Test func `hand back and next continues by itself`() {
    var stage = begin()
    stage.assign("arm-2")
    #expect(Stage.orders(stage.press(.tab)) == [.handBack("arm-2")])
    #expect(Stage.orders(stage.hear(.unassigned("arm-2", .handedBack))) == [.takeNext])
    stage.assign("arm-3")
    stage.press(.character("b"))
    #expect(Stage.orders(stage.hear(.unassigned("arm-3", .handedBack))).isEmpty)
  }

  @Test func `marks, and their change`() {
    var stage = begin()
    stage.assign("arm-2")
    #expect(Stage.orders(stage.press(.character("y"))) == [.mark("arm-2", .success)])
    #expect(Stage.orders(stage.press(.character("n"))) == [.mark("arm-2", .failure)])
    #expect(Stage.orders(stage.press(.character("c"))) == [.mark("arm-2", .discarded)])
    stage.hear(.episodeEnded("arm-2", EpisodeID(session: Stage.session, ordinal: 5), .success))
    stage.press(.character("m"))
    #expect(Stage.orders(stage.press(.character("n"))) == [.changeMark("arm-2", .failure)])
    stage.press(.character("m"))
    #expect(Stage.orders(stage.press(.character("w"))).isEmpty, "any other key leaves it")
  }

  @Test func `a digit chooses the subtask that is shown with it`() {
    var stage = begin()
    stage.assign("arm-2")
    #expect(
      Stage.orders(stage.press(.character("2"))) == [.chooseSubtasks("arm-2", ["green-right"])])
    #expect(Stage.orders(stage.press(.character("9"))).isEmpty)
    #expect(Stage.orders(stage.press(.character("0"))) == [.chooseSubtasks("arm-2", [])])
  }

  @Test func `digits that are typed in one go are an order, later ones another choice`() {
    var stage = begin()
    stage.assign("arm-2")
    let later = stage.machine.choices(of: "arm-2")[2]
    #expect(Stage.orders(stage.press(.character("3"))).isEmpty, "it is not open yet")
    stage.press(.character("2"))
    #expect(
      Stage.orders(stage.press(.character("3"))) == [
        .chooseSubtasks("arm-2", ["green-right", later])
      ])
    #expect(
      Stage.orders(stage.press(.character("1"))) == [
        .chooseSubtasks("arm-2", ["green-right", later, "red-left"])
      ])
    stage.tick(.seconds(1))
    stage.hear(.heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
    stage.tick(.seconds(1))
    #expect(
      Stage.orders(stage.press(.character("1"))) == [.chooseSubtasks("arm-2", ["red-left"])])
  }

  @Test func `thresholds and pause`() {
    var stage = begin()
    guard case .setThresholds(let thresholds) = Stage.orders(stage.press(.character("}"))).first
    else {
      Issue.record("no thresholds")
      return
    }
    #expect(abs(thresholds.task - 0.209) < 1e-9 && thresholds.policy == 0.1)
    #expect(Stage.orders(stage.press(.character("p"))) == [.pauseFleet])
    var fleet = Stage.fleet()
    fleet.isPaused = true
    stage.hear(.status(fleet))
    #expect(Stage.orders(stage.press(.character("p"))) == [.resumeFleet])
  }

  @Test func `a viewer may only look and stop`() {
    var stage = Stage(role: .viewer)
    stage.hear(.status(Stage.fleet()))
    for command in KeyCommand.allCases where command.isForOperators {
      for key in KeyBindings.standard.keys(of: command) where command.place != .robotView {
        #expect(Stage.orders(stage.press(key)).isEmpty, "\(command)")
      }
    }
    #expect(Stage.orders(stage.press(.character(" "))) == [.emergencyStop(nil)])
    let banner = stage.machine.banner(at: stage.now)?.text
    #expect(banner?.contains(";") == false, "no hint at keys that do nothing: \(banner ?? "")")
    let other = begin()
    #expect(other.machine.banner(at: other.now)?.text.contains(";") == true)
  }

  @Test func `a lost coordinator leaves nothing in hand, and no key reaches a robot`() {
    var stage = begin()
    stage.assign("arm-2")
    stage.press(.character("w"))
    let said = stage.tick(.seconds(2))
    #expect(stage.machine.held == nil && Stage.orders(said).isEmpty)
    #expect(stage.machine.banner(at: stage.now)?.text.hasPrefix("NO COORDINATOR") == true)
    for key in [Key.enter, .character("w"), .character(" "), .tab, .character("y")] {
      #expect(Stage.orders(stage.press(key)).isEmpty)
    }
    stage.hear(.welcome(session: Stage.session, lockstep: false))
    #expect(stage.machine.held == nil && stage.machine.lostSince == nil)
  }

  @Test func `a robot that begins to wait rings the bell once`() {
    var stage = Stage()
    var fleet = Stage.fleet()
    fleet.queue = []
    stage.hear(.status(fleet))
    #expect(stage.machine.bells == 0)
    for _ in 0..<3 { stage.hear(.status(Stage.fleet())) }
    #expect(stage.machine.bells == 1)
  }

  @Test func `leaving asks for the workload, which may be left out`() {
    var stage = begin()
    stage.press(.character("q"))
    for _ in 0..<6 {
      stage.press(.right)
      stage.press(.down)
    }
    let said = stage.press(.enter)
    let ratings = WorkloadRatings(
      mentalDemand: 55, physicalDemand: 55, temporalDemand: 55, performance: 55, effort: 55,
      frustration: 55)
    #expect(said == [.workload(ratings), .goodbye])
    #expect(stage.machine.ending == "")
    var other = begin()
    other.press(.character("q"))
    other.press(.right)
    #expect(other.press(.enter) == [.goodbye])
  }

  @Test(arguments: [
    ("take-nxt = enter", "line 1: no command is called \"take-nxt\"; did you mean \"take-next\"?"),
    ("take-next = enter\n\ntake-next = t", "line 3: take-next has keys already, in line 1"),
    ("take-next = entre", "line 1: no key is called \"entre\""),
    ("take-next", "line 1: expected"),
  ])
  func `a slip in a file of keys is refused with its line`(text: String, expected: String) {
    let error = #expect(throws: KeyFileError.self) { try KeyBindings.standard.reading(text) }
    #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
  }

  @Test func `each command misspelt or given twice in a file of keys is refused`() throws {
    let lines = KeyBindings.standard.file.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    var tried = 0
    for (index, line) in lines.enumerated() where line.contains(" = ") && !line.hasPrefix("#") {
      let name = String(line.prefix { $0 != " " })
      let rest = line.dropFirst(name.count)
      let middle = name.index(name.startIndex, offsetBy: name.count / 2)
      for wrong in [String(name[..<middle] + name[name.index(after: middle)...]), name + "s"] {
        var changed = lines
        changed[index] = wrong + rest
        let error = #expect(throws: KeyFileError.self, "\(wrong)") {
          try KeyBindings.standard.reading(changed.joined(separator: "\n"))
        }
        #expect(error?.line == index + 1)
        #expect(error?.reason.contains("did you mean \"\(name)\"?") == true, "\(wrong)")
      }
      let error = #expect(throws: KeyFileError.self, "\(name)") {
        try KeyBindings.standard.reading((lines + [line]).joined(separator: "\n"))
      }
      #expect(error?.line == lines.count + 1)
      tried += 1
    }
    #expect(tried > 10)
  }
}

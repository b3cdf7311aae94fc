// Aim: what people see does not change unnoticed. Method: screens of a fixed fleet are compared,
// character by character, with files at three sizes. RECORD_SNAPSHOTS=1 writes them anew, and the
// test then fails once.
import ConsoleScreen
import Foundation
import RobotData
import Testing
import Wire

private let sizes = [(80, 24), (120, 40), (200, 60)]

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "Fixtures")

private func compare(_ screen: Screen, _ name: String) throws {
  let text = screen.grid.lines.joined(separator: "\n") + "\n"
  let file = fixtures.appending(path: "\(name).txt")
  if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
    try text.write(to: file, atomically: true, encoding: .utf8)
    Issue.record("recorded \(name); look at it, and run again without RECORD_SNAPSHOTS")
    return
  }
  let golden = try String(contentsOf: file, encoding: .utf8)
  #expect(text == golden, "\(name) differs; RECORD_SNAPSHOTS=1 shows the new one in git diff")
}

@Suite struct GoldenScreenTests {
  private func begin() -> Stage {
    var stage = Stage()
    stage.hear(.status(Stage.fleet()))
    for step in 1...20 {
      stage.now = stage.now + .milliseconds(150)
      var fleet = Stage.fleet()
      fleet.robots[1].step += step
      fleet.robots[1].uncertainty = Uncertainty(task: 0.02 * Double(step), policy: 0.04)
      stage.hear(.status(fleet))
    }
    stage.hear(.heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
    return stage
  }

  private func screen(_ stage: Stage, _ size: (Int, Int)) -> Screen {
    stage.machine.screen(GridSize(columns: size.0, rows: size.1), at: stage.now)
  }

  @Test(arguments: sizes) func `fleet`(size: (Int, Int)) throws {
    try compare(screen(begin(), size), "fleet-\(size.0)x\(size.1)")
  }

  @Test(arguments: sizes) func `robot that waits`(size: (Int, Int)) throws {
    var stage = begin()
    stage.press(.down)
    stage.machine.selected = "arm-2"
    stage.press(.character("v"))
    stage.hear(Stage.observation(of: "arm-2"))
    let screen = screen(stage, size)
    #expect(screen.pictures.count == 2)
    try compare(screen, "robot-\(size.0)x\(size.1)")
  }

  @Test(arguments: sizes) func `robot that is driven`(size: (Int, Int)) throws {
    var stage = begin()
    stage.assign("arm-2")
    var fleet = Stage.fleet()
    fleet.robots[1].state = .teleoperated
    fleet.robots[1].holder = "ann"
    fleet.robots[1].reason = nil
    fleet.queue = []
    stage.hear(.status(fleet))
    stage.hear(Stage.observation(of: "arm-2"))
    try compare(screen(stage, size), "driven-\(size.0)x\(size.1)")
  }

  @Test(arguments: sizes) func `help`(size: (Int, Int)) throws {
    var stage = begin()
    stage.press(.character("?"))
    try compare(screen(stage, size), "help-\(size.0)x\(size.1)")
  }

  @Test(arguments: sizes) func `leaving`(size: (Int, Int)) throws {
    var stage = begin()
    stage.press(.character("q"))
    stage.press(.right)
    try compare(screen(stage, size), "leaving-\(size.0)x\(size.1)")
  }

  @Test func `coordinator gone`() throws {
    var stage = begin()
    stage.tick(.seconds(2))
    stage.now = stage.now + .seconds(3)
    try compare(screen(stage, (80, 24)), "gone-80x24")
  }

  @Test func `without UTF-8 every character is ASCII`() {
    for size in sizes {
      let grid = screen(begin(), size).grid.inASCII
      #expect(grid.cells.allSatisfy { $0.scalar.isASCII })
      #expect(grid.lines.joined().contains("WAITS"))
    }
  }

  @Test func `no screen is wider or taller than its terminal, however small`() {
    let stage = begin()
    for columns in [0, 1, 10, 79, 80, 81, 300] {
      for rows in [0, 1, 5, 23, 24, 25, 100] {
        let screen = screen(stage, (columns, rows))
        #expect(screen.grid.cells.count == columns * rows)
        let isSmall = columns < 80 || rows < 24
        if isSmall, columns >= 30, rows >= 3 {
          #expect(screen.grid.lines[0] == "terminal too small: \(columns)x\(rows)")
          #expect(screen.grid.lines[2].contains("space stops all robots"))
        }
      }
    }
  }
}

// Aim: a person at a real terminal takes a robot, drives it through a subtask, hands it back and
// leaves, and the recording tells all of it. Method: the built programs, MuJoCo, a terminal of
// tmux's; a hand that presses keys by what a scripted expert would do.
import Clocks
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import ScriptedExpert
import Testing
import Wire
import ZeroMQ

/// Eyes on a robot: a viewer's console that watches it.
private final class Eyes {
  private let socket: Socket
  private var nextHeartbeat = FleetInstant.origin
  private(set) var newest: SensorReading?
  private(set) var looks = 0
  private(set) var holder: OperatorID?
  private(set) var state: RobotStatus.State?

  init(_ context: Context, _ address: String, on robot: RobotID) throws {
    var options = SocketOptions()
    options.linger = .zero
    socket = try Socket(.dealer, in: context, options: options)
    try socket.connect(address)
    let hello = ConsoleToCoordinator.hello(
      "eyes", instance: .random(in: 1 ... .max), .viewer, closedLoop: false)
    try socket.send(hello.frames())
    try socket.send(ConsoleToCoordinator.watch([robot]).frames())
  }

  func listen() throws {
    if nextHeartbeat <= SystemClock.now {
      nextHeartbeat = SystemClock.now + .milliseconds(400)
      try socket.send(ConsoleToCoordinator.heartbeat(sentTime: SystemClock.wall).frames())
    }
    while let message = try socket.receiveNow() {
      switch try CoordinatorToConsole(frames: message.parts) {
      case .observation(_, let observation, _):
        newest = observation.reading
        looks += 1
      case .status(let status):
        holder = status.robots.first?.holder
        state = status.robots.first?.state
      default: break
      }
    }
  }
}

/// A hand on the keys.
private struct Hand {
  private var expert: ScriptedExpert
  private var grip = GripperCommand.open
  private var busyUntil = FleetInstant.origin
  private var seen = 0

  init() throws {
    var skill = HumanSkill()
    (skill.pace, skill.unsteadiness, skill.precision) = (1, 0, 0.012)
    skill.hesitationInterval = .infinity
    expert = try #require(ScriptedExpert(task: "kitchen-table", skill: skill, seed: 1))
  }

  /// The keys for what is seen now; none while a grip closes or nothing new was seen.
  mutating func keys(_ eyes: Eyes, subtask: SubtaskName) -> [String] {
    guard let reading = eyes.newest, eyes.looks > seen, SystemClock.now >= busyUntil else {
      return []
    }
    seen = eyes.looks
    let limits = ActionLimits(
      linearSpeed: 0.25, angularSpeed: 1.2, linearAcceleration: 1.5, angularAcceleration: 6)
    let wish = expert.action(
      for: reading, subtask: subtask, limits: limits, period: .milliseconds(100))
    if wish.gripper != .hold, wish.gripper != grip {
      grip = wish.gripper
      busyUntil = SystemClock.now + .milliseconds(1_200)
      return ["g"]
    }
    var keys: [String] = []
    func press(_ value: Double, _ least: Double, _ plus: String, _ minus: String) {
      if abs(value) > least { keys.append(value > 0 ? plus : minus) }
    }
    press(wish.twist.linear.x, 0.018, "w", "s")
    press(wish.twist.linear.y, 0.018, "a", "d")
    press(wish.twist.linear.z, 0.018, "r", "f")
    press(wish.twist.angular.z, 0.15, "j", "l")
    return keys
  }
}

@Suite(.serialized) struct ConsoleEndToEndTests {
  private func console(_ fleet: FleetProcesses, _ more: String = "") throws -> TerminalSession {
    try TerminalSession(
      "'\(program.path)' console --name ann --connect '\(fleet.address)' \(more) "
        + "2>'\(fleet.folder)/console.log' >/dev/tty; echo \"left with $?\"; sleep 600")
  }

  @Test func `a person drives a subtask in a real terminal, and the recording tells`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator()
    let robot = try fleet.startRobot("arm-1", ["--task", "kitchen-table"])
    let eyes = try Eyes(try Context(), fleet.address, on: "arm-1")
    let terminal = try console(fleet)
    try fleet.wait(for: "robot that waits on the screen") {
      terminal.screen.contains("arm-1 WAITS")
    }
    try terminal.press("Enter")
    try fleet.wait(for: "robot in ann's hands") {
      try eyes.listen()
      return eyes.holder == "ann" && terminal.screen.contains("YOU DRIVE")
    }
    // The subtask is chosen by its number, as it stands on the screen; a quarter of the speed.
    try terminal.press("1")
    try terminal.press("[")
    var hand = try Hand()
    try fleet.wait(120, for: "block in the bowl") {
      try eyes.listen()
      for key in hand.keys(eyes, subtask: "block-in-bowl") { try terminal.press(key) }
      return eyes.newest?.progress?.completed.contains("block-in-bowl") ?? false
    }
    try fleet.wait(for: "subtask on the screen") {
      terminal.screen.contains("done: block-in-bowl")
    }
    try terminal.press("b")
    try fleet.wait(for: "robot that is no one's") {
      try eyes.listen()
      return eyes.state == .awaiting
    }
    try terminal.press("q")
    try fleet.wait(for: "questionnaire") { terminal.screen.contains("NASA-TLX") }
    for _ in 0..<6 { try terminal.press("Right", "Down") }
    try terminal.press("Enter")
    try fleet.wait(for: "end of the console") { terminal.screen.contains("left with 0") }
    #expect(fleet.stop(robot) == 0)
    #expect(fleet.stop(coordinator) == 0)

    let reader = try RecordingReader(path: fleet.recording)
    let episode = try #require(try reader.episodes().first)
    #expect(episode.missingSteps == 0 && episode.humanSteps > 50, "\(episode)")
    let steps = try reader.steps(of: episode.id, in: 0..<Int.max)
    let human = steps.filter { $0.author == .human("ann") }
    #expect(human.count == episode.humanSteps)
    #expect(human.contains { $0.subtask == "block-in-bowl" })
    #expect(steps.contains { $0.progress?.completed.contains("block-in-bowl") ?? false })
    #expect(human.contains { $0.requestedAction.gripper == .close })
    let causes = try reader.handovers(of: episode.id).map(\.cause)
    #expect(causes.contains("request-served") && causes.contains("handed-back"), "\(causes)")
  }

  @Test func `paste, a small terminal and a dead coordinator move nothing`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator()
    let robot = try fleet.startRobot("arm-1", ["--task", "kitchen-table"])
    let terminal = try console(fleet)
    try fleet.wait(for: "robot that waits on the screen") {
      terminal.screen.contains("arm-1 WAITS")
    }
    try terminal.press("Enter")
    try fleet.wait(for: "robot in ann's hands") { terminal.screen.contains("YOU DRIVE") }
    try terminal.paste(String(repeating: "wwwddd", count: 20))
    try fleet.wait(for: "word of the paste") {
      terminal.screen.contains("pasted characters were ignored")
    }
    try terminal.resize(columns: 60, rows: 20)
    try fleet.wait(for: "word of the size") { terminal.screen.contains("terminal too small") }
    try terminal.resize(columns: 100, rows: 30)
    try fleet.wait(for: "view again") { terminal.screen.contains("YOU DRIVE") }
    // One key that does move it, so that the silence of the others is not for another reason.
    try terminal.press("w")
    try fleet.wait(for: "steps of ann's") {
      (try? RecordingReader(path: fleet.recording).episodes().first?.humanSteps) ?? 0 > 0
    }
    kill(coordinator.processIdentifier, SIGKILL)
    coordinator.waitUntilExit()
    try fleet.wait(for: "banner") { terminal.screen.contains("NO COORDINATOR") }
    try terminal.press("w")
    try fleet.wait(for: "word that nothing was sent") {
      terminal.screen.contains("nothing was sent")
    }
    let again = try fleet.startCoordinator()
    try fleet.wait(for: "coordinator that is back") { terminal.screen.contains("is back") }
    #expect(!terminal.screen.contains("YOU DRIVE"), "no one holds what was lost")
    try terminal.press("q", "q")
    try fleet.wait(for: "end of the console") { terminal.screen.contains("left with 0") }
    #expect(fleet.stop(robot) == 0)
    #expect(fleet.stop(again) == 0)
    let episode = try #require(try RecordingReader(path: fleet.recording).episodes().first)
    // A tap is 150 ms: two or three steps, and not the forty of 120 pasted keys.
    #expect(episode.humanSteps < 20, "\(episode)")
  }
}

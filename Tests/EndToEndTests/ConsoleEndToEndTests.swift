// Aim: a person at a real terminal can run a fleet. Method: the built program in tmux, against a
// real coordinator and a simulated robot; a scripted expert says where the hand should go, and keys
// are all that reaches the console. What happened is read from the recording.
import Foundation
import RecordingStore
import RobotData
import ScriptedExpert
import Testing
import Wire
import ZeroMQ

/// Looks at a robot over a connection of its own, as a second viewer would.
private final class Witness {
  private let context: Context
  private let socket: Socket
  private(set) var sight: Observation?
  private(set) var subtaskOnStatus: SubtaskName?

  init(_ address: String, robot: RobotID) throws {
    context = try Context()
    socket = try Socket(.dealer, in: context)
    try socket.connect(address)
    _ = try socket.sendNow(
      ConsoleToCoordinator.hello("witness", instance: 99, .viewer, closedLoop: false).frames())
    _ = try socket.sendNow(ConsoleToCoordinator.watch([robot]).frames())
  }

  /// Takes what has come; true when there is a new observation.
  func look() throws -> Bool {
    var isNew = false
    while let message = try socket.receiveNow() {
      switch try? CoordinatorToConsole(frames: message.parts) {
      case .observation(_, let observation, _):
        isNew = isNew || sight?.step != observation.step
        sight = observation
      case .status(let status): subtaskOnStatus = status.robots.first?.subtask
      default: break
      }
    }
    return isNew
  }
}

/// Turns what an expert would do into keys.
private struct Typist {
  private var speed = 2
  private var grip = GripperCommand.hold
  private static let speeds = [0.1, 0.25, 0.5, 1.0]

  mutating func keys(for action: Action) -> [String] {
    var keys: [String] = []
    let linear = action.twist.linear
    let fastest = max(abs(linear.x), abs(linear.y), abs(linear.z))
    let wanted = fastest > 0.15 ? 2 : fastest > 0.06 ? 1 : 0
    while speed > wanted {
      keys.append("[")
      speed -= 1
    }
    while speed < wanted {
      keys.append("]")
      speed += 1
    }
    for (value, more, less) in [
      (linear.x, "w", "s"), (linear.y, "a", "d"), (linear.z, "r", "f"),
    ] where abs(value) > 0.014 { keys.append(value > 0 ? more : less) }
    let turn = action.twist.angular.z
    if abs(turn) > 0.15 { keys.append(turn > 0 ? "j" : "l") }
    if action.gripper != .hold, action.gripper != grip, fastest < 0.001 {
      grip = action.gripper
      keys.append("g")
    }
    return keys
  }
}

@Suite(.serialized) struct ConsoleEndToEndTests {
  @Test func `a person takes a robot, drives a subtask by keys, hands back and leaves`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator()
    let robot = try fleet.startRobot("arm-1")
    let command =
      "LANG=C.UTF-8 \(program.path) console --name ann --connect \(fleet.address) "
      + "2>\(fleet.folder)/console.log"
    let terminal = try #require(
      try TerminalSession(command, columns: 100, rows: 30, folder: fleet.folder),
      "tmux is not installed")
    try fleet.wait(for: "a robot that waits") { terminal.screen().contains("arm-1 WAITS") }
    // Garbage that is pasted moves nothing and stops nothing.
    try terminal.paste("w a s d y n c X Z rm -rf q\n\n")
    try fleet.wait(for: "paste to be refused") {
      terminal.screen().contains("pasted characters were ignored")
    }
    try terminal.press(["Enter"])
    try fleet.wait(for: "the robot to be ann's") { terminal.screen().contains("YOU DRIVE") }
    let subtask = try drive(fleet, terminal)
    try terminal.press(["b"])
    try fleet.wait(for: "hand back") { terminal.screen().contains("no longer yours") }
    try terminal.press(["q"])
    try fleet.wait(for: "questionnaire") { terminal.screen().contains("NASA-TLX") }
    try terminal.press(["Right", "Down", "Right", "Down", "Right", "Down", "Right", "Down"])
    try terminal.press(["Right", "Down", "Right", "Enter"])
    try fleet.wait(for: "end of the console") { !terminal.isRunning }
    #expect(fleet.stop(robot) == 0 && fleet.stop(coordinator) == 0)
    try check(fleet.recording, subtask)
  }

  /// Presses keys until the subtask that was chosen is done.
  private func drive(_ fleet: FleetProcesses, _ terminal: TerminalSession) throws -> SubtaskName {
    let witness = try Witness(fleet.address, robot: "arm-1")
    try fleet.wait(for: "an observation") { try witness.look() }
    var skill = HumanSkill()
    skill.unsteadiness = 0
    // One tap of a key is some 4 mm: nearer than twice that is chance.
    skill.precision = 0.008
    var expert = try #require(ScriptedExpert(task: "stack", skill: skill, seed: 1))
    let first = try #require(witness.sight).reading
    let open = try #require(first.progress).available
    let subtask = try #require(expert.feasible(open, in: first).first)
    try fleet.wait(for: "the list of subtasks") { terminal.screen().contains("1   \(open[0])") }
    try terminal.press(["\((open.firstIndex(of: subtask) ?? 0) + 1)"])
    try fleet.wait(for: "the choice to arrive") {
      _ = try witness.look()
      return witness.subtaskOnStatus == subtask
    }
    let limits = ActionLimits(
      linearSpeed: 0.25, angularSpeed: 1.2, linearAcceleration: 1.5, angularAcceleration: 6)
    var typist = Typist()
    try fleet.wait(240, for: "\(subtask) to be done by keys") {
      guard try witness.look(), let sight = witness.sight else { return false }
      if sight.reading.progress?.completed.contains(subtask) == true { return true }
      let action = expert.action(
        for: sight.reading, subtask: subtask, limits: limits, period: .milliseconds(100))
      let keys = typist.keys(for: action)
      if !keys.isEmpty { try terminal.press(keys) }
      return false
    }
    return subtask
  }

  private func check(_ path: String, _ subtask: SubtaskName) throws {
    let reader = try RecordingReader(path: path)
    let episode = try #require(try reader.episodes().first)
    let handovers = try reader.handovers(of: episode.id)
    #expect(handovers.contains { $0.cause == "request-served" && $0.to == "human ann" })
    #expect(handovers.contains { $0.cause == "handed-back" && $0.from == "human ann" })
    let steps = try reader.steps(of: episode.id)
    let own = steps.filter { $0.author == .human("ann") }
    #expect(own.contains { $0.executedAction.twist.linear.length > 0.01 })
    #expect(own.contains { $0.requestedAction.gripper == .close })
    #expect(own.contains { $0.subtask == subtask })
    #expect(steps.last?.progress?.completed.contains(subtask) == true)
    #expect(episode.missingSteps == 0)
  }

  @Test func `a coordinator that dies leaves a banner and no control, and is found again`() throws {
    let fleet = try FleetProcesses()
    let first = try fleet.startCoordinator()
    _ = try fleet.startRobot("arm-1")
    let terminal = try #require(
      try TerminalSession(
        "LANG=C.UTF-8 \(program.path) console --name ann --connect \(fleet.address)", columns: 80,
        rows: 24, folder: fleet.folder), "tmux is not installed")
    try fleet.wait(for: "a robot that waits") { terminal.screen().contains("arm-1 WAITS") }
    try terminal.press(["Enter"])
    try fleet.wait(for: "the robot to be ann's") { terminal.screen().contains("YOU DRIVE") }
    kill(first.processIdentifier, SIGKILL)
    first.waitUntilExit()
    try fleet.wait(for: "the banner") { terminal.screen().contains("NO COORDINATOR") }
    #expect(!terminal.screen().contains("YOU DRIVE"))
    try terminal.resize(columns: 60, rows: 20)
    try fleet.wait(for: "the size to be refused") {
      terminal.screen().contains("terminal too small: 60x20")
    }
    try terminal.resize(columns: 132, rows: 43)
    let second = try fleet.startCoordinator()
    try fleet.wait(for: "the coordinator to be back") {
      terminal.screen().contains("arm-1 WAITS")
    }
    try terminal.press(["Space"])
    try fleet.wait(for: "the emergency stop") { terminal.screen().contains("STOPPED: arm-1") }
    try terminal.press(["q", "q"])
    try fleet.wait(for: "end of the console") { !terminal.isRunning }
    _ = fleet.stop(second)
  }
}

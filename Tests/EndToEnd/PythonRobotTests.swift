// Aim: a robot written in another language, with other libraries, is as good as ours. Method: the
// kit of Robots/python against the built coordinator, which is killed in mid-episode.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing
import Wire
import ZeroMQ

private let python = checkout.appending(path: ".dependencies/python/bin/python")

@Suite(
  .serialized,
  .enabled(
    if: FileManager.default.fileExists(atPath: python.path),
    "make peers installs the Python peers"))
struct PythonRobotTests {
  /// A console that takes the robot and drives it straight up.
  private final class Console {
    let socket: Socket
    var highest = 0.0
    var answered: Set<Int> = []
    private var number: UInt32 = 0

    init(_ context: Context, address: String) throws {
      var options = SocketOptions()
      options.linger = .zero
      socket = try Socket(.dealer, in: context, options: options)
      try socket.connect(address)
      try say(.hello("tester", instance: .random(in: 1 ... .max), .operator, closedLoop: true))
    }

    func say(_ message: ConsoleToCoordinator) throws { try socket.send(message.frames()) }

    func order(_ order: OperatorOrder) throws {
      number += 1
      try say(.order(order, number: number))
    }

    /// Answers all that has come.
    func drive() throws {
      while let message = try socket.receiveNow() {
        guard
          case .observation(let robot, let observation, _) = try CoordinatorToConsole(
            frames: message.parts)
        else { continue }
        highest = max(highest, observation.reading.proprioception.endEffectorPose.position.z)
        answered.insert(observation.step)
        let up = Action(
          twist: Twist(linear: Vector3(0, 0, 0.2), angular: .zero), gripper: .hold)
        try order(.drive(robot, up, respondsTo: observation.step))
      }
    }
  }

  @Test func `the Python kit collects an episode across the death of its coordinator`() throws {
    let fleet = try FleetProcesses()
    let first = try fleet.startCoordinator(["--episodes", "1"])
    let folder = checkout.appending(path: "Robots/python")
    let robot = SpawnedProcess(
      python,
      [folder.appending(path: "examples/simulated_point.py").path, "point-1", fleet.address])
    robot.environment.merge([
      "PYTHONPATH": folder.path, "PYTHONDONTWRITEBYTECODE": "1",
    ]) { $1 }
    try fleet.adopt(robot, log: "point-1")

    let context = try Context()
    try drive(fleet, context, until: 0.30)
    kill(first.processIdentifier, SIGKILL)
    first.waitUntilExit()
    let second = try fleet.startCoordinator(["--episodes", "0", "--exit-when-done"])
    let console = try drive(fleet, context, until: 0.45)
    try console.order(.mark("point-1", .success))
    try fleet.wait(30, for: "end of the coordinator") { !second.isRunning }

    let reader = try RecordingReader(path: fleet.recording)
    let episodes = try reader.episodes()
    #expect(episodes.count == 1 && episodes[0].outcome == "success")
    #expect(episodes[0].missingSteps == 0 && episodes[0].announcedSteps == episodes[0].steps)
    #expect(episodes[0].humanSteps >= 15, "\(episodes)")
    let cameras = try reader.cameras(of: episodes[0].id)
    #expect(cameras.map(\.encoding) == ["rgb8"] && cameras[0].pictures == episodes[0].steps)
    #expect(fleet.stop(robot) == 0, "\(fleet.log("point-1"))")
  }

  /// Drives the robot up to a height; the console is still connected then.
  @discardableResult
  private func drive(
    _ fleet: FleetProcesses, _ context: Context, until height: Double
  ) throws -> Console {
    let console = try Console(context, address: fleet.address)
    var asked = Date.distantPast
    try fleet.wait(30, for: "height of \(height) m") {
      if Date().timeIntervalSince(asked) > 0.4 {
        asked = Date()
        try console.say(.heartbeat(sentTime: WallTime(nanosecondsSinceEpoch: 0)))
        if console.answered.isEmpty { try console.order(.takeOver("point-1")) }
      }
      try console.drive()
      return console.highest >= height
    }
    return console
  }
}

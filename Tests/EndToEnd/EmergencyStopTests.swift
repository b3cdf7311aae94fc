// Aim: anybody can stop all robots, a stopped robot stays where it is, and only an operator lets
// it go on. Method: real processes; a viewer and an operator over real sockets.
import Foundation
import RecordingStore
import RobotData
import Testing
import Wire
import ZeroMQ

@Suite struct EmergencyStopTests {
  /// A console that says what it is told, and remembers what it heard.
  private final class Console {
    private let socket: Socket
    private var number: UInt32 = 0
    private(set) var states: [RobotID: RobotStatus.State] = [:]
    private(set) var refusals: [String] = []

    init(_ context: Context, _ address: String, name: OperatorID, _ role: ConsoleRole) throws {
      var options = SocketOptions()
      options.linger = .zero
      socket = try Socket(.dealer, in: context, options: options)
      try socket.connect(address)
      let hello = ConsoleToCoordinator.hello(
        name, instance: .random(in: 1 ... .max), role, closedLoop: false)
      try socket.send(hello.frames())
    }

    func order(_ order: OperatorOrder) throws {
      number += 1
      try socket.send(ConsoleToCoordinator.order(order, number: number).frames())
    }

    func listen() throws {
      while let message = try socket.receiveNow() {
        switch try CoordinatorToConsole(frames: message.parts) {
        case .status(let status):
          for robot in status.robots { states[robot.robot] = robot.state }
        case .orderRefused(_, let reason): refusals.append(reason)
        default: break
        }
      }
    }
  }

  @Test func `a viewer stops the fleet, and only an operator lets it go on`() throws {
    let fleet = try FleetProcesses()
    // At the robot's own pace: in lockstep the episode might be over before anybody stopped it.
    let coordinator = try fleet.startCoordinator(["--episodes", "1"])
    _ = try fleet.startRobot("arm-1")
    _ = try fleet.startOperator()
    func steps() -> Int {
      (try? RecordingReader(path: fleet.recording).episodes().first?.steps) ?? 0
    }
    try fleet.wait(for: "20 steps") { steps() >= 20 }
    let context = try Context()
    let viewer = try Console(context, fleet.address, name: "guest", .viewer)
    try viewer.order(.emergencyStop(nil))
    try fleet.wait(20, for: "stop") {
      try viewer.listen()
      return viewer.states["arm-1"] == .stopped
    }
    // What was on its way is on disk after this; then nothing more may come.
    usleep(500_000)
    let atStop = steps()
    try viewer.order(.releaseStop(nil))
    usleep(700_000)
    try viewer.listen()
    #expect(viewer.refusals.contains { $0.contains("a viewer may only stop") })
    #expect(viewer.states["arm-1"] == .stopped && steps() == atStop, "it stands still")

    let chief = try Console(context, fleet.address, name: "chief", .operator)
    try chief.order(.releaseStop(nil))
    try fleet.wait(120, for: "success after the release") {
      try RecordingReader(path: fleet.recording).episodes().first?.outcome == "success"
    }
    let reader = try RecordingReader(path: fleet.recording)
    let episode = try reader.episodes()[0]
    #expect(episode.missingSteps == 0 && episode.steps > atStop)
    let causes = try reader.handovers(of: episode.id).map(\.cause)
    #expect(causes.contains("emergency-stop") && causes.contains("stop-released"), "\(causes)")
    #expect(fleet.stop(coordinator) == 0)
  }
}

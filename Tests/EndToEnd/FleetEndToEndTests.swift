// Aim: what users are promised, seen from outside. Method: the built program as real processes,
// real sockets, real physics, a real file; processes killed in the middle.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing
import Wire
import ZeroMQ

@Suite(.serialized) struct FleetEndToEndTests {
  @Test func `one command collects demonstrations and ends by itself`() throws {
    let fleet = try FleetProcesses()
    let process = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "2", "--episodes", "3", "--lockstep", "--json", "--task",
        "stack,kitchen-table", "--address", fleet.address, "--telemetry", fleet.telemetry,
        "--recording", fleet.recording,
      ])
    try fleet.wait(180, for: "end of the fleet") { !process.isRunning }
    #expect(process.terminationStatus == 0, "\(fleet.log("fleet"))")
    let reader = try RecordingReader(path: fleet.recording)
    let episodes = try reader.episodes()
    #expect(episodes.count == 3)
    for episode in episodes {
      #expect(episode.outcome == "success" && episode.isTaskDone == true, "\(episode)")
      #expect(episode.missingSteps == 0 && episode.steps > 100 && episode.handovers >= 3)
      #expect(episode.humanSteps + episode.heldSteps == episode.steps)
      let cameras = try reader.cameras(of: episode.id)
      #expect(cameras.map(\.camera) == ["scene", "wrist"])
      #expect(cameras.allSatisfy { $0.pictures == episode.steps && $0.encoding == "jpeg" })
    }
    #expect(Set(episodes.map(\.task)) == ["stack", "kitchen-table"])
  }

  @Test func `a fleet with a plan collects each of its orders, and records what was told`() throws {
    let fleet = try FleetProcesses()
    let plan = fleet.folder + "/plan.yaml"
    let orders = ["blue-right, red-right, green-left", "green-left, red-right, blue-left"]
    try "orders:\n- [\(orders[0])]\n- [\(orders[1])]\n".write(
      toFile: plan, atomically: true, encoding: .utf8)
    let process = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "2", "--episodes", "4", "--lockstep", "--json", "--address",
        fleet.address, "--telemetry", fleet.telemetry, "--recording", fleet.recording, "--plan",
        plan,
      ])
    try fleet.wait(180, for: "end of the fleet") { !process.isRunning }
    #expect(process.terminationStatus == 0, "\(fleet.log("fleet"))")
    let reader = try RecordingReader(path: fleet.recording)
    let episodes = try reader.episodes()
    #expect(episodes.count == 4 && episodes.allSatisfy { $0.outcome == "success" })
    let collected = try episodes.map { episode in
      let steps = try reader.steps(of: episode.id)
      #expect(steps.first?.subtask != nil, "told before anybody chose")
      return (steps.last?.progress?.completed ?? []).map(\.name).joined(separator: ", ")
    }
    #expect(collected.sorted() == [orders[0], orders[0], orders[1], orders[1]])
  }

  @Test func `a coordinator killed in mid-episode continues with it, and no safe step is lost`()
    throws
  {
    let (fleet, robot) = try killedInMidEpisode()
    let safe = try steps(in: fleet.recording)
    let second = try fleet.startCoordinator(["--episodes", "0", "--exit-when-done"])
    try fleet.wait(120, for: "end of the episode") {
      try RecordingReader(path: fleet.recording).episodes().first?.outcome == "success"
        && !second.isRunning
    }
    let reader = try RecordingReader(path: fleet.recording)
    let episodes = try reader.episodes()
    #expect(episodes.count == 1, "the same episode went on")
    #expect(safe >= 60 && episodes[0].steps > safe)
    #expect(episodes[0].missingSteps == 0 && episodes[0].announcedSteps == episodes[0].steps)
    let causes = try reader.handovers(of: episodes[0].id).map(\.cause)
    #expect(causes.contains("robot-returned"), "\(causes)")
    #expect(fleet.stop(robot) == 0)
  }

  /// A fleet whose coordinator was killed before the first episode was over. At the robot's own pace: in
  /// lockstep a whole episode may pass between two looks at the file.
  private func killedInMidEpisode() throws -> (FleetProcesses, robot: SpawnedProcess) {
    let fleet = try FleetProcesses()
    let first = try fleet.startCoordinator(["--episodes", "1"])
    let robot = try fleet.startRobot("arm-1")
    _ = try fleet.startOperator()
    try fleet.wait(for: "60 steps") { try steps(in: fleet.recording) >= 60 }
    first.send(SIGKILL)
    first.waitUntilExit()
    return (fleet, robot)
  }

  private func steps(in path: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: path),
      let episodes = try? RecordingReader(path: path).episodes()
    else { return 0 }
    return episodes.reduce(0) { $0 + $1.steps }
  }

  @Test func `a robot killed in mid-episode ends its episode, and the session continues`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator(["--episodes", "2", "--lockstep"])
    let first = try fleet.startRobot("arm-1")
    _ = try fleet.startOperator()
    try fleet.wait(for: "30 steps") { try steps(in: fleet.recording) >= 30 }
    kill(first.processIdentifier, SIGKILL)
    first.waitUntilExit()
    _ = try fleet.startRobot("arm-2")
    try fleet.wait(for: "success of arm-2") {
      try RecordingReader(path: fleet.recording).episodes()
        .contains { $0.robot == "arm-2" && $0.outcome == "success" }
    }
    _ = try fleet.startRobot("arm-1")
    try fleet.wait(for: "end of arm-1's first episode") {
      try RecordingReader(path: fleet.recording).episodes()
        .contains { $0.robot == "arm-1" && $0.outcome == "interrupted" && $0.steps >= 30 }
    }
    #expect(fleet.stop(coordinator) == 0)
  }

  @Test func `Ctrl-C stops a fleet in good order`() throws {
    let fleet = try FleetProcesses()
    let process = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "2", "--address", fleet.address, "--telemetry", fleet.telemetry,
        "--recording", fleet.recording,
      ])
    try fleet.wait(for: "20 steps") { try steps(in: fleet.recording) >= 20 }
    kill(process.processIdentifier, SIGINT)
    try fleet.wait(20, for: "end of the fleet") { !process.isRunning }
    #expect(process.terminationStatus == 0, "\(fleet.log("fleet"))")
    #expect(!fleet.log("fleet").contains("never acknowledged"))
    let episodes = try RecordingReader(path: fleet.recording).episodes()
    #expect(episodes.allSatisfy { $0.missingSteps == 0 && $0.outcome != nil })
  }
}

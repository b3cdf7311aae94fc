// Aim: robots that a trained policy drives, seen from outside. Method: a bundle of random weights in a
// folder, the built program as real processes.
import Foundation
import MallardTesting
import Policy
import PolicyFiles
import RecordingStore
import RobotData
import RobotProfiles
import SimulatedTasks
import Testing

@Suite(.serialized) struct AssistedFleetTests {
  private func bundle(_ task: TaskName, in folder: String) throws -> String {
    let profile = try RobotProfile.named(
      "bench-arm", in: checkout.appending(path: "Robots").path)
    let description = try #require(SimulatedTasks.named(task)).description
    let manifest = SmallPolicy.manifest(for: profile.description(task: description))
    let place = "\(folder)/\(task.name)"
    try SmallPolicy.randomBundle(for: manifest).write(to: place)
    return place
  }

  @Test func `one command runs a fleet that two policies drive, each its task`() throws {
    let fleet = try FleetProcesses()
    let (stack, table) = (
      try bundle("stack", in: fleet.folder), try bundle("kitchen-table", in: fleet.folder)
    )
    // The policies know nothing and would always ask: here they never do, and fail. Enough episodes
    // that the robot whose process is up first has not begun them all before the other joins.
    let process = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "2", "--episodes", "8", "--lockstep", "--json", "--task",
        "stack,kitchen-table", "--address", fleet.address, "--telemetry", fleet.telemetry,
        "--recording", fleet.recording, "--policy", stack, "--policy", table, "--step-limit",
        "100", "--task-threshold", "1000", "--policy-threshold", "1000", "--operators", "0",
      ])
    try fleet.wait(240, for: "end of the fleet") { !process.isRunning }
    let log = fleet.log("fleet")
    #expect(process.terminationStatus == 0, "\(log)")
    #expect(log.contains("driven by \(stack), \(table) (pato)") && !log.contains("unassisted"))
    #expect(log.contains("\"name\" : \"small-stack/pato + small-kitchen-table/pato\""), "\(log)")
    let episodes = try RecordingReader(path: fleet.recording).episodes()
    #expect(Set(episodes.map(\.task)) == ["stack", "kitchen-table"])
    for episode in episodes {
      #expect(episode.outcome == "failure" && episode.humanSteps == 0, "\(episode)")
      #expect(episode.policySteps >= 100 && episode.missingSteps == 0, "\(episode)")
    }
  }

  @Test func `a robot whose task no policy does is refused before it moves`() throws {
    let fleet = try FleetProcesses()
    let stack = try bundle("stack", in: fleet.folder)
    let coordinator = try fleet.startCoordinator(["--policy", stack])
    let robot = try fleet.startRobot("arm-1", ["--task", "kitchen-table"])
    try fleet.wait(for: "end of the robot") { !robot.isRunning }
    #expect(robot.terminationStatus == 2)
    let reason = "the robot's task is \"kitchen-table\", the policy does \"stack\""
    #expect(fleet.log("arm-1").contains(reason), "\(fleet.log("arm-1"))")
    #expect(fleet.log("coordinator").contains(reason))
    #expect(fleet.stop(coordinator) == 0)
    #expect(try RecordingReader(path: fleet.recording).episodes().isEmpty)
  }

  @Test(
    arguments: [
      (["--policy", "/nowhere"], "/nowhere"), (["--gating", "sometimes"], "sometimes"),
      (["--gating", "asymmetric:1.5"], "asymmetric"), (["--task-threshold", "1"], "--policy"),
      (["--policy", "/nowhere", "--policy-threshold", "-1"], "--policy-threshold"),
      (["--method", "magic"], "magic"),
    ])
  func `wrong options are named`(options: [String], word: String) throws {
    let fleet = try FleetProcesses()
    let process = try fleet.startCoordinator(options)
    try fleet.wait(20, for: "end of the coordinator") { !process.isRunning }
    #expect(process.terminationStatus != 0)
    #expect(fleet.log("coordinator").contains(word), "\(fleet.log("coordinator"))")
  }
}

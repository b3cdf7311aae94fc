// Aim: a fleet knows its own, whatever is at its address, and counts right however often its coordinator
// dies. Method: the built program as real processes; kills at moments drawn at random.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite(.serialized) struct FleetStartTests {
  private func arguments(_ fleet: FleetProcesses, recording: String, _ more: [String]) -> [String] {
    [
      "fleet", "--no-console", "--address", fleet.address, "--telemetry", fleet.telemetry,
      "--recording", recording,
    ] + more
  }

  @Test func `a fleet whose address is taken starts nothing and leaves nothing`() throws {
    let fleet = try FleetProcesses()
    let first = try fleet.startCoordinator()
    try fleet.wait(for: "listening") { fleet.log("coordinator").contains("listening") }
    let other = fleet.folder + "/other.sqlite"
    let second = try fleet.start(
      "second", arguments(fleet, recording: other, ["--robots", "2", "--operators", "4"]))
    try fleet.wait(30, for: "end of the second fleet") { !second.isRunning }
    #expect(second.terminationStatus == 1)
    let log = fleet.log("second")
    #expect(log.contains("nothing else was started") && !log.contains("simulated robots"), "\(log)")
    #expect(!FileManager.default.fileExists(atPath: other))
    #expect(fleet.stop(first) == 0)
    for name in ["arm-1", "arm-2", "modelled-operator"] {
      #expect(!fleet.log("coordinator").contains(name))
    }
  }

  @Test func `robots, operators and consoles of another fleet are not let in`() throws {
    let fleet = try FleetProcesses()
    let coordinator = try fleet.startCoordinator(["--fleet-id", "00000000000000ab"])
    let stranger = ["--connect", fleet.address, "--fleet-id", "00000000000000cd"]
    for (name, command) in [
      ("arm-1", ["robot", "--name", "arm-1"]), ("ann", ["operator-model", "--name", "ann"]),
      ("eve", ["console", "--plain", "--viewer", "--name", "eve"]),
    ] {
      let process = try fleet.start(name, command + stranger)
      try fleet.wait(30, for: "end of \(name)") { !process.isRunning }
      #expect(process.terminationStatus == 2, "\(fleet.log(name))")
      #expect(fleet.log(name).contains("another fleet"), "\(fleet.log(name))")
    }
    #expect(fleet.stop(coordinator) == 0)
  }

  @Test func `however often the coordinator is killed, the summary is what the file holds`() throws
  {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    let fleet = try FleetProcesses()
    let process = try fleet.start(
      "fleet",
      arguments(
        fleet, recording: fleet.recording,
        [
          "--robots", "3", "--operators", "3", "--episodes", "8", "--lockstep", "--json",
          "--step-limit", "120",
        ]))
    var kills = 0
    while kills < 5, process.isRunning {
      usleep(UInt32(random.integer(300_000...1_500_000)))
      for child in children(of: process) where isCoordinator(child) {
        kill(child, SIGKILL)
        kills += 1
      }
    }
    try fleet.wait(240, for: "end of the fleet") { !process.isRunning }
    let log = fleet.log("fleet")
    #expect(process.terminationStatus == 0, "seed \(seed): \(log)")
    let start = try #require(log.range(of: "\n{\n")?.lowerBound, "\(log)")
    let end = try #require(log.range(of: "\n}\n")?.upperBound, "\(log)")
    let summary = try JSONDecoder().decode(Summary.self, from: Data(log[start..<end].utf8))
    let episodes = try RecordingReader(path: fleet.recording).episodes()
    #expect(episodes.count == 8 && summary.begunEpisodes == 8, "seed \(seed), \(kills) kills")
    for (count, outcome) in [
      (summary.successes, "success"), (summary.failures, "failure"),
      (summary.interrupted, "interrupted"),
    ] {
      #expect(episodes.count { $0.outcome == outcome } == count, "seed \(seed), \(outcome)")
    }
    let steps = episodes.reduce(0) { $0 + $1.steps }
    #expect(summary.committedSteps == steps, "seed \(seed)")
    #expect(summary.robots.reduce(0) { $0 + $1.steps } == steps, "seed \(seed)")
    #expect(kills > 0)
  }

  @Test func `without a name each run has a file of its own, also within one second`() throws {
    let fleet = try FleetProcesses()
    let runs = 6
    let processes = try (0..<runs).map { number in
      let process = SpawnedProcess(
        program,
        ["coordinator", "--address", "ipc://\(fleet.folder)/a\(number)", "--telemetry", "none"])
      process.directory = URL(filePath: fleet.folder)
      try fleet.adopt(process, log: "run-\(number)")
      return process
    }
    for number in 0..<runs {
      try fleet.wait(for: "listening") { fleet.log("run-\(number)").contains("listening") }
    }
    for process in processes { #expect(fleet.stop(process) == 0) }
    let names = try FileManager.default.contentsOfDirectory(atPath: fleet.folder + "/Recordings")
      .filter { $0.hasSuffix(".sqlite") }
    #expect(names.count == runs, "\(names)")
    // One that never began leaves no file.
    let taken = SpawnedProcess(
      program,
      [
        "coordinator", "--address", "tcp://203.0.113.7:5000",
        "--allow-plaintext", "--telemetry", "none",
      ])
    taken.directory = URL(filePath: fleet.folder)
    try fleet.adopt(taken, log: "taken")
    taken.waitUntilExit(30)
    #expect(taken.terminationStatus == 1, "\(fleet.log("taken"))")
    let after = try FileManager.default.contentsOfDirectory(atPath: fleet.folder + "/Recordings")
      .filter { $0.hasSuffix(".sqlite") }
    #expect(after.count == runs)
  }

  private struct Summary: Decodable {
    struct Robot: Decodable { var steps: Int }
    var begunEpisodes: Int
    var successes: Int
    var failures: Int
    var interrupted: Int
    var committedSteps: Int
    var robots: [Robot]
  }

  private func children(of process: SpawnedProcess) -> [pid_t] {
    let id = process.processIdentifier
    let list = try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
    return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  private func isCoordinator(_ id: pid_t) -> Bool {
    let words = try? Data(contentsOf: URL(filePath: "/proc/\(id)/cmdline")).split(separator: 0)
    return words?.dropFirst().first.map { $0.elementsEqual(Data("coordinator".utf8)) } ?? false
  }
}

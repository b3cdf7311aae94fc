// Aim: what the fleet saw when it ended an episode is in the recording, so that everyone agrees on how it
// ended. Method: the built program, with episodes that end by themselves; exported, and imported again.
import Foundation
import MallardTesting
import McapFiles
import RecordingStore
import RobotData
import Testing

@Suite(.serialized) struct LastObservationTests {
  private func run(
    _ fleet: FleetProcesses, _ name: String, _ arguments: [String], seconds: Double = 120
  ) throws {
    let process = try fleet.start(name, arguments)
    try fleet.wait(seconds, for: "end of \(arguments)") { !process.isRunning }
    try #require(process.terminationStatus == 0, "\(fleet.log(name))")
  }

  @Test func `the observation that shows success is stored, and every export says so`() throws {
    let fleet = try FleetProcesses()
    try run(
      fleet, "fleet",
      [
        "fleet", "--robots", "2", "--operators", "2", "--episodes", "3", "--lockstep",
        "--ends-on-success", "--recording", fleet.recording, "--address", fleet.address,
        "--telemetry", fleet.telemetry,
      ], seconds: 300)
    let reader = try RecordingReader(path: fleet.recording)
    let episodes = try reader.episodes()
    #expect(episodes.count == 3)
    for episode in episodes {
      #expect(episode.outcome == "success" && episode.isTaskDone == true, "\(episode)")
      #expect(episode.missingSteps == 0 && episode.announcedSteps == episode.steps)
      let steps = try reader.steps(of: episode.id)
      let seen = steps.map { $0.progress?.isSuccess }
      #expect(seen.last == true && !seen.dropLast().contains(true), "the first success ends it")
      #expect(steps.last?.author == .hold && steps.last?.commandSequence == nil)
      #expect(steps.last?.executedAction == .hold)
      let cameras = try reader.cameras(of: episode.id)
      #expect(cameras.allSatisfy { $0.pictures == episode.steps }, "with its pictures")
      try run(
        fleet, "show-\(episode.id)",
        ["episodes", "show", episode.id, "--recording", fleet.recording, "--json"])
      let shown = fleet.log("show-\(episode.id)").filter { !$0.isWhitespace }
      #expect(shown.contains("\"isTaskDone\":true"), "\(shown)")
    }
    try run(fleet, "check", ["recording", "check", fleet.recording])

    for format in ["lerobot", "robomimic"] {
      let dataset = fleet.folder + "/" + format
      let again = fleet.folder + "/\(format).sqlite"
      try run(
        fleet, format, ["export", fleet.recording, "--format", format, "--output", dataset])
      try run(fleet, "import-" + format, ["import", dataset, "--recording", again])
      let imported = try RecordingReader(path: again).episodes()
      #expect(imported.map(\.outcome) == ["success", "success", "success"])
      #expect(imported.map(\.isTaskDone) == [true, true, true], "\(format)")
    }
    try checkMcap(fleet, episodes.count)
  }

  private func checkMcap(_ fleet: FleetProcesses, _ episodes: Int) throws {
    let dataset = fleet.folder + "/mcap"
    try run(fleet, "mcap", ["export", fleet.recording, "--format", "mcap", "--output", dataset])
    struct Step: Decodable { var is_success: Bool }
    var files = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: dataset)
    where name.hasSuffix(".mcap") {
      files += 1
      let reader = try McapReader(path: dataset + "/" + name)
      var said: [String: [Bool]] = [:]
      while let item = try reader.next() {
        guard case .message(let message) = item, let channel = reader.channels[message.channel],
          ["/step", "/progress"].contains(channel.topic)
        else { continue }
        let step = try JSONDecoder().decode(Step.self, from: Data(message.data))
        said[channel.topic, default: []].append(step.is_success)
      }
      for topic in ["/step", "/progress"] {
        #expect(said[topic]?.last == true, "\(name) \(topic)")
        #expect(said[topic]?.dropLast().contains(true) == false, "\(name) \(topic)")
      }
    }
    #expect(files == episodes)
  }
}

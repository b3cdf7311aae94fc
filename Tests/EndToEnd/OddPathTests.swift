// Aim: whatever path a command is given, it ends by itself with one plain sentence, or does its work: no
// signal, no dictionary of Foundation's, no control character. Method: the commands that take paths, each
// with paths that are missing, folders, devices, of the wrong kind, too long, empty, or of one letter.
import Foundation
import MallardTesting
import Testing

/// Where the path goes.
private let path = "@"

private let commands: [[String]] = [
  ["episodes", "list", "--recording", path], ["episodes", "show", "1", "--recording", path],
  ["episodes", "tag", "x", "1", "--recording", path],
  ["episodes", "mark", "failure", "1", "--recording", path],
  ["episodes", "delete", "1", "--yes", "--recording", path],
  ["episodes", "purge", "--yes", "--recording", path],
  ["episodes", "merge", "ok.sqlite", "--into", path],
  ["episodes", "merge", path, "--into", "merged.sqlite"],
  ["recording", "check", path], ["recording", "check", path, "--repair"],
  ["recording", "salvage", path, "--output", "saved.sqlite"],
  ["recording", "salvage", "ok.sqlite", "--output", path],
  ["export", path, "--output", "out"], ["export", "ok.sqlite", "--output", path],
  ["export", "ok.sqlite", "--format", "robomimic", "--output", path],
  ["export", "ok.sqlite", "--format", "mcap", "--output", path],
  ["import", path, "--recording", "imported.sqlite"],
  ["snapshot", "--recording", path, "--output", "x.png"],
  ["snapshot", "--recording", "ok.sqlite", "--output", path],
  ["robots", "list", "--robots-folder", path],
  ["robots", "check", "bench-arm", "--robots-folder", path],
  ["plan", "--task", "stack", "--output", path], ["keys", "create", "robot/x", "--folder", path],
  ["keys", "list", "--folder", path],
  ["encoder", "accuracy", "--weights", path, "--recording", "ok.sqlite"],
  ["evaluate", "--policy", path, "--recording", "ok.sqlite"],
  ["study", "--policy", path, "--seeds", "1", "--robots", "1"],
  ["accelerator", "report", "--machine", path],
  ["accelerator", "report", "--model", "robot-small", "--trace", path],
  ["accelerator", "sweep", "--model", "robot-small", "--side", "128", "--output", path],
  ["replay", "1", "--recording", path],
  ["console", "--key-file", path], ["robot", "--robots-folder", path],
  ["coordinator", "--plan", path, "--recording", "z.sqlite", "--telemetry", "none"],
  ["coordinator", "--policy", path, "--recording", "z.sqlite", "--telemetry", "none"],
]

private let paths = [
  "", "nofolder/x", "dir", "dir/", "text.txt", "empty", "/dev/full", "loop", "d", "..",
  String(repeating: "n", count: 300), "ok.sqlite/x", "\u{1B}[31m",
]

@Suite struct OddPathTests {
  /// A recording of one short episode, made once.
  private static let recording = Result {
    let fleet = try FleetProcesses()
    let process = try fleet.start(
      "fleet",
      [
        "fleet", "--robots", "1", "--operators", "1", "--episodes", "1", "--step-limit", "5",
        "--lockstep", "--address", fleet.address, "--telemetry", fleet.telemetry, "--recording",
        fleet.recording,
      ])
    process.waitUntilExit(60)
    return try Data(contentsOf: URL(filePath: fleet.recording))
  }

  @Test(arguments: paths)
  func `no path ends a command by a signal or with a dictionary`(odd: String) throws {
    let fleet = try FleetProcesses()
    let recording = try Self.recording.get()
    for (number, command) in commands.enumerated() {
      let folder = "\(fleet.folder)/\(number)"
      try FileManager.default.createDirectory(
        atPath: folder + "/dir", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/loop", withDestinationPath: "loop")
      try Data("hello\n".utf8).write(to: URL(filePath: folder + "/text.txt"))
      try Data().write(to: URL(filePath: folder + "/empty"))
      try recording.write(to: URL(filePath: folder + "/ok.sqlite"))
      let process = SpawnedProcess(program, command.map { $0 == path ? odd : $0 })
      process.directory = URL(filePath: folder)
      let log = "tried-\(number)"
      try fleet.adopt(process, log: log)
      process.waitUntilExit(60)
      let said = fleet.log(log)
      let place = "\(command.joined(separator: " ")) with \(odd.debugDescription): \(said)"
      #expect(process.endingSignal == nil && process.terminationStatus < 128, "\(place)")
      for word in ["Error Domain", "UserInfo", "CocoaError", "\u{1B}"] {
        #expect(!said.contains(word), "\(place)")
      }
      #expect(process.terminationStatus == 0 || !said.isEmpty, "\(place)")
      try? FileManager.default.removeItem(atPath: folder)
    }
  }
}

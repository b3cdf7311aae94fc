// Aim: no option of any command can replace what was collected, learnt or secret, or what the command
// itself reads. Method: every option that is written to, as the programs' help tells them, is pointed at a
// recording, a policy's weights, keys and datasets, named as they are, through links and by other names,
// and at an input of the same command; the content of every file is compared.
import Foundation
import MallardTesting
import PolicyFiles
import Testing
import ZeroMQ

/// The rest of a command line, for each option that is written to. `@` is its input, which the option is
/// pointed at too.
private let lines: [String: [String]] = [
  "mallard fleet --recording": ["--robots", "1", "--plan", "@"],
  "mallard coordinator --recording": ["--plan", "@"],
  "mallard console --timings": ["--key-file", "@"],
  "mallard episodes merge --into": ["@"],
  "mallard recording salvage --output": ["@"],
  "mallard export --output": ["@"],
  "mallard import --recording": ["@"],
  "mallard snapshot --output": ["--recording", "@"],
  "mallard plan --output": [],
  "mallard keys create --folder": ["robot/a"],
  "mallard scenes --output": ["--recording", "@", "--task", "stack"],
  "mallard evaluate --output": ["--policy", "policy", "--recording", "@"],
  "mallard evaluate --looks": ["--policy", "policy", "--recording", "@"],
  "mallard study --output": ["--policy", "policy", "--plan", "@"],
  "mallard accelerator report --trace": ["--machine", "@"],
  "mallard accelerator sweep --output": ["--machine", "@"],
  "mallard bench recording --folder": ["--steps", "1"],
  "mallard-train --output": ["--recording", "take.sqlite", "--task", "stack", "--recipe", "@"],
]

/// Options whose help speaks of writing, or that are named like a place, and that nothing is written to.
private let reading: Set<String> = [
  // A number, which --write stores.
  "mallard evaluate --confirm",
  "mallard keys list --folder",
  // A number.
  "mallard bench export --episodes",
  // An address.
  "mallard fleet --telemetry", "mallard coordinator --telemetry",
]

/// Commands that add to a recording that is there: it is right that they take one.
private let adding: Set<String> = [
  "mallard fleet --recording", "mallard coordinator --recording", "mallard episodes merge --into",
  "mallard import --recording",
]

/// A sweep that takes a moment.
private let small = ["accelerator", "sweep", "--model", "robot-small", "--side", "128"]

private func isWritten(_ option: CommandOption) -> Bool {
  guard let name = option.name, !reading.contains("\(option)") else { return false }
  let names = ["output", "into", "trace", "looks", "timings", "folder", "plot", "csv", "report"]
  let help = option.help.lowercased()
  return names.contains(name)
    || help.firstMatch(of: /\bwrit(?:e|ten)\b/) != nil
      && !help.contains("written last")
    || help.contains("a new file in")
    || help.contains("made where") || help.contains("made when")
}

@Suite struct OverwritingTests {
  private static let written = CommandTree.options.filter(isWritten)

  @Test func `every option that is written to is tried here`() {
    let found = Set(Self.written.map(\.description))
    #expect(found == Set(lines.keys), "\(found.symmetricDifference(lines.keys))")
  }

  /// What must stay, in a folder: kind by path, and whether it is a folder.
  private static func fill(_ folder: String) throws {
    let files = FileManager.default
    for name in ["public", "alone", "dataset/meta", "other"] {
      try files.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try RecordedFleet.write(to: folder + "/take.sqlite", seed: 2, steps: [3])
    try SmallPolicy.randomBundle(for: SmallPolicy.manifest()).write(to: folder + "/policy")
    try files.createDirectory(
      atPath: folder + "/policy/notes", withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: folder + "/policy/notes/a.txt"))
    _ = try KeyFolder(folder + "/keys").create("robot/a")
    try files.copyItem(
      atPath: folder + "/keys/robot-a.public", toPath: folder + "/public/robot-a.public")
    try files.copyItem(
      atPath: folder + "/keys/robot-a.secret", toPath: folder + "/alone/robot-a.secret")
    try Data("{}".utf8).write(to: URL(filePath: folder + "/dataset/meta/info.json"))
    for (name, target) in [
      ("take.png", "take.sqlite"), ("weights.png", "policy/weights.safetensors"),
      ("secret.png", "keys/robot-a.secret"),
    ] {
      try files.createSymbolicLink(
        atPath: "\(folder)/link-\(name)", withDestinationPath: target)
      try files.linkItem(atPath: "\(folder)/\(target)", toPath: "\(folder)/other/\(name)")
    }
    try files.createSymbolicLink(atPath: folder + "/link-nothing", withDestinationPath: "gone")
  }

  private static let recordings = ["take.sqlite", "link-take.png", "other/take.png"]
  private static let targets =
    recordings + [
      "policy/weights.safetensors", "policy/policy.json", "policy/notes/a.txt",
      "keys/robot-a.secret", "keys/robot-a.public", "link-weights.png", "link-secret.png",
      "other/weights.png", "other/secret.png", "dataset/meta/info.json", "link-nothing",
    ]
  private static let folders = ["policy", "keys", "public", "alone"]

  /// The content of everything that is there, links as what they lead to.
  private static func contents(_ folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let path = folder + "/" + name
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
        found[name] = Data(target.utf8)
      } else if let data = FileManager.default.contents(atPath: path) {
        found[name] = data
      }
    }
    return found
  }

  @Test(arguments: lines.keys.sorted())
  func `what must stay is not written over`(line: String) throws {
    let fleet = try FleetProcesses()
    let folder = fleet.folder + "/here"
    try Self.fill(folder)
    let words = line.split(separator: " ").map(String.init)
    let rest = try #require(lines[line])
    let option = try #require(words.last)
    var targets = Self.targets + Self.folders
    if adding.contains(line) { targets.removeAll { Self.recordings.contains($0) } }
    // It goes into a folder of its own there, or is a policy's folder.
    if ["mallard keys create --folder", "mallard-train --output"].contains(line) {
      targets.removeAll { $0 == "policy" }
    }
    if rest.contains("@") { targets.append("@") }
    // The kinds of inputs: a recording, and a text that is none of what is known.
    for input in ["take.sqlite", "input.txt"] {
      try Data("orders: [[a]]\n".utf8).write(to: URL(filePath: folder + "/input.txt"))
      let before = try Self.contents(folder)
      for target in input == "take.sqlite" ? targets : targets.filter({ $0 == "@" }) {
        let path = target == "@" ? input : target
        let process = SpawnedProcess(
          CommandTree.path(of: words[0]),
          words[1..<(words.count - 1)] + rest.map { $0 == "@" ? input : $0 } + [option, path])
        process.directory = URL(filePath: folder)
        let log = "\(input)-\(target.replacing("/", with: "-"))"
        try fleet.adopt(process, log: log)
        process.waitUntilExit(60)
        let said = fleet.log(log)
        #expect(
          process.endingSignal == nil && process.terminationStatus != 0,
          "\(line) \(path): \(said)")
        #expect(
          said.contains(path),
          "\(line) \(path) is refused for another reason: \(said)")
        let after = try Self.contents(folder)
        for (name, content) in before where after[name] != content {
          Issue.record("\(line) \(path) changed \(name): \(said)")
          try content.write(to: URL(filePath: folder + "/" + name))
        }
      }
    }
  }

  @Test func `an output may be called like the command, a task or another option's value`() throws {
    let fleet = try FleetProcesses()
    try RecordedFleet.write(to: fleet.recording, seed: 2, steps: [3])
    for round in 0..<2 {
      for command in [
        small + ["--output", "sweep"], small,
        ["accelerator", "report", "--model", "robot-small", "--trace", "report"],
        ["snapshot", "--recording", fleet.recording, "--output", "snapshot"],
        small + ["--output", "robot-small"],
      ] {
        let process = SpawnedProcess(program, command)
        process.directory = URL(filePath: fleet.folder)
        let log = "\(round)-\(command.joined(separator: "-").replacing("/", with: "-"))"
        try fleet.adopt(process, log: String(log.prefix(60)))
        process.waitUntilExit(60)
        #expect(
          process.terminationStatus == 0, "\(command): \(fleet.log(String(log.prefix(60))))")
      }
    }
  }

  /// A limit on the size of files stands for a disk that is full.
  @Test func `what was there stays whole when the disk is full`() throws {
    let fleet = try FleetProcesses()
    let folder = fleet.folder + "/here"
    try FileManager.default.createDirectory(
      atPath: folder + "/sweep", withIntermediateDirectories: true)
    for (number, (command, file)) in [
      (["accelerator", "report", "--model", "robot-small", "--trace", "trace.json"], "trace.json"),
      (small + ["--output", "sweep"], "sweep/sweep.csv"),
    ].enumerated() {
      let path = folder + "/" + file
      try Data("what was there".utf8).write(to: URL(filePath: path))
      let process = SpawnedProcess(
        URL(filePath: "/bin/sh"),
        ["-c", "ulimit -f 1; exec \"$0\" \"$@\"", program.path] + command)
      process.directory = URL(filePath: folder)
      try fleet.adopt(process, log: "\(number)")
      process.waitUntilExit(60)
      let said = fleet.log("\(number)")
      #expect(
        process.terminationStatus == 1 && said.contains("\(file) cannot be written"), "\(said)")
      #expect(FileManager.default.contents(atPath: path) == Data("what was there".utf8))
    }
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder)
    #expect(left.sorted() == ["sweep", "sweep/sweep.csv", "trace.json"], "\(left)")
  }
}

// Aim: no file that a command is given, and no value of an option, ends it by a signal; nonsense is
// answered with an exit code and a sentence. Method: files that the project ships or exports, with
// numbers and bytes changed by a seed; all options that the program says it has, with numbers that no
// one means. Each is a process of its own, since a trap ends the process that it happens in.
import Foundation
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite struct DamagedFilesTests {
  private let fleet: FleetProcesses

  init() throws { fleet = try FleetProcesses() }

  /// Runs the program; where it serves until it is told to end, it is told so after `seconds`.
  private func run(_ arguments: [String], seconds: Double = 30) throws -> SpawnedProcess {
    let name = "run"
    try? FileManager.default.removeItem(atPath: fleet.folder + "/\(name).log")
    let process = try fleet.start(name, arguments)
    let deadline = Date(timeIntervalSinceNow: seconds)
    while process.isRunning, Date() < deadline { usleep(5_000) }
    if process.isRunning { process.terminate() }
    process.waitUntilExit(30)
    let log = fleet.log(name)
    #expect(process.endingSignal == nil || process.endingSignal == SIGTERM, "\(arguments)\n\(log)")
    #expect(!log.contains("Fatal error"), "\(arguments)\n\(log)")
    return process
  }

  private static let numbers = [
    "0", "-1", "1e308", "-1e308", ".nan", ".inf", "9223372036854775807", "-9223372036854775808",
    "1e-300", "", "[]", "null", "18446744073709551616", "4294967296", "0.5",
  ]

  /// A text with one of its numbers, or some of its bytes, replaced.
  private func changed(_ data: Data, _ random: inout SeededGenerator) -> Data {
    let text = String(decoding: data, as: UTF8.self)
    let places = text.matches(of: /[-+]?[0-9]+(?:\.[0-9]+)?/)
    guard data.count < 100_000, !places.isEmpty, random.chance(0.8) else {
      var bytes = [UInt8](data)
      for _ in 0..<random.integer(1...16) where !bytes.isEmpty {
        let place = random.integer(0...(bytes.count - 1))
        bytes[place] = random.one(of: [0, 0xFF, 0x7F, 0x80, UInt8(random.integer(0...255))])
      }
      return Data(random.chance(0.1) ? bytes.prefix(random.integer(0...bytes.count)) : bytes[...])
    }
    let place = random.one(of: places).range
    return Data(text.replacingCharacters(in: place, with: random.one(of: Self.numbers)).utf8)
  }

  @Test func `no accelerator or robot profile ends a command by a signal`() throws {
    var random = SeededGenerator(seed: 5)
    let machines = try FileManager.default.contentsOfDirectory(
      at: checkout.appending(path: "Policies/accelerators"), includingPropertiesForKeys: nil)
    let folder = URL(filePath: fleet.folder + "/robots")
    try FileManager.default.copyItem(at: checkout.appending(path: "Robots"), to: folder)
    let profile = folder.appending(path: "bench-arm/robot.yaml")
    let original = try Data(contentsOf: profile)
    for number in 0..<30 {
      let machine = try Data(contentsOf: random.one(of: machines))
      let path = fleet.folder + "/machine-\(number).yaml"
      try changed(machine, &random).write(to: URL(filePath: path))
      _ = try run(["accelerator", "report", "--model", "robot-small", "--machine", path])
      try changed(original, &random).write(to: profile)
      _ = try run(["robots", "list", "--robots-folder", folder.path])
    }
  }

  @Test func `no dataset ends an import by a signal`() throws {
    var random = SeededGenerator(seed: 6)
    let dataset = fleet.folder + "/dataset"
    try RecordedFleet.write(to: fleet.recording, seed: 4, steps: [5, 6])
    let made = try run(["export", "--format", "lerobot", "--output", dataset, fleet.recording])
    #expect(made.terminationStatus == 0, "\(fleet.log("run"))")
    let files = (FileManager.default.enumerator(atPath: dataset)?.allObjects as? [String] ?? [])
      .filter { ["parquet", "json"].contains(URL(filePath: $0).pathExtension) }.sorted()
    try #require(!files.isEmpty)
    for number in 0..<20 {
      let file = URL(filePath: dataset + "/" + random.one(of: files))
      let whole = try Data(contentsOf: file)
      try changed(whole, &random).write(to: file)
      _ = try run(["import", dataset, "--recording", fleet.folder + "/import-\(number).sqlite"])
      try whole.write(to: file)
    }
  }

  // MARK: Options

  private struct Help: Decodable {
    var command: Command

    struct Command: Decodable {
      var commandName: String
      var arguments: [Argument]?
      var subcommands: [Command]?
    }

    struct Argument: Decodable {
      var kind: String
      var preferredName: Name?
      var allValues: [String]?
    }

    struct Name: Decodable {
      var name: String
    }
  }

  /// What each command needs beside the option that is tried; commands that take minutes are not here.
  private var needed: [String: [String]] {
    let link = ["--connect", fleet.address]
    let recorded = ["--recording", fleet.folder + "/small.sqlite"]
    let served = ["--address", fleet.address, "--telemetry", fleet.telemetry]
    return [
      "fleet": served + ["--no-console", "--recording", fleet.recording, "--duration", "1"],
      "coordinator": served + ["--recording", fleet.recording], "robot": link,
      "operator-model": link, "replay": recorded + ["1", "--plain"],
      "export": [recorded[1], "--dry-run"], "episodes list": recorded,
      "snapshot": recorded + ["--output", fleet.folder + "/snapshot.png"],
      "study": ["--seeds", "1", "--robots", "1", "--minutes", "0.02", "--methods", "unassisted"],
    ]
  }

  @Test func `no number of an option ends a command by a signal`() throws {
    try RecordedFleet.write(to: fleet.folder + "/small.sqlite", seed: 4, steps: [5, 6])
    let asked = try run(["--experimental-dump-help"])
    #expect(asked.terminationStatus == 0)
    let help = try JSONDecoder().decode(Help.self, from: Data(fleet.log("run").utf8))
    var options: [(command: [String], option: String)] = []
    func collect(_ command: Help.Command, _ path: [String]) {
      for argument in command.arguments ?? [] where argument.kind == "option" {
        guard let name = argument.preferredName?.name, argument.allValues == nil else { continue }
        options.append((path, name))
      }
      for one in command.subcommands ?? [] { collect(one, path + [one.commandName]) }
    }
    collect(help.command, [])
    #expect(options.count > 100)
    // Files and addresses, which are texts.
    let texts: Set<String> = [
      "recording", "output", "plan", "policy", "keys", "key-file", "robots-folder", "address",
      "telemetry", "connect", "worker", "name",
    ]
    let cases = options.filter { needed[$0.command.joined(separator: " ")] != nil }
      .filter { !texts.contains($0.option) }
      .flatMap { option in Self.optionValues.map { (option, $0) } }
    var random = SeededGenerator(seed: 7)
    for ((command, option), value) in cases.shuffled(using: &random).prefix(40) {
      var arguments = needed[command.joined(separator: " ")] ?? []
      if let place = arguments.firstIndex(of: "--\(option)") {
        arguments.removeSubrange(place...(place + 1))
      }
      let process = try run(command + arguments + ["--\(option)=\(value)"], seconds: 2)
      let isRefused = process.terminationStatus != 0
      #expect(!isRefused || !fleet.log("run").isEmpty, "a refusal says why")
    }
  }

  private static let optionValues = [
    "0", "-1", "1e308", "nan", "inf", "9223372036854775807", "-9223372036854775808", "1e-300", "",
    "9223372036854775808",
  ]
}

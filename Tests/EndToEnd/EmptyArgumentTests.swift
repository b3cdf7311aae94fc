// Aim: no command takes an empty text for a name, a path or a filter: a variable that was not set would
// mean all episodes, or the current folder. Method: every option of every command, as the programs tell
// them, is given an empty text; and prefixes of episodes that fit several.
import Foundation
import MallardTesting
import Testing

@Suite struct EmptyArgumentTests {
  @Test(arguments: CommandTree.programs, ["", " ", "="])
  func `an empty text is refused with the option's name`(program: String, text: String) throws {
    let options = CommandTree.options.filter { $0.program == program }
    #expect(options.count > 10)
    let fleet = try FleetProcesses()
    for (number, option) in options.enumerated() where text.isEmpty || number % 8 == 0 {
      let given: [String]
      switch (option.name, text) {
      case (let name?, "="): given = ["--\(name)="]
      case (let name?, _): given = ["--\(name)", text]
      case (nil, "="): continue
      case (nil, _): given = [text]
      }
      let process = SpawnedProcess(CommandTree.path(of: program), option.command + given)
      let log = "\(number)"
      try fleet.adopt(process, log: log)
      process.waitUntilExit(60)
      let said = fleet.log(log)
      let expected = option.name.map { "--\($0) is empty" } ?? "is empty; give it a text"
      #expect(process.terminationStatus == 64, "\(option): \(said)")
      #expect(said.contains(expected), "\(option): \(said)")
    }
  }

  @Test func `a beginning that fits several episodes is refused, and nothing is changed`() throws {
    let fleet = try FleetProcesses()
    try RecordedFleet.write(to: fleet.recording, seed: 3, steps: [3, 3, 3])
    let before = try Data(contentsOf: URL(filePath: fleet.recording))
    let list = try fleet.start(
      "list", ["episodes", "list", "--json", "--recording", fleet.recording])
    list.waitUntilExit(60)
    struct Episode: Decodable { var id: String }
    let episodes = try JSONDecoder().decode([Episode].self, from: Data(fleet.log("list").utf8))
    let first = try #require(episodes.first?.id.first).description
    #expect(episodes.count > 1 && episodes.allSatisfy { $0.id.hasPrefix(first) })
    // All are of one session, with which their identifiers begin.
    let common = String(
      zip(episodes[0].id, episodes[1].id).prefix { $0.0 == $0.1 }.map(\.0))
    for (number, command) in [
      ["episodes", "delete", "--yes", common], ["episodes", "tag", "x", common],
      ["episodes", "mark", "failure", common], ["episodes", "show", common], ["replay", common],
    ].enumerated() {
      let process = try fleet.start(
        "\(number)", command + ["--recording", fleet.recording])
      process.waitUntilExit(60)
      #expect(process.terminationStatus != 0, "\(command)")
      #expect(fleet.log("\(number)").contains(common), "\(command): \(fleet.log("\(number)"))")
    }
    #expect(try Data(contentsOf: URL(filePath: fleet.recording)) == before)
  }
}

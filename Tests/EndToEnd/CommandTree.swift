import Foundation
import MallardTesting

/// An option or argument of a command, as the program itself tells it.
struct CommandOption: CustomStringConvertible, Sendable {
  /// The program: mallard or mallard-train.
  var program: String
  /// The command's words.
  var command: [String]
  /// The option's name, without hyphens; nil for an argument.
  var name: String?
  var help: String

  var description: String {
    ([program] + command + [name.map { "--" + $0 } ?? "an argument"]).joined(separator: " ")
  }
}

/// All commands of both programs.
enum CommandTree {
  private struct Dump: Decodable {
    struct Command: Decodable {
      struct Argument: Decodable {
        struct Name: Decodable {
          var kind: String
          var name: String
        }
        var kind: String
        var names: [Name]?
        var abstract: String?
      }
      var commandName: String
      var arguments: [Argument]?
      var subcommands: [Command]?
    }
    var command: Command
  }

  static let programs = ["mallard", "mallard-train"]

  static func path(of name: String) -> URL {
    program.deletingLastPathComponent().appending(path: name)
  }

  /// Everything that takes a value, flags left out.
  static let options: [CommandOption] = programs.flatMap { program -> [CommandOption] in
    guard let fleet = try? FleetProcesses() else { return [] }
    let process = SpawnedProcess(path(of: program), ["--experimental-dump-help"])
    guard (try? fleet.adopt(process, log: "dump")) != nil else { return [] }
    process.waitUntilExit(60)
    guard let dump = try? JSONDecoder().decode(Dump.self, from: Data(fleet.log("dump").utf8)) else {
      return []
    }
    return collect(dump.command, [], program)
  }

  private static func collect(
    _ command: Dump.Command, _ words: [String], _ program: String
  ) -> [CommandOption] {
    let own = (command.arguments ?? []).filter { $0.kind != "flag" }.map { argument in
      CommandOption(
        program: program, command: words,
        name: argument.kind == "option"
          ? argument.names?.first { $0.kind == "long" }?.name : nil,
        help: argument.abstract ?? "")
    }
    return own
      + (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap {
        collect($0, words + [$0.commandName], program)
      }
  }
}

// Aim: errors name the whole command and say in one sentence what was wrong where. Method: a small tree
// of commands, and errors that Foundation really throws.
import ArgumentParser
import CommandLineKit
import Foundation
import PlainErrors
import Testing

private struct Root: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tool", subcommands: [Things.self, Alone.self])
}

private struct Things: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "things", subcommands: [ListAll.self])
  struct ListAll: ParsableCommand {}
}

private struct Alone: ParsableCommand {}

@Suite struct ErrorTests {
  @Test func `a command's name is what is typed`() throws {
    #expect(ProcessShell.name(of: Things.ListAll.self, in: Root.self) == "tool things list-all")
    #expect(ProcessShell.name(of: Alone.self, in: Root.self) == "tool alone")
    #expect(ProcessShell.name(of: Root.self, in: Root.self) == "tool")
    // The parser agrees.
    #expect(try Root.parseAsRoot(["things", "list-all"]) is Things.ListAll)
  }

  @Test func `errors of the file system name the path, on one line`() throws {
    let missing = NSTemporaryDirectory() + "no-such-folder-\(UInt32.random(in: 0 ... .max))/x"
    let attempts: [() throws -> Void] = [
      { try Data("x".utf8).write(to: URL(filePath: missing)) },
      { _ = try Data(contentsOf: URL(filePath: missing)) },
      { _ = try String(contentsOfFile: missing, encoding: .utf8) },
      { try FileManager.default.removeItem(atPath: missing) },
      { _ = try FileManager.default.contentsOfDirectory(atPath: missing) },
      {
        try FileManager.default.createDirectory(atPath: missing, withIntermediateDirectories: false)
      },
      { try FileManager.default.moveItem(atPath: missing, toPath: missing + "2") },
      { try FileManager.default.copyItem(atPath: missing, toPath: missing + "2") },
      { _ = try FileHandle(forWritingTo: URL(filePath: missing)) },
      { _ = try FileManager.default.attributesOfItem(atPath: missing) },
    ]
    for (index, attempt) in attempts.enumerated() {
      let error = #expect(throws: (any Error).self, "\(index)") { try attempt() }
      let sentence = PlainError.sentence(try #require(error))
      #expect(sentence.contains("no-such-folder"), "\(index): \(sentence)")
      #expect(
        !sentence.contains("Domain") && !sentence.contains("\n") && !sentence.contains("UserInfo"),
        "\(index): \(sentence)")
    }
  }

  @Test func `the reason alone is the system's own`() throws {
    let error = #expect(throws: (any Error).self) {
      try FileHandle(forWritingTo: URL(filePath: "/dev/full")).write(contentsOf: Data("x".utf8))
    }
    #expect(PlainError.reason(try #require(error)) == "No space left on device")
    let missing = #expect(throws: (any Error).self) {
      try Data("x".utf8).write(to: URL(filePath: "/no-such-folder/x"))
    }
    #expect(PlainError.reason(try #require(missing)) == "No such file or directory")
  }

  @Test func `errors of decoders say which key`() throws {
    struct Thing: Decodable { var inner: Inner; struct Inner: Decodable { var size: Int } }
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Thing.self, from: Data("{\"inner\": {\"size\": \"x\"}}".utf8))
    }
    let sentence = PlainError.sentence(try #require(error))
    #expect(sentence.contains("inner.size") && sentence.contains("Int"), "\(sentence)")
  }
}

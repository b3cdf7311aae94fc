// Aim: no output takes the place of what was collected, learnt or secret, or of what is no file. Method:
// real files and folders of each kind, named directly, through links and through "..".
import ArgumentParser
import CommandLineKit
import Foundation
import Testing

@Suite final class OutputPathTests {
  private let folder = NSTemporaryDirectory() + "mallard-output-\(UInt32.random(in: 0 ... .max))"

  init() throws {
    let manager = FileManager.default
    for name in ["policy", "keys", "plain"] {
      try manager.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    let recording = Data("SQLite format 3\0".utf8) + Data(count: 100)
    for (name, data) in [
      ("take", recording), ("take.sqlite-wal", Data(count: 8)), ("old.png", Data("x".utf8)),
      ("policy/policy.json", Data("{}".utf8)), ("policy/weights.safetensors", Data("x".utf8)),
      ("keys/robot-a.secret", Data("x".utf8)), ("keys/robot-a.public", Data("x".utf8)),
      ("read.yaml", Data("x".utf8)),
    ] { try data.write(to: URL(filePath: "\(folder)/\(name)")) }
    try manager.createSymbolicLink(atPath: "\(folder)/link.png", withDestinationPath: "take")
    try manager.linkItem(atPath: "\(folder)/take", toPath: "\(folder)/hard.png")
    try manager.createSymbolicLink(atPath: "\(folder)/loop", withDestinationPath: "loop")
    _ = mkfifo("\(folder)/pipe", 0o600)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test func `what must stay is refused, with the reason`() throws {
    for (name, reason) in [
      ("take", "recording"), ("link.png", "recording"), ("hard.png", "recording"),
      ("plain/../take", "recording"), ("take.sqlite-wal", "journal"), ("policy", "policy"),
      ("policy/policy.json", "policy"), ("policy/weights.safetensors", "policy"),
      ("keys", "keys"), ("keys/robot-a.secret", "key"), ("keys/robot-a.public", "key"),
      ("loop", "symbolic links"), ("pipe", "no file"), ("take/x", "Not a directory"),
    ] {
      let error = #expect(throws: ValidationError.self, "\(name)") {
        try OutputPath("\(folder)/\(name)")
      }
      #expect("\(try #require(error))".contains(reason), "\(name): \(String(describing: error))")
    }
    for path in ["", "/dev/null", "/dev/full", "/dev/zero"] {
      #expect(throws: ValidationError.self, "\(path)") { try OutputPath(path) }
    }
  }

  @Test func `a free name, an earlier output and a plain folder are taken`() throws {
    for name in ["new.png", "old.png", "plain", "plain/new", "missing/new", "policy/new.svg"] {
      #expect(try OutputPath("\(folder)/\(name)").checked() == "\(folder)/\(name)", "\(name)")
    }
  }

  @Test func `what the command reads, and what came to be since, are refused too`() throws {
    let input = try OutputPath("\(folder)/read.yaml")
    #expect(throws: ValidationError.self) { try input.checked(besides: ["\(folder)/read.yaml"]) }
    let path = try OutputPath("\(folder)/later")
    try FileManager.default.copyItem(atPath: "\(folder)/take", toPath: "\(folder)/later")
    #expect(throws: ValidationError.self) { try path.checked() }
  }
}

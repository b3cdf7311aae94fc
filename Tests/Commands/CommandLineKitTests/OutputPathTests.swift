// Aim: no output takes the place of what was collected, learnt or secret, or of what is no file. Method:
// real files and folders of each kind, named directly, through links and through "..", and copied to
// names that say nothing.
import ArgumentParser
import CommandLineKit
import Foundation
import Testing

@Suite final class OutputPathTests {
  private let folder = NSTemporaryDirectory() + "mallard-output-\(UInt32.random(in: 0 ... .max))"

  init() throws {
    let manager = FileManager.default
    for name in ["policy/deep", "keys", "plain", "public", "set/meta"] {
      try manager.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    let recording = Data("SQLite format 3\0".utf8) + Data(count: 100)
    let contents: [(String, Data)] = [
      ("take", recording), ("take.sqlite-wal", Data(count: 8)), ("old.png", Data("x".utf8)),
      ("policy/policy.json", Data("{}".utf8)), ("policy/weights.safetensors", Data("x".utf8)),
      ("keys/robot-a.secret", Data("x".utf8)), ("keys/robot-a.public", Data("x".utf8)),
      ("read.yaml", Data("x".utf8)), ("policy/deep/a.txt", Data("x".utf8)),
      ("public/robot-a.public", Data("x".utf8)), ("set/meta/info.json", Data("{}".utf8)),
      ("set/a.bin", Data("x".utf8)),
      ("a.bin", Data("\u{4}\0\0\0\0\0\0\0{\"a\"}..".utf8)),
      ("b.bin", Data(String(repeating: "a^", count: 20).utf8)),
      ("c.bin", Data([0x37, 0x7F, 0x06, 0x82, 0, 0])),
      ("d.bin", Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0])),
      ("e.bin", Data("PAR1....".utf8)),
    ]
    for (name, data) in contents { try data.write(to: URL(filePath: "\(folder)/\(name)")) }
    try manager.createSymbolicLink(atPath: "\(folder)/link.png", withDestinationPath: "take")
    try manager.createSymbolicLink(
      atPath: "\(folder)/key.png", withDestinationPath: "keys/robot-a.secret")
    try manager.createSymbolicLink(atPath: "\(folder)/nothing", withDestinationPath: "gone")
    try manager.createSymbolicLink(atPath: "\(folder)/plain.png", withDestinationPath: "old.png")
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
      ("key.png", "key"), ("policy/deep/a.txt", "policy"), ("public", "keys"),
      ("nothing", "link to nothing"), ("a.bin", "weights"), ("b.bin", "key"), ("c.bin", "journal"),
      ("d.bin", "HDF5"), ("e.bin", "Parquet"), ("set/a.bin", "dataset"),
      ("loop", "symbolic links"), ("pipe", "no file"), ("take/x", "Not a directory"),
    ] {
      let error = #expect(throws: ValidationError.self, "\(name)") {
        try OutputPath("\(folder)/\(name)")
      }
      #expect("\(try #require(error))".contains(reason), "\(name): \(String(describing: error))")
    }
    for path in ["", " ", "/dev/null", "/dev/full", "/dev/zero"] {
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

  @Test func `what the command line names besides is not written over, named or not`() throws {
    let path = "\(folder)/read.yaml"
    let output = try OutputPath(path)
    try FileManager.default.linkItem(atPath: path, toPath: "\(folder)/alias")
    for other in [path, "\(folder)/plain/../read.yaml", "\(folder)/alias"] {
      for arguments in [["--machine", other], ["--machine=" + other], [other]] {
        #expect(throws: ValidationError.self, "\(arguments)") {
          try output.checked(arguments: ["mallard"] + arguments + ["--output", path])
        }
      }
    }
    #expect(try output.checked(arguments: ["mallard", "--output", path]) == path)
    #expect(try output.checked(arguments: ["mallard", "--output=" + path]) == path)
  }

  @Test func `a file is written whole or stays as it was`() throws {
    let manager = FileManager.default
    func text(_ name: String) -> String? {
      manager.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(folder)/old.png")
    try OutputPath("\(folder)/plain.png").write(Data("new".utf8))
    #expect(text("old.png") == "new", "through a link")
    #expect(
      try manager.attributesOfItem(atPath: "\(folder)/old.png")[.posixPermissions] as? Int == 0o640)
    #expect(try manager.destinationOfSymbolicLink(atPath: "\(folder)/plain.png") == "old.png")

    let full = "\(folder)/old.png"
    for name in ["missing/folder.png", "plain"] {
      #expect(throws: (any Error).self) {
        try OutputPath("\(folder)/\(name)").write(Data("new".utf8))
      }
    }
    #expect(manager.contents(atPath: full) == Data("new".utf8))
    let left = try manager.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".partial") }
    #expect(left.isEmpty, "\(left)")
  }

  @Test func `a recording is added to where there is one, and nothing else is`() throws {
    for name in ["take", "link.png", "new.sqlite", "hard.png"] {
      #expect(try RecordingOutput("\(folder)/\(name)").path == "\(folder)/\(name)")
    }
    for name in [
      "old.png", "plain", "take.sqlite-wal", "keys/robot-a.secret", "key.png", "nothing", "pipe",
      "policy/weights.safetensors", "take/x", "a.bin",
    ] {
      #expect(throws: ValidationError.self, "\(name)") { try RecordingOutput("\(folder)/\(name)") }
    }
  }

  @Test func `a policy goes where one is or nothing is`() throws {
    for name in ["policy", "plain", "new", "new/policy"] {
      #expect(throws: Never.self, "\(name)") { try PolicyOutput("\(folder)/\(name)") }
    }
    for name in [
      "keys", "public", "set", "old.png", "take", "policy/weights.safetensors", "nothing", "loop",
    ] {
      #expect(throws: ValidationError.self, "\(name)") { try PolicyOutput("\(folder)/\(name)") }
    }
  }
}

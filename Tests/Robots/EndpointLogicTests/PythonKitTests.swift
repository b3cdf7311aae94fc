// Aim: the Python kit is an endpoint like ours, and its folder stays what it is. Method: its own tests, run
// by its interpreter: the dialogues that the Swift endpoint plays too, the kit over real sockets, the
// generated code against the protocol's text, an installation.
import Foundation
import MallardTesting
import Testing

private let kit = checkout.appending(path: "Robots/python")
private let python = checkout.appending(path: ".dependencies/python/bin/python")

@Suite(
  .enabled(
    if: FileManager.default.fileExists(atPath: python.path),
    "make peers installs the Python peers"))
struct PythonKitTests {
  @Test func `it plays each dialogue as it is written`() throws {
    let (status, said) = try run([path(of: "dialogues.py"), dialogueFolder.path])
    #expect(
      status == 0 && said.contains("\(dialogueFiles.count) dialogues, 0 failed"), "\(said)")
  }

  @Test func `it stops its body whatever raises`() throws {
    let (status, said) = try run([path(of: "test_shell.py")])
    #expect(status == 0, "\(said)")
  }

  @Test func `the generated code in both languages is of the present protocol`() throws {
    let (status, said) = try run([path(of: "protocol.py"), checkout.path])
    #expect(status == 0, "\(said)")
  }

  @Test func `code that was generated from another text is refused`() throws {
    let folder = URL(filePath: NSTemporaryDirectory())
      .appending(path: "mallard-protocol-\(UInt32.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = "Sources/Link/Wire/mallard.proto"
    let generated = [
      "Sources/Link/Wire/Generated/mallard.pb.swift", "Robots/python/mallard_robot/mallard_pb2.py",
    ]
    for file in generated + [text] {
      let copy = folder.appending(path: file)
      try FileManager.default.createDirectory(
        at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: checkout.appending(path: file), to: copy)
    }
    #expect(try run([path(of: "protocol.py"), folder.path]).status == 0)
    let copy = folder.appending(path: text)
    let changed = try String(contentsOf: copy, encoding: .utf8)
      .replacing("message Empty {}", with: "message Empty { uint32 reason = 1; }")
    try changed.write(to: copy, atomically: true, encoding: .utf8)
    let (status, said) = try run([path(of: "protocol.py"), folder.path])
    #expect(status == 1 && said.contains("describes other messages"), "\(said)")
    for file in generated {
      #expect(said.contains("\(file) was made from another mallard.proto"), "\(said)")
    }
  }

  @Test func `installing it leaves nothing behind in its folder`() throws {
    let target = NSTemporaryDirectory() + "mallard-kit-\(UInt32.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: target) }
    let before = try contents()
    // What builds it is there already: nothing is fetched.
    let (status, said) = try run([
      "-m", "pip", "install", "--disable-pip-version-check", "--no-build-isolation", "--no-index",
      "--no-deps", "--target", target, kit.path,
    ])
    #expect(status == 0, "\(said)")
    #expect(try contents() == before)
    let installed = try FileManager.default.contentsOfDirectory(atPath: target + "/mallard_robot")
    #expect(Set(installed).isSuperset(of: ["endpoint.py", "mallard_pb2.py", "shell.py"]))
  }

  private func contents() throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: kit.path))
  }

  private func path(of script: String) -> String { kit.appending(path: "tests/\(script)").path }

  private func run(_ arguments: [String]) throws -> (status: Int32, said: String) {
    let process = SpawnedProcess(python, arguments)
    process.environment.merge(["PYTHONPATH": kit.path, "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let log = NSTemporaryDirectory() + "mallard-python-\(UInt32.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: log) }
    (process.output, process.errors) = (log, log)
    try process.run()
    process.waitUntilExit(120)
    return (process.terminationStatus, try String(contentsOfFile: log, encoding: .utf8))
  }
}

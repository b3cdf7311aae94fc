// Aim: the accelerator model keeps its own books and meets the published figures. Method: invariants
// of every network on every machine, and the tolerances that we promise.
import Accelerator
import Foundation
import MachineFiles
import Policy
import PolicyFiles
import Testing
import VisionTransformer

@Suite struct EstimateTests {
  private static let machines = ["vitality", "overlapped"]

  @Test(arguments: ["deit-tiny", "mobilevit-xxs", "levit-128s", "robot-small"])
  func `the array never beats its peak, and energy is the sum of steps and idle`(network: String)
    throws
  {
    let workload = try #require(Workload.named(network))
    for name in Self.machines {
      let estimate = try Estimate(
        workload, on: MachineFile.read("\(accelerators)/\(name).yaml"))
      #expect(estimate.utilisation > 0 && estimate.utilisation < 1)
      let steps = estimate.rows.reduce(0) { $0 + $1.picojoules }
      let idle = estimate.energy.first { $0.name == "idle clock" }?.picojoules ?? 0
      #expect(abs((steps + idle) * 1e-12 / estimate.joules - 1) < 1e-9)
    }
  }

  @Test func `published figures are met as promised`() throws {
    let workload = try #require(Workload.named("deit-small"))
    let ours = try Estimate(workload, on: MachineFile.read(accelerators + "/vitality.yaml"))
    #expect(abs(ours.gigaoperations / 2057.6 - 1) < 0.1)
    #expect(abs(ours.watts / 1.46 - 1) < 0.1)
    #expect(abs(ours.teraoperationsPerWatt / 1.25 - 1) < 0.1)
    #expect(abs(ours.squareMillimetres / 5.223 - 1) < 0.1)
    let sanger = try MachineFile.readSanger(accelerators + "/sanger.yaml").estimate(workload)
    #expect(abs(sanger.gigaoperations / 615.5 - 1) < 0.1)
    #expect(abs(sanger.teraoperationsPerWatt / 0.365 - 1) < 0.1)
    #expect(abs(ours.gigaoperations / sanger.gigaoperations / 3.34 - 1) < 0.1)
    #expect(abs(ours.teraoperationsPerWatt / sanger.teraoperationsPerWatt / 3.42 - 1) < 0.1)
  }

  @Test func `the machine beyond the paper gains what the README says, at no more area`() throws {
    let workload = try #require(Workload.named("deit-small"))
    let published = try MachineFile.read(accelerators + "/vitality.yaml")
    let beyond = try MachineFile.read(accelerators + "/overlapped.yaml")
    let before = try Estimate(workload, on: published)
    let after = try Estimate(workload, on: beyond)
    #expect(abs(Double(before.cycles) / Double(after.cycles) - 1.79) < 0.02)
    #expect(abs(before.joulesWithDRAM / after.joulesWithDRAM - 1.16) < 0.02)
    #expect(beyond.totalArea <= published.totalArea)
    // Unit energies, areas and ports are the same: only the structure differs.
    #expect(beyond.energy == published.energy && beyond.area == published.area)
    for path in Machine.ports { #expect(beyond[keyPath: path] == published[keyPath: path]) }
  }

  @Test(
    arguments: ["deit-small", "deit-tiny", "stack", "kitchen-table"], ["vitality", "overlapped"])
  func `the README's cycles are the executed ones`(network: String, machine: String) throws {
    let workload =
      try Workload.named(network)
      ?? Workload(
        PolicyBundle.readManifest(policies + "/" + network).eye.encoder, name: network)
    let machine = try MachineFile.read("\(accelerators)/\(machine).yaml")
    var digits = Array(String(try Estimate(workload, on: machine).cycles))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    let readme = try String(contentsOfFile: policies + "/../README.md", encoding: .utf8)
    #expect(readme.contains("| \(String(digits)) |"))
  }

  @Test func `pipelines and shadow registers only ever help`() throws {
    let workload = try #require(Workload.named("robot-large"))
    var machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let published = try Estimate(workload, on: machine).cycles
    machine.doubleBuffersWeights = true
    #expect(try Estimate(workload, on: machine).cycles < published)
    machine.doubleBuffersWeights = false
    machine.pipelinesWithinLayer = false
    #expect(try Estimate(workload, on: machine).cycles > published)
  }

  /// A file that says nothing of where a number comes from, or hides that it was chosen, is worth
  /// nothing.
  @Test(arguments: ["vitality", "overlapped", "systolic-softmax"])
  func `every parameter has a source`(name: String) throws {
    let machine = try MachineFile.read("\(accelerators)/\(name).yaml")
    for (key, path) in Machine.parameters {
      #expect(machine[keyPath: path].source.count > 5, "\(key)")
    }
    for key in [\Machine.rows, \.columns, \.memory.sums, \.energy.multiply, \.area.overhead] {
      #expect(machine[keyPath: key].fitted == true)
    }
  }

  @Test func `a machine that cannot be is refused with the parameter named`() throws {
    var machine = try MachineFile.read(accelerators + "/vitality.yaml")
    machine.rows.value = 0
    #expect(throws: MachineError.self) { try machine.validate() }
    machine.rows.value = 64
    #expect(throws: MachineError.noExponentials(machine: "vitality")) {
      try ProgramCompiler.compile(Workload.all[0], for: machine, algorithm: .softmax)
    }
    #expect(throws: MachineFileError.self) { try MachineFile.read("/nowhere.yaml") }
  }

  @Test(
    arguments: [
      ("  sramWords:", "  sramWord:", "unknown key \"sramWord\"; did you mean \"sramWords\"?"),
      ("name: vitality", "name: vitality\ncolour: red", "yaml:5: unknown key \"colour\""),
      ("  idle: {", "  standby: {value: 1, source: \"x\"}\n  idle: {", "unknown key \"standby\""),
      ("rows: {value: 64", "rows: {value: many", "rows"),
      ("diagonal: {value: 64", "diagonal: {value: 0", "diagonal"),
      ("name: vitality", "name: [", "cannot be built"),
    ])
  func `a machine's file with a mistake is refused with its place`(
    right: String, wrong: String, said: String
  ) throws {
    let text = try String(contentsOfFile: accelerators + "/vitality.yaml", encoding: .utf8)
    #expect(text.contains(right))
    let file = FileManager.default.temporaryDirectory.appending(path: "machine-\(UUID()).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.replacing(right, with: wrong).write(to: file, atomically: true, encoding: .utf8)
    do throws(MachineFileError) {
      _ = try MachineFile.read(file.path)
      Issue.record("read without complaint")
    } catch {
      #expect(error.description.contains(said), "\(error)")
    }
  }

  @Test func `multiplications are those of the paper's dimensions`() throws {
    let wanted = [
      "deit-tiny": (178.8, 58.1), "deit-small": (357.7, 116.2), "deit-base": (715.3, 232.4),
    ]
    for (name, counts) in wanted {
      let attentions = try #require(Workload.named(name)).attentions
      let softmax = attentions.reduce(0) { $0 + $1.softmaxMultiplications }
      let taylor = attentions.reduce(0) {
        $0 + $1.heads * 2 * $1.queries * $1.dimension * $1.dimension
      }
      #expect(abs(Double(softmax) / 1e6 - counts.0) < 0.06)
      #expect(abs(Double(taylor) / 1e6 - counts.1) < 0.06)
    }
  }
}

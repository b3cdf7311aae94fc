// Aim: the accelerator model keeps its own books and meets the published figures. Method: invariants
// of every network on every machine, and the tolerances that we promise.
import Accelerator
import Foundation
import MachineFiles
import Testing

@Suite struct EstimateTests {
  private static let machines = ["vitality", "overlapped"]

  @Test(arguments: Workload.all.map(\.name), machines)
  func `units never do two things at once, and nothing runs before its inputs`(
    network: String, machine: String
  ) throws {
    let workload = try #require(Workload.named(network))
    let simulation = Simulation(
      try Compiler.compile(workload, for: MachineFile.read("\(accelerators)/\(machine).yaml")))
    var streamed: [Accelerator.Unit: Int] = [:]
    for (operation, span) in zip(simulation.schedule.operations, simulation.spans) {
      #expect(span.start < span.end)
      // Folds of the array follow one another; only the skew of the last may hide.
      #expect(span.start >= (streamed[operation.unit] ?? 0))
      let hides =
        simulation.schedule.machine.doubleBuffersWeights && operation.unit == .general
      streamed[operation.unit] = span.end - (hides ? operation.drain : 0)
      for dependency in operation.dependencies {
        let before = simulation.spans[dependency.on]
        #expect(dependency.streams ? span.start > before.start : span.start >= before.end)
        #expect(span.end > before.end)
      }
    }
    let last = simulation.spans.map(\.end).max()
    #expect(simulation.cycles == last)
  }

  @Test(arguments: Workload.all.map(\.name))
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
    #expect(abs(ours.gigaoperations / 2057.6 - 1) < 0.05)
    #expect(abs(ours.watts / 1.46 - 1) < 0.1)
    #expect(abs(ours.teraoperationsPerWatt / 1.25 - 1) < 0.1)
    #expect(abs(ours.squareMillimetres / 5.223 - 1) < 0.1)
    let sanger = try MachineFile.readSanger(accelerators + "/sanger.yaml").estimate(workload)
    #expect(abs(sanger.gigaoperations / 615.5 - 1) < 0.1)
    #expect(abs(sanger.teraoperationsPerWatt / 0.365 - 1) < 0.1)
    #expect(abs(ours.gigaoperations / sanger.gigaoperations / 3.34 - 1) < 0.1)
    #expect(abs(ours.teraoperationsPerWatt / sanger.teraoperationsPerWatt / 3.42 - 1) < 0.1)
  }

  @Test func `the machine beyond the paper is 1.8 times as fast at no more area`() throws {
    let workload = try #require(Workload.named("deit-small"))
    let published = try MachineFile.read(accelerators + "/vitality.yaml")
    let beyond = try MachineFile.read(accelerators + "/overlapped.yaml")
    let estimate = try Estimate(workload, on: beyond)
    #expect(estimate.gigaoperations >= 1.8 * 2057.6)
    #expect(beyond.totalArea <= published.totalArea)
    // Unit energies and areas are the same: only the structure differs.
    #expect(beyond.energy == published.energy && beyond.area == published.area)
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

  @Test func `slow memory makes the array wait, and is counted`() throws {
    let workload = try #require(Workload.named("deit-tiny"))
    var machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let quick = try Estimate(workload, on: machine)
    machine.memory.dramBandwidth.value = 1
    let slow = try Estimate(workload, on: machine)
    let waited = slow.rows.reduce(0) { $0 + $1.stalls }
    #expect(waited > 1_000_000)
    #expect(slow.cycles > quick.cycles + waited / 2)
  }

  @Test func `every size and bandwidth of the machine's file changes the result`() throws {
    let workload = try #require(Workload.named("deit-small"))
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let before = try Estimate(workload, on: machine)
    let fields: [WritableKeyPath<Machine, Parameter>] = [
      \.clock, \.rows, \.columns, \.diagonal, \.accumulatorLanes, \.adderLanes, \.dividerLanes,
      \.memory.activations, \.memory.weights, \.memory.dramBandwidth, \.memory.sramWords,
    ]
    for field in fields {
      var changed = machine
      changed[keyPath: field].value /= 8
      let after = try Estimate(workload, on: changed)
      #expect(after != before, "\(field)")
    }
  }

  @Test func `sums of few tokens are taken in the cheaper order`() throws {
    let attention = Workload.Attention(queries: 16, keys: 16, dimension: 24, heads: 1)
    #expect(attention.quadraticMultiplications < attention.taylorMultiplications)
    let workload = Workload(name: "few", layers: [.init("b", .attention(attention))])
    let machine = try MachineFile.read(accelerators + "/vitality.yaml")
    let steps = Set(try Compiler.compile(workload, for: machine).operations.map(\.step))
    #expect(steps.contains("5 (Q·K̂ᵀ)V") && !steps.contains("2 G = K̂ᵀV"))
  }

  @Test func `a machine that cannot be is refused with the parameter named`() throws {
    var machine = try MachineFile.read(accelerators + "/vitality.yaml")
    machine.rows.value = 0
    #expect(throws: MachineError.self) { try machine.validate() }
    machine.rows.value = 64
    #expect(throws: MachineError.noExponentials(machine: "vitality")) {
      try Compiler.compile(Workload.all[0], for: machine, algorithm: .softmax)
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

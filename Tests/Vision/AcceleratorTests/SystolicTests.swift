// Aim: cycles of matrix products are right. Method: SCALE-Sim's (stored, and run anew where the
// package is installed), and an array simulated register by register, whose products are checked too.
import Accelerator
import Foundation
import MachineFiles
import MallardTesting
import Testing

@Suite struct SystolicTests {
  struct Run: CustomTestStringConvertible, Sendable {
    var rows: Int
    var columns: Int
    var dataflow: String
    var m: Int
    var k: Int
    var n: Int
    var cycles: Int
    var testDescription: String { "\(dataflow) \(rows)x\(columns): \(m)x\(k)x\(n)" }
  }

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  private static func parse(_ file: URL) throws -> [Run] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().compactMap {
      let parts = $0.split(separator: ",").map(String.init)
      guard parts.count == 7, let rows = Int(parts[0]), let columns = Int(parts[1]),
        let m = Int(parts[3]), let k = Int(parts[4]), let n = Int(parts[5]),
        let cycles = Int(parts[6])
      else { return nil }
      return Run(
        rows: rows, columns: columns, dataflow: parts[2], m: m, k: k, n: n, cycles: cycles)
    }
  }

  private func compare(_ runs: [Run]) throws {
    #expect(runs.count >= 30)
    for run in runs {
      // SCALE-Sim reports the index of the last cycle, counted from zero.
      let theirs = run.cycles + 1
      let ours = try run.dataflow == "ws" ? weightStationary(run) : outputStationary(run)
      #expect(ours == theirs, "\(run.testDescription)")
    }
  }

  private func weightStationary(_ run: Run) throws -> Int {
    let machine = try testMachine(rows: run.rows, columns: run.columns)
    let layer = Workload.Layer(
      "", .linear(name: "x", rows: run.m, inputs: run.k, outputs: run.n))
    let ran = ProgramRun(
      try ProgramCompiler.compile(Workload(name: "x", layers: [layer]), for: machine))
    // The array's own time: from the first weights to the last sum.
    let array = ran.spans.filter { $0.unit == .array || $0.unit == .registers }
    let start = array.map(\.start).min() ?? 0
    return (array.map(\.end).max() ?? 0) - start
  }

  private func outputStationary(_ run: Run) throws -> Int {
    var machine = try MachineFile.readSanger(accelerators + "/sanger.yaml")
    machine.rows.value = Double(run.rows)
    machine.columns.value = Double(run.columns)
    machine.denseEfficiency.value = 1
    let layer = Workload.Layer(
      "", .linear(name: "x", rows: run.m, inputs: run.k, outputs: run.n))
    return try machine.estimate(Workload(name: "x", layers: [layer])).cycles
  }

  @Test func `cycles are SCALE-Sim's, as stored`() throws {
    try compare(try Self.parse(Self.fixtures.appending(path: "scale_sim.csv")))
  }

  @Test(
    .enabled(
      if: python != nil, "SKIPPED: no Python with scalesim; `make peers` installs it from PyPI"))
  func `cycles are SCALE-Sim's, run now`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "scale-\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = SpawnedProcess(
      URL(filePath: try #require(Self.python)),
      [Self.fixtures.appending(path: "scale_sim.py").path, file.path])
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    try compare(try Self.parse(file))
  }

  @Test(arguments: [(3, 4, 5), (8, 8, 1), (5, 2, 17), (16, 16, 33)])
  func `an array of registers takes the formula's cycles and multiplies`(
    rows: Int, columns: Int, m: Int
  ) {
    var array = SystolicArray(rows: rows, columns: columns)
    for round in 0..<2 {
      let left = (0..<m).map { i in (0..<rows).map { (i * 7 + $0 * 3 + round) % 11 - 5 } }
      let right = (0..<rows).map { i in (0..<columns).map { (i * 5 + $0 * 2 + round) % 13 - 6 } }
      let (product, cycles) = array.multiply(left, right)
      let wanted = left.map { row in
        (0..<columns).map { j in (0..<rows).reduce(0) { $0 + row[$1] * right[$1][j] } }
      }
      #expect(product == wanted)
      #expect(cycles == 2 * rows + columns + m - 2)
    }
  }

  private static let python: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../..").standardizedFileURL
    let path = root.appending(path: ".dependencies/python/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    let process = SpawnedProcess(URL(filePath: path), ["-c", "import scalesim"])
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? path : nil
  }()
}

let accelerators = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../../Policies/accelerators").standardizedFileURL.path

/// The published machine with an array of another size, and memories that are never in the way.
func testMachine(rows: Int, columns: Int) throws -> Machine {
  var machine = try MachineFile.read(accelerators + "/vitality.yaml")
  machine.rows.value = Double(rows)
  machine.columns.value = Double(columns)
  for path in Machine.ports + Machine.memories { machine[keyPath: path].value = 1e6 }
  machine.memory.dramLatency.value = 0
  return machine
}

import Clocks
import CommandLineKit
import FleetSimulation
import FleetSupervisor
import Foundation
import RobotData

/// Carries out the runs of a study in processes of their own, and keeps the results: one line of
/// JSON a run. Runs whose result is there already are not carried out again.
struct StudyRunner {
  let settings: StudySettings
  let cells: [StudyCell]
  let file: String
  let jobs: Int
  let robotsFolder: String

  private(set) var results: [StudyResult] = []

  init(
    settings: StudySettings, cells: [StudyCell], file: String, jobs: Int, robotsFolder: String
  ) throws {
    self.settings = settings
    self.cells = cells
    self.file = file
    self.jobs = jobs
    self.robotsFolder = robotsFolder
    let wanted = Set(cells)
    var kept: [StudyCell: StudyResult] = [:]
    for result in Self.read(file) where result.settings == settings && wanted.contains(result.cell)
    {
      kept[result.cell] = result
    }
    results = cells.compactMap { kept[$0] }
  }

  /// The results in a file; a line that a killed program left half written is passed over.
  static func read(_ file: String) -> [StudyResult] {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(StudyResult.self, from: Data($0.utf8))
    }
  }

  /// Runs what is missing, until all is done or `isStopped`.
  ///
  /// - Returns: How many runs failed.
  mutating func run(isStopped: () -> Bool) throws -> Int {
    let done = Set(results.map(\.cell))
    var open = cells.filter { !done.contains($0) }[...]
    var running: [(cell: StudyCell, child: ChildProcess)] = []
    var failed = 0
    let began = SystemClock.now
    let before = results.count
    defer { ChildProcess.stop(running.map(\.child), patience: 2) }
    while !isStopped(), !open.isEmpty || !running.isEmpty {
      while running.count < jobs, let cell = open.popFirst() {
        running.append((cell, try start(cell)))
      }
      for (index, one) in running.enumerated().reversed() where !one.child.isRunning {
        running.remove(at: index)
        guard let result = try keep(one.child, of: one.cell) else {
          failed += 1
          continue
        }
        results.append(result)
        report(result, remaining: open.count + running.count)
      }
      show(began, fresh: results.count - before, running: running.count, open: open.count)
      usleep(50_000)
    }
    Terminal.progress("")
    return failed
  }

  private func start(_ cell: StudyCell) throws -> ChildProcess {
    let job = StudyJob(settings: settings, cell: cell, robotsFolder: robotsFolder)
    let text = String(decoding: try JSONEncoder().encode(job), as: UTF8.self)
    let name = "\(cell.method), \(cell.robots) robots, seed \(cell.seed)"
    let child = ChildProcess(
      name: name, program: Places.executable, arguments: ["study", "--worker", text],
      capturesOutput: true)
    try child.start()
    return child
  }

  /// Appends a run's line to the file.
  private func keep(_ child: ChildProcess, of cell: StudyCell) throws -> StudyResult? {
    let output = child.readOutput()
    guard child.exitCode == 0,
      let result = try? JSONDecoder().decode(StudyResult.self, from: output)
    else {
      Terminal.say("\(child.name): ended without a result")
      return nil
    }
    try FileManager.default.createDirectory(
      at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    if !FileManager.default.fileExists(atPath: file) {
      try Data().write(to: URL(filePath: file))
    }
    let isWhole = try Data(contentsOf: URL(filePath: file)).last.map { $0 == 0x0A } ?? true
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    defer { try? handle.close() }
    try handle.seekToEnd()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A line that was half written before is ended first.
    let line =
      Data((isWhole ? "" : "\n").utf8) + (try encoder.encode(result)) + Data("\n".utf8)
    try handle.write(contentsOf: line)
    return result
  }

  private func report(_ result: StudyResult, remaining: Int) {
    let measures = result.measures
    Terminal.say(
      "\(result.cell.method), \(result.cell.robots) robot(s), seed \(result.cell.seed): "
        + "\(measures.demonstrations) demonstrations, \(measures.failures) failures, busy "
        + String(
          format: "%.0f %%, idle %.0f %%", 100 * measures.operatorBusyShare,
          100 * measures.idleShare)
        + String(format: " (%.1f s; %d to go)", result.wallSeconds, remaining))
  }

  private func show(_ began: FleetInstant, fresh: Int, running: Int, open: Int) {
    let seconds = (SystemClock.now - began).inSeconds
    let left = Double(running + open)
    let estimate =
      fresh > 0 ? String(format: "%.0f s left", seconds / Double(fresh) * left) : "…"
    Terminal.progress(
      "\(results.count)/\(results.count + running + open) runs, \(running) running, \(estimate)")
  }
}

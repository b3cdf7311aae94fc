import ArgumentParser
import CPlainInserts
import Clocks
import CommandLineKit
import Foundation
import RecordingStore
import RobotData
import Synchronization

struct BenchRecordingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recording",
    abstract: "Rows and bytes a second of the recorder, beside a plain loop of SQLite in C.",
    discussion: """
      Both insert the same rows into the same tables, with the same durability and as many steps \
      in a transaction; the loop in C binds values that lie ready and sums nothing up. With \
      --robots, a fleet's load is recorded at its rate instead, everything that was acknowledged \
      is looked for in the file, and memory is told as it went.

        mallard bench recording
        mallard bench recording --robots 64 --rate 20 --seconds 600
      """)

  @Option(help: "Steps to record, each with one picture.")
  var steps = 20_000

  @Option(help: "Repetitions, in turns; medians count.")
  var repetitions = 3

  @Option(help: "Bytes of each picture; 27648 is 96x96 without compression.")
  var pictureBytes = 4_000

  @Option(help: "This many robots at their rate, instead of as fast as it goes.")
  var robots: Int?

  @Option(help: "Their control rate, Hz.")
  var rate = 20.0

  @Option(help: "For so long.")
  var seconds = 60.0

  @Option(
    help: "Where to write. [default: a folder beside the recordings]", transform: OutputPath.init)
  var folder: OutputPath?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...1_000_000_000).contains(steps), repetitions > 0, (1...1 << 20).contains(pictureBytes)
    else {
      throw ValidationError(
        "--steps, --repetitions and --picture-bytes (at most 1048576) are 1 or more")
    }
    if let robots, !(1...1_024).contains(robots) {
      throw ValidationError("--robots is \(robots); 1 to 1024 are allowed")
    }
    guard rate > 0, seconds > 0 else { throw ValidationError("--rate and --seconds are above 0") }
  }

  func run() throws {
    let folder = try (self.folder ?? .derived("Recordings"))
      .file("bench-\(UInt32.random(in: 0 ... .max))").folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    if let robots {
      let fleet = RecordingBenchFleet(
        robots: robots, rate: rate, seconds: seconds, pictureBytes: pictureBytes,
        path: folder + "/fleet.sqlite")
      let report = try fleet.run()
      if json { try Terminal.result(json: report) } else { Terminal.result(report.text) }
      guard report.isWhole else { throw ExitCode.failure }
    } else {
      try compare(in: folder)
    }
  }

  // MARK: As fast as it goes

  private struct Row: Encodable {
    var writer: String
    var seconds: Double
    var rowsPerSecond: Double
    var megabytesPerSecond: Double
  }

  private struct Comparison: Encodable {
    var steps: Int
    var pictureBytes: Int
    var rows: [Row]
    var ratio: Double
  }

  private func compare(in folder: String) throws {
    var ours: [Double] = []
    var plain: [Double] = []
    var bytes = 0
    // One pair more, which warms the disk's and the allocator's caches and is not counted.
    for round in 0...repetitions {
      Terminal.progress("round \(round) of \(repetitions)")
      let mine = try record(folder + "/recorder-\(round).sqlite")
      let theirs = try insert(folder + "/plain-\(round).sqlite")
      bytes = mine.bytes
      guard round > 0 else { continue }
      ours.append(mine.seconds)
      plain.append(theirs)
    }
    let rows = [("mallard's recorder", ours.median), ("plain C", plain.median)].map { name, time in
      Row(
        writer: name, seconds: time, rowsPerSecond: Double(2 * steps) / time,
        megabytesPerSecond: Double(bytes) / 1e6 / time)
    }
    let result = Comparison(
      steps: steps, pictureBytes: pictureBytes, rows: rows, ratio: plain.median / ours.median)
    if json { return try Terminal.result(json: result) }
    Terminal.progress("")
    Terminal.result(
      "\(steps) steps with a picture of \(pictureBytes) bytes each, "
        + "medians of \(repetitions)\n")
    Terminal.result(
      PlainText.table(
        [["writer", "s", "rows/s", "MB/s"]]
          + rows.map { row in
            [
              row.writer, String(format: "%.3f", row.seconds),
              String(format: "%.0f", row.rowsPerSecond),
              String(format: "%.1f", row.megabytesPerSecond),
            ]
          }))
    Terminal.result(String(format: "\nratio       %.2f of plain C", result.ratio))
  }

  private func record(_ path: String) throws -> (seconds: Double, bytes: Int) {
    let load = try RecordingLoad(pictureBytes: pictureBytes, session: SessionID(1), rate: rate)
    // What a coordinator has at hand when it offers a step is made before the clock starts.
    let entries = try (0..<steps).map { number in
      try load.step(
        number % RecordingLoad.episodeSteps,
        of: EpisodeID(
          session: load.session, ordinal: UInt32(number / RecordingLoad.episodeSteps + 1)),
        robot: "arm-1", number: number)
    }
    let start = SystemClock.now
    let recorder = try load.recorder(path)
    for entry in entries {
      while !recorder.offer(entry) { usleep(500) }
    }
    let lost = recorder.close(patience: 600)
    let seconds = (SystemClock.now - start).inSeconds
    let counts = try RecordingReader(path: path).counts()
    guard lost == 0, counts.steps == steps, counts.pictures == steps else {
      throw BenchLoss(wanted: steps, found: counts.steps)
    }
    return (seconds, counts.bytes)
  }

  private func insert(_ path: String) throws -> Double {
    let load = try RecordingLoad(pictureBytes: pictureBytes, session: SessionID(1), rate: rate)
    // The tables and the session.
    _ = try load.recorder(path).close()
    var seconds = 0.0
    let objects = try JSONEncoder().encode(
      RecordingLoad.objects.map { Described(name: $0.name, pose: $0.pose) })
    let code = load.noise.withUnsafeBufferPointer { noise in
      load.session.description.withCString { session in
        String(decoding: objects, as: UTF8.self).withCString { objects in
          var plain = plain_inserts_load(
            steps: steps, episode_steps: Int32(RecordingLoad.episodeSteps), group: 512,
            picture_bytes: Int32(pictureBytes), noise: noise.baseAddress, noise_bytes: noise.count,
            session: session, objects: objects)
          return plain_inserts_run(path, &plain, &seconds)
        }
      }
    }
    let counts = try RecordingReader(path: path).counts()
    guard code == 0, counts.steps == steps, counts.pictures == steps else {
      throw BenchLoss(wanted: steps, found: counts.steps)
    }
    return seconds
  }

  private struct Described: Encodable {
    var name: String
    var pose: [Double]

    init(name: String, pose: Pose) {
      self.name = name
      self.pose = pose.position.components + pose.orientation.components
    }
  }
}

/// Steps that are not in the file.
struct BenchLoss: Error, CustomStringConvertible {
  var wanted: Int
  var found: Int
  var description: String { "\(wanted) steps were recorded, \(found) are in the file" }
}

import ArgumentParser
import CommandLineKit
import Foundation
import Numbers

struct BenchExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Pictures a second of `mallard export`, beside LeRobot's own writer.",
    discussion: """
      Both write the same frames of a generated recording, turn by turn, as images and as video; \
      the median of the rounds counts. LeRobot is given decoded pictures; ours reads the \
      recording, decodes what it must, and syncs the dataset to the disk. `make dataset-peers` \
      installs LeRobot.

      With --generate-gigabytes a recording of that size is written and exported once more: the \
      peak of memory must not grow with it.
      """)

  @Option(help: "Episodes of the recording that both write.")
  var episodes = 4

  @Option(help: "Steps of each episode; every step has two pictures.")
  var steps = 300

  @Option(help: "Width and height of the pictures.")
  var side = 96

  @Option(help: "Rounds.")
  var rounds = 3

  @Flag(help: "Leave LeRobot out.")
  var withoutPeers = false

  @Option(help: "Also export a generated recording of this many gigabytes, to show memory.")
  var generateGigabytes: Double?

  @Flag(help: "Print JSON.")
  var json = false

  struct Row: Encodable {
    var writer: String
    var pictures: String
    var count: Int
    var recordingBytes: Int
    var picturesPerSecond: Double
    var ratioToLeRobot: Double?
    var peakMemoryBytes: Int
  }

  func validate() throws {
    guard (1...100_000).contains(episodes), (1...1_000_000).contains(steps),
      (8...4_096).contains(side), rounds > 0
    else {
      throw ValidationError(
        "--episodes is 1 to 100000, --steps 1 to 1000000, --side 8 to 4096, --rounds 1 or more")
    }
    if let generateGigabytes, !(0.001...10_000).contains(generateGigabytes) {
      throw ValidationError(
        "--generate-gigabytes is \(generateGigabytes); 0.001 to 10000 are allowed")
    }
  }

  func run() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "mallard-bench-export-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bench = ExportBench(folder: folder, python: withoutPeers ? nil : try Self.python())
    var rows = try sideBySide(bench)
    if let generateGigabytes { rows += try large(bench, generateGigabytes) }
    if json { return try Terminal.result(json: rows) }
    Terminal.result(Self.table(rows))
  }

  private func sideBySide(_ bench: ExportBench) throws -> [Row] {
    let recording = bench.folder + "/small.sqlite"
    try GeneratedRecording(episodes: episodes, stepsOfEpisode: steps, side: side)
      .write(to: recording) { _ in true }
    return try ["images", "video"].flatMap { mode in
      var ours: [ExportBench.Run] = []
      var theirs: [ExportBench.Run] = []
      for round in 1...max(rounds, 1) {
        Terminal.progress("\(mode), round \(round) of \(rounds)")
        ours.append(try bench.exportOnce(recording, mode))
        if let run = try bench.writeWithLeRobot(recording, mode) { theirs.append(run) }
      }
      let our = ExportBench.median(ours)
      let peer = theirs.isEmpty ? nil : ExportBench.median(theirs)
      func row(_ writer: String, _ run: ExportBench.Run, _ ratio: Double?) -> Row {
        Row(
          writer: writer, pictures: mode, count: run.pictures,
          recordingBytes: bench.size(of: recording), picturesPerSecond: run.picturesPerSecond,
          ratioToLeRobot: ratio, peakMemoryBytes: run.peakMemoryBytes)
      }
      let ratio = peer.map { our.picturesPerSecond / $0.picturesPerSecond }
      return [row("mallard export", our, ratio)] + (peer.map { [row("lerobot", $0, nil)] } ?? [])
    }
  }

  private func large(_ bench: ExportBench, _ gigabytes: Double) throws -> [Row] {
    let recording = bench.folder + "/large.sqlite"
    let limit = Int(saturating: gigabytes * 1e9)
    try GeneratedRecording(episodes: 10_000_000, stepsOfEpisode: 500, side: side)
      .write(to: recording, upTo: limit) { bytes in
        Terminal.progress("recording: \(PlainText.bytes(bytes)) of \(PlainText.bytes(limit))")
        return true
      }
    return try ["images", "video"].map { mode in
      Terminal.progress("\(mode) of \(PlainText.bytes(bench.size(of: recording)))")
      let run = try bench.exportOnce(recording, mode)
      return Row(
        writer: "mallard export", pictures: mode, count: run.pictures,
        recordingBytes: bench.size(of: recording), picturesPerSecond: run.picturesPerSecond,
        ratioToLeRobot: nil, peakMemoryBytes: run.peakMemoryBytes)
    }
  }

  private static func python() throws -> String {
    let path = Places.datasetPeers + "/bin/python"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw ExportBench.Failure(
        description: "LeRobot is not installed (\(path)): run `make dataset-peers`, or give "
          + "--without-peers")
    }
    return path
  }

  private static func table(_ rows: [Row]) -> TextBlock {
    let head = [
      "writer", "pictures", "recording", "count", "pictures/s", "of lerobot's", "peak memory",
    ]
    return PlainText.table(
      [head]
        + rows.map { row in
          [
            row.writer, row.pictures, PlainText.bytes(row.recordingBytes), "\(row.count)",
            String(format: "%.0f", row.picturesPerSecond),
            row.ratioToLeRobot.map { String(format: "%.1fx", $0) } ?? "",
            PlainText.bytes(row.peakMemoryBytes),
          ]
        })
  }
}

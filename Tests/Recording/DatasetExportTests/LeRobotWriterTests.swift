// Aim: a LeRobotDataset that the real `lerobot` loads holds what was recorded, to the last bit where
// the format carries that; interrupted exports go on to the same bytes; nothing is half there.
// Method: random episodes through a real recording, the exporter, and Peers/lerobot_check.py, which
// compares with the recording through Python's own sqlite3.
import DatasetExport
import Datasets
import Foundation
import ImageCodecs
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite struct LeRobotWriterTests {
  private struct Report: Decodable {
    var failures: [String]
    var episodes: Int?
    var steps: Int?
    var pictures: Int?
    var meanError: Double?
    var worstError: Double?
  }

  private let options = ExportOptions(software: "mallard test")

  private func export(
    _ recording: String, _ pictures: LeRobotPictures, to output: String, volumeBytes: Int = 1 << 20,
    stopAfter: Int = .max
  ) throws -> ExportSummary {
    let readers = [try RecordingReader(path: recording)]
    let planned = try ExportPlanner(readers, options).plan()
    let writer = try LeRobotWriter(pictures: pictures, volumeBytes: volumeBytes)
    return try DatasetExporter(readers, options).run(
      planned, with: writer, format: writer.format, to: output
    ) { $0.steps - $0.resumedSteps < stopAfter }
  }

  @Test(
    .enabled(if: DatasetPeers.areInstalled, "make dataset-peers"),
    arguments: LeRobotPictures.allCases)
  func `lerobot loads every value that was recorded`(pictures: LeRobotPictures) throws {
    let folder = try TemporaryFolder()
    let recording = folder.path + "/a.sqlite"
    // Several volumes: the first ones are checkpoints.
    let counts = [40, 130, 1 + 30, 25]
    try RecordedFleet.write(to: recording, seed: 11, steps: counts)
    // In folders that are not there yet, as people name them.
    let output = folder.path + "/datasets/today/lerobot"
    _ = try export(recording, pictures, to: output, volumeBytes: 60_000)
    let script = try String(contentsOf: LeRobotWriterTests.script, encoding: .utf8)
    let data: Data
    do {
      data = try DatasetPeers.run(script, [recording, output])
    } catch let failure as DatasetPeers.Failure {
      Issue.record("\(failure)")
      return
    }
    let start = try #require(data.firstIndex(of: UInt8(ascii: "{")))
    let report = try JSONDecoder().decode(Report.self, from: data[start...])
    #expect(report.failures.isEmpty, "\(report.failures)")
    #expect(report.episodes == 4 && report.steps == counts.reduce(0, +))
    #expect((report.pictures ?? 0) > counts.reduce(0, +))
    let worst = try #require(report.worstError)
    // AV1 of pictures with noise; images are what was recorded.
    #expect(pictures == .images ? worst == 0 : worst < 25)
  }

  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Peers/lerobot_check.py")

  @Test(arguments: LeRobotPictures.allCases)
  func `an interrupted export continues to the same bytes`(pictures: LeRobotPictures) throws {
    let folder = try TemporaryFolder()
    let recording = folder.path + "/a.sqlite"
    try RecordedFleet.write(to: recording, seed: 3, steps: [20, 30, 25, 15, 40])
    let volumeBytes = 8_000
    let whole = try export(
      recording, pictures, to: folder.path + "/whole", volumeBytes: volumeBytes)
    #expect(whole.resumedEpisodes == 0 && whole.steps == 130)
    let output = folder.path + "/parts"
    var resumed = 0
    for stop in [7, 35, 30] {
      #expect(throws: ExportError.self) {
        try export(recording, pictures, to: output, volumeBytes: volumeBytes, stopAfter: stop)
      }
      #expect(!FileManager.default.fileExists(atPath: output))
    }
    let last = try export(recording, pictures, to: output, volumeBytes: volumeBytes)
    resumed = last.resumedEpisodes
    #expect(resumed > 0)
    #expect(try Self.content(folder.path + "/whole") == Self.content(output))
    #expect(!FileManager.default.fileExists(atPath: output + ".partial"))
  }

  static func content(_ path: String) throws -> [String: Data] {
    var content: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      content[name] = FileManager.default.contents(atPath: path + "/" + name)
    }
    return content
  }

  @Test func `what is there already is not replaced, and another export's rest is not taken up`()
    throws
  {
    let folder = try TemporaryFolder()
    let recording = folder.path + "/a.sqlite"
    try RecordedFleet.write(to: recording, seed: 4, steps: [20, 20])
    let output = folder.path + "/dataset"
    _ = try export(recording, .images, to: output)
    let before = try Self.content(output)
    #expect(throws: ExportError.outputExists(path: output)) {
      try export(recording, .video, to: output)
    }
    #expect(try Self.content(output) == before)
    let other = folder.path + "/other"
    #expect(throws: ExportError.self) {
      try export(recording, .images, to: other, stopAfter: 5)
    }
    #expect(throws: ExportError.otherExport(path: other + ".partial")) {
      try export(recording, .video, to: other)
    }
    _ = try export(recording, .images, to: other)
    #expect(throws: ExportError.self) {
      try export(recording, .images, to: recording + "/below/a/file")
    }
  }

  @Test func `robots that differ are told apart, with the difference`() throws {
    let folder = try TemporaryFolder()
    try RecordedFleet.write(to: folder.path + "/a.sqlite", seed: 5, steps: [10])
    try RecordedFleet.write(to: folder.path + "/b.sqlite", seed: 6, steps: [10], rate: 30)
    let readers = try ["a", "b"].map { try RecordingReader(path: folder.path + "/\($0).sqlite") }
    #expect {
      try ExportPlanner(readers, options).plan()
    } throws: {
      "\($0)".contains("is 30.0 Hz, not 20.0 Hz") || "\($0)".contains("is 20.0 Hz, not 30.0 Hz")
    }
    // Twice the same recording is once.
    let twice = try ExportPlanner([readers[0], readers[0]], options).plan()
    #expect(twice.plan.episodes.count == 1 && twice.refusals == [.duplicate: 1])
    var none = options
    none.filter.robots = ["no-robot"]
    #expect { try ExportPlanner(readers, none).plan() } throws: { "\($0)".contains("2 robot") }
  }
}

// Aim: what a dataset is follows from all of its content: two days of recordings are two, the same files
// are one, wherever and whenever they lie. Method: datasets of others whose names, lengths and first
// actions are equal, with one value changed at a time; copies of them under other names and dates.
import DatasetExport
import DatasetImport
import Datasets
import Foundation
import HDF5Files
import MallardTesting
import RecordingStore
import RobotData
import Testing

/// A file as robomimic's users have it, with one value that can be changed.
private enum ForeignFile {
  /// Which value is another.
  enum Change: String, CaseIterable {
    case none, lastAction, observation, pixel, reward, state, unread, order
  }

  static func write(_ path: String, _ change: Change) throws {
    let file = try HDF5File.create(path)
    let data = try file.root.createGroup("data")
    try data.attributes.set(
      "env_args", #"{"env_name":"Lift","type":1,"env_kwargs":{"control_freq":20}}"#)
    for demo in 0..<2 {
      let group = try data.createGroup("demo_\(demo)")
      let content = change == .order ? 1 - demo : demo
      try add(group, demo: content, change)
    }
    try file.close()
  }

  private static func add(_ group: HDF5Group, demo: Int, _ change: Change) throws {
    let steps = 6
    let isChanged = demo == 1
    func numbers(_ name: String, _ width: Int, _ own: Change, in group: HDF5Group) throws {
      var values = (0..<(steps * width)).map { Double($0 + demo) / 100 }
      if isChanged && own == change { values[steps * width - 1] += 0.25 }
      let dataset = try group.createDataset(
        name, of: .float64, rowShape: [width], chunkRows: 4, capacity: steps, compression: nil)
      try dataset.append(values)
    }
    try group.attributes.set("num_samples", steps)
    try numbers("actions", 7, .lastAction, in: group)
    try numbers("states", 5, .state, in: group)
    try numbers("rewards", 1, .reward, in: group)
    try numbers("another", 3, .unread, in: group)
    let seen = try group.createGroup("obs")
    try numbers("robot0_eef_pos", 3, .observation, in: seen)
    var pixels = [UInt8](repeating: UInt8(demo), count: steps * 4 * 4 * 3)
    if isChanged && change == .pixel { pixels[pixels.count - 1] += 1 }
    let pictures = try seen.createDataset(
      "front_image", of: .uint8, rowShape: [4, 4, 3], chunkRows: 2, capacity: steps,
      compression: 1)
    try pictures.append(pixels)
  }
}

@Suite struct ContentIdentityTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func setDate(_ path: String, _ seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: path)
  }

  @Test(arguments: ForeignFile.Change.allCases)
  private func `one value makes another dataset of robomimic's`(change: ForeignFile.Change) throws {
    let (first, second) = (folder.path + "/a.hdf5", folder.path + "/b.hdf5")
    try ForeignFile.write(first, .none)
    try ForeignFile.write(second, change)
    try setDate(second, 1_600_000_000)
    let importer = DatasetImporter(recording: folder.path + "/a.sqlite")
    let before = try importer.run(DatasetReaders.open(first))
    #expect(before.episodes == 2 && before.leftOut == ["another"])
    let after = try importer.run(DatasetReaders.open(second))
    #expect(after.episodes == (change == .none ? 0 : 2))
    #expect(after.present == (change == .none ? 2 : 0))
    // The same holds for two recordings that are merged.
    let alone = folder.path + "/b.sqlite"
    _ = try DatasetImporter(recording: alone).run(DatasetReaders.open(second))
    let merged = folder.path + "/merged.sqlite"
    _ = try RecordingMerge.run([folder.path + "/a.sqlite", alone], into: merged)
    #expect(try RecordingReader(path: merged).episodes().count == (change == .none ? 2 : 4))
  }

  /// A LeRobotDataset without what Mallard says of its own.
  private func makeLeRobot(_ name: String, seed: UInt64) throws -> String {
    let recording = folder.path + "/\(name).sqlite"
    try RecordedFleet.write(to: recording, seed: seed, steps: [12, 20])
    let options = ExportOptions(software: "mallard test")
    let readers = [try RecordingReader(path: recording)]
    let writer = try LeRobotWriter(pictures: .images, volumeBytes: 50_000)
    let output = folder.path + "/" + name
    _ = try DatasetExporter(readers, options).run(
      ExportPlanner(readers, options).plan(), with: writer, format: writer.format, to: output)
    let info = output + "/meta/info.json"
    let text = try String(contentsOfFile: info, encoding: .utf8)
    try text.replacing("\"mallard\"", with: "\"once\"").write(
      toFile: info, atomically: true, encoding: .utf8)
    return output
  }

  @Test func `two days are two LeRobotDatasets, and a copy is none`() throws {
    let (first, second) = (
      try makeLeRobot("one", seed: 3), try makeLeRobot("two", seed: 4)
    )
    // Only the steps differ.
    for name in ["info.json", "stats.json"] {
      let file = "/meta/" + name
      try? FileManager.default.removeItem(atPath: second + file)
      if FileManager.default.fileExists(atPath: first + file) {
        try FileManager.default.copyItem(atPath: first + file, toPath: second + file)
      }
    }
    let importer = DatasetImporter(recording: folder.path + "/all.sqlite")
    let summary = try importer.run(DatasetReaders.open(first))
    #expect(summary.episodes == 2 && summary.leftOut.contains("author"))
    #expect(try importer.run(DatasetReaders.open(second)).episodes == 2)
    let copy = folder.path + "/elsewhere"
    try FileManager.default.copyItem(atPath: first, toPath: copy)
    try setDate(copy + "/meta/info.json", 1_600_000_000)
    try Data("read me".utf8).write(to: URL(filePath: copy + "/README.md"))
    let again = try importer.run(DatasetReaders.open(copy))
    #expect(again.episodes == 0 && again.present == 2)
    #expect(try RecordingReader(path: folder.path + "/all.sqlite").episodes().count == 4)
  }
}

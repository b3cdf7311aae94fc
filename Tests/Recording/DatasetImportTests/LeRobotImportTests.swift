// Aim: a recording that was exported for LeRobot comes back as it was, and datasets that others wrote
// with the real `lerobot` are recorded. Method: random episodes through recording, export and import,
// compared step by step; `lerobot` itself writes the foreign ones.
import DatasetExport
import DatasetImport
import Foundation
import ImageCodecs
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite struct LeRobotImportTests {
  private func export(
    _ recording: String, _ pictures: LeRobotPictures, to output: String
  ) throws {
    let options = ExportOptions(software: "mallard test")
    let readers = [try RecordingReader(path: recording)]
    let planned = try ExportPlanner(readers, options).plan()
    let writer = try LeRobotWriter(pictures: pictures, volumeBytes: 50_000)
    _ = try DatasetExporter(readers, options).run(
      planned, with: writer, format: writer.format, to: output)
  }

  private func steps(_ reader: RecordingReader, _ episode: String) throws -> [RecordedStep] {
    var steps: [RecordedStep] = []
    try reader.scan(episode) { steps.append($0) }
    return steps
  }

  @Test(arguments: LeRobotPictures.allCases)
  func `what was exported comes back as it was recorded`(pictures: LeRobotPictures) throws {
    let folder = try TemporaryFolder()
    let recording = folder.path + "/a.sqlite"
    try RecordedFleet.write(to: recording, seed: 21, steps: [30, 45, 12, 70])
    let before = try RecordingReader(path: recording)
    let tagged = try #require(try before.episodeRows().first?.id)
    let editor = try RecordingEditor(path: recording, person: "ann")
    try editor.add(EpisodeTag("good"), to: tagged)
    try editor.add(EpisodeTag("keep"), to: tagged)
    try export(recording, pictures, to: folder.path + "/dataset")
    let again = folder.path + "/b.sqlite"
    let summary = try DatasetImporter(recording: again).run(
      try DatasetReaders.open(folder.path + "/dataset"))
    #expect(summary.episodes == 4 && summary.steps == 157)
    let after = try RecordingReader(path: again)
    #expect(try after.episodeRows() == before.episodeRows())
    #expect(try after.counts().handovers == before.counts().handovers)
    #expect(try after.counts().pictures == before.counts().pictures)
    for row in try before.episodeRows() {
      #expect(try after.session(row.session) == before.session(row.session))
      #expect(try after.handoverRows(of: row.id) == before.handoverRows(of: row.id))
      #expect(
        try after.description(ofRobotIn: row.id) == before.description(ofRobotIn: row.id))
      let (found, wanted) = (try steps(after, row.id), try steps(before, row.id))
      try #require(found.count == wanted.count)
      for (found, wanted) in zip(found, wanted) { try compare(found, wanted, pictures) }
    }
    // Nothing is recorded twice.
    let repeated = try DatasetImporter(recording: again).run(
      try DatasetReaders.open(folder.path + "/dataset"))
    #expect(repeated.episodes == 0 && repeated.present == 4)
  }

  private func compare(
    _ found: RecordedStep, _ wanted: RecordedStep, _ pictures: LeRobotPictures
  ) throws {
    var (bare, same) = (found, wanted)
    (bare.frames, same.frames) = ([], [])
    #expect(bare == same)
    try #require(found.frames.map(\.camera) == wanted.frames.map(\.camera))
    guard pictures == .video else {
      #expect(found.frames == wanted.frames)
      return
    }
    let codec = try CameraFrameCodec()
    for (found, wanted) in zip(found.frames, wanted.frames) {
      let (ours, theirs) = (try codec.decode(found).rgb, try codec.decode(wanted).rgb)
      let sum = zip(ours, theirs).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
      #expect((sum / Double(ours.count)).squareRoot() < 25)
    }
  }

  @Test(
    .enabled(if: DatasetPeers.areInstalled, "make dataset-peers"), arguments: ["image", "video"])
  func `a dataset that lerobot wrote is recorded`(mode: String) throws {
    let folder = try TemporaryFolder()
    let root = folder.path + "/foreign"
    _ = try DatasetPeers.run(Self.foreign, [root, mode])
    let recording = folder.path + "/a.sqlite"
    let summary = try DatasetImporter(recording: recording).run(try DatasetReaders.open(root))
    #expect(summary.episodes == 3 && summary.steps == 63 && summary.pictures == 63)
    let reader = try RecordingReader(path: recording)
    let codec = try CameraFrameCodec()
    for (index, row) in try reader.episodeRows().enumerated() {
      #expect(row.task == (index == 1 ? "Put-it-down-" : "Pick-it-up-"))
      #expect(row.outcome == "success")
      let description = try #require(try reader.description(ofRobotIn: row.id))
      #expect(description.joints == ["shoulder", "elbow"] && description.rate == 10)
      #expect(description.task.instruction == (index == 1 ? "Put it down!" : "Pick it up!"))
      let steps = try steps(reader, row.id)
      try #require(steps.count == 20 + index)
      for (place, step) in steps.enumerated() {
        let number = Double(Float(Double(index) + Double(place) / 100))
        #expect(step.proprioception.jointPositions == [number, -number])
        #expect(step.requestedAction.twist.linear.x == number)
        #expect(step.requestedAction.gripper == (place < 10 ? .open : .close))
        let rgb = try codec.decode(try #require(step.frames.first)).rgb
        let red = Double(rgb[3 * (40 * 96 + 40)])
        // Within the codec's error in a video, to the bit in an image.
        #expect(abs(red - Double(40 + 5 * place)) <= (mode == "image" ? 0 : 12), "\(place): \(red)")
      }
    }
  }

  private static let foreign = """
    import sys
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    root, mode = sys.argv[1:3]
    dataset = LeRobotDataset.create("some/body", 10, {
        "observation.state": {"dtype": "float32", "shape": (2,), "names": ["shoulder", "elbow"]},
        "action": {"dtype": "float32", "shape": (7,), "names": None},
        "observation.images.top": {
            "dtype": mode, "shape": (96, 96, 3), "names": ["height", "width", "channels"]},
    }, root=root, robot_type="so100", use_videos=mode == "video")
    for episode in range(3):
        for step in range(20 + episode):
            number = episode + step / 100
            picture = np.zeros((96, 96, 3), np.uint8)
            picture[:, :, 0] = 40 + 5 * step
            action = np.zeros(7, np.float32)
            action[0], action[6] = number, 1 if step < 10 else -1
            dataset.add_frame({
                "observation.state": np.float32([number, -number]), "action": action,
                "observation.images.top": picture,
                "task": "Put it down!" if episode == 1 else "Pick it up!"})
        dataset.save_episode()
    dataset.finalize()
    """

  @Test func `what is no dataset is refused with a reason`() throws {
    let folder = try TemporaryFolder()
    let meta = folder.path + "/meta"
    try FileManager.default.createDirectory(atPath: meta, withIntermediateDirectories: true)
    for (text, reason) in [
      ("{", "info.json"),
      ("{}", "info.json"),
      (
        #"{"codebase_version":"v2.1","total_episodes":1,"total_frames":1,"fps":10,"#
          + #""data_path":"","features":{}}"#, "v2.1"
      ),
      (
        #"{"codebase_version":"v3.0","total_episodes":0,"total_frames":0,"fps":10,"#
          + #""data_path":"","features":{}}"#, "no episodes"
      ),
      (
        #"{"codebase_version":"v3.0","total_episodes":1,"total_frames":1,"fps":10,"#
          + #""data_path":"","features":{}}"#, "there are 0, and info.json says 1"
      ),
    ] {
      try text.write(toFile: meta + "/info.json", atomically: true, encoding: .utf8)
      #expect { try DatasetReaders.open(folder.path) } throws: { "\($0)".contains(reason) }
    }
  }
}

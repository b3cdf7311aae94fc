// Aim: what robomimic's HDF5 can carry survives the way into it and back, datasets of others can be
// trained on, and files that are no datasets are refused by name. Method: random episodes go through
// the writer, the reader and a recording; h5py writes files as robomimic's users have them, and bad
// ones.
import DatasetExport
import DatasetImport
import Datasets
import Foundation
import HDF5Files
import ImageCodecs
import MallardTesting
import RecordingStore
import RobotData
import Testing

@Suite struct RobomimicImportTests {
  @Test(arguments: [true, false])
  func `an export comes back as it was recorded`(isSimulated: Bool) throws {
    let data = try RandomDataset(seed: 6, steps: [30, 1, 270], isSimulated: isSimulated)
    let folder = try TemporaryFolder()
    try data.write({ try RobomimicWriter() }, in: folder.path)
    let path = folder.path + "/again.sqlite"
    let reader = try DatasetReaders.open(folder.path)
    #expect(reader.episodeCount == 3 && reader.stepCount == 301)
    let summary = try DatasetImporter(recording: path).run(reader)
    #expect(summary.episodes == 3 && summary.steps == 301 && summary.present == 0)

    let recording = try RecordingReader(path: path)
    #expect(try recording.episodes().count == 3)
    for (head, steps) in data.episodes {
      let row = try #require(try recording.episodeRows().first { $0.id == head.facts.id })
      #expect(row.robot == head.facts.robot && row.task == head.facts.task)
      #expect(row.outcome == head.facts.outcome && row.seed == head.facts.seed)
      #expect(row.startedAt.nanosecondsSinceEpoch == head.facts.startedAt)
      #expect(row.endedAt?.nanosecondsSinceEpoch == head.facts.endedAt)
      #expect(try recording.description(ofRobotIn: head.facts.id) == RandomDataset.robot)
      let session = try #require(try recording.session(head.facts.session))
      #expect(session.software == "mallard" && session.settings == "{\"threshold\":0.5}")
      #expect(session.startedAt.nanosecondsSinceEpoch == data.episodes[0].head.session.startedAt)
      let handovers = try recording.handoverRows(of: head.facts.id)
      #expect(handovers.map(\.time.nanosecondsSinceEpoch) == head.handovers.map(\.time))
      #expect(handovers.map(\.step) == head.handovers.map(\.step))
      #expect(handovers.map(\.reason) == head.handovers.map(\.reason))
      #expect(handovers.map(\.toOperator) == head.handovers.map(\.toOperator))
      #expect(handovers.map(\.waited) == head.handovers.map(\.waited))
      var place = 0
      try recording.scan(head.facts.id) { found in
        try expect(found, steps[place])
        place += 1
      }
      #expect(place == steps.count)
    }
    let again = try DatasetImporter(recording: path).run(reader)
    #expect(again.episodes == 0 && again.present == 3)
    #expect(try RecordingReader(path: path).counts().steps == 301)
    #expect(try RecordingReader(path: path).counts().handovers == 9)
  }

  private func expect(_ found: RecordedStep, _ step: DatasetStep) throws {
    let codec = try CameraFrameCodec()
    var bare = found
    bare.frames = []
    #expect(bare == step.recorded)
    let frames = step.frames.compactMap { $0 }
    try #require(found.frames.map(\.camera) == frames.map(\.camera))
    for (found, frame) in zip(found.frames, frames) {
      #expect(try codec.decode(found).rgb == codec.decode(frame).rgb)
    }
  }

  @Test func `a flipped bit in an export is found, or changes nothing`() throws {
    let data = try RandomDataset(seed: 9, steps: [6])
    let folder = try TemporaryFolder()
    try data.write({ try RobomimicWriter() }, in: folder.path)
    let file = folder.path + "/dataset.hdf5"
    let bytes = try #require(FileManager.default.contents(atPath: file))
    let right = try records(of: file)
    var random = SeededGenerator(seed: 10)
    var found = 0
    for _ in 0..<1_500 {
      var damaged = bytes
      let (index, bit) = (random.integer(0...(bytes.count - 1)), random.integer(0...7))
      damaged[index] ^= 1 << bit
      try damaged.write(to: URL(filePath: file))
      do {
        #expect(try records(of: file) == right, "byte \(index), bit \(bit)")
      } catch is HDF5Error {
        found += 1
      }
    }
    #expect(found > 300)
  }

  private func records(of path: String) throws -> [StepRecord] {
    let reader = try RobomimicReader(path: path)
    var records: [StepRecord] = []
    for index in 0..<reader.episodeCount {
      try reader.readSteps(of: reader.episode(index), index) { records.append($0.record) }
    }
    return records
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `a dataset of robomimic's own users is recorded`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/low_dim.hdf5"
    _ = try DatasetPeers.run(datasetOfOthers, [path])
    let reader = try DatasetReaders.open(path)
    let recording = folder.path + "/lift.sqlite"
    let summary = try DatasetImporter(recording: recording).run(reader)
    #expect(summary.episodes == 11 && summary.steps == 11 * 12 && summary.pictures == 11 * 12)
    let found = try RecordingReader(path: recording)
    let episodes = try found.episodes()
    #expect(episodes.allSatisfy { $0.task == "Lift" && $0.steps == 12 })
    #expect(episodes.count { $0.outcome == "success" } == 10)
    // demo_10 comes after demo_9, not after demo_1.
    let last = try #require(try found.episodeRows().first { $0.id.hasSuffix("-11") })
    let description = try #require(try found.description(ofRobotIn: last.id))
    #expect(description.rate == 20 && description.cameras.map(\.name) == ["agentview"])
    var step = 0
    try found.scan(last.id) { scanned in
      let numbers = (0..<7).map { Double(10 * 100 + step * 7 + $0) / 2_000 }
      #expect(scanned.requestedAction.twist.linear.components == Array(numbers[..<3]))
      // robosuite's grippers close at +1.
      #expect(scanned.requestedAction.gripper == (numbers[6] > 0.5 ? .close : .hold))
      #expect(
        scanned.proprioception.endEffectorPose.position.components == [10, Double(step), 0.5])
      let turn = scanned.proprioception.endEffectorPose.orientation
      #expect([turn.w, turn.x, turn.y, turn.z] == [0.4, 0.1, 0.2, 0.3])
      let opening = scanned.proprioception.gripperOpening
      #expect(abs(opening - Double(step + 1) / 12) < 1e-12)
      #expect(scanned.proprioception.jointPositions.count == 7)
      #expect(scanned.simulatedState?.time == Double(step) / 20)
      #expect(scanned.simulatedState?.positions.count == 9)
      #expect(scanned.author == .human("demonstrator"))
      let (size, rgb) = try PNGCodec.decode(scanned.frames[0].bytes)
      #expect(size == ImageSize(width: 6, height: 4))
      #expect(rgb == (0..<72).map { UInt8(($0 + 10 + step) % 256) })
      step += 1
    }
    #expect(step == 12)
    #expect(try DatasetImporter(recording: recording).run(reader).present == 11)
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `cameras that differ from those of the recording are refused`() throws {
    let folder = try TemporaryFolder()
    let recording = folder.path + "/mixed.sqlite"
    _ = try DatasetPeers.run(datasetOfOthers, [folder.path + "/a.hdf5"])
    let other = datasetOfOthers.replacingOccurrences(of: "(12, 4, 6, 3)", with: "(12, 6, 4, 3)")
    _ = try DatasetPeers.run(
      other.replacingOccurrences(of: "\"Lift\"", with: "\"Can\""), [folder.path + "/b.hdf5"])
    let importer = DatasetImporter(recording: recording)
    _ = try importer.run(DatasetReaders.open(folder.path + "/a.hdf5"))
    #expect {
      try importer.run(DatasetReaders.open(folder.path + "/b.hdf5"))
    } throws: { error in
      "\(error)".contains("cameras of robomimic is agentview 4×6")
        && "\(error)".contains("not agentview 6×4")
    }
    #expect(try RecordingReader(path: recording).counts().episodes == 11)
  }

  @Test(
    .enabled(if: DatasetPeers.areInstalled, "make dataset-peers"),
    arguments: [
      ("del f['data']", "has no /data"),
      ("del f['data/demo_3']['obs']", "has no /data/demo_3/obs"),
      ("del f['data/demo_3']['actions']", "has no /data/demo_3/actions"),
      ("f['data/demo_3'].attrs['num_samples'] = 13", "13 rows, as num_samples says"),
      ("replace('actions', np.zeros((12, 14)))", "numbers of shape [12, 7]"),
      ("replace('actions', np.full((12, 7), np.nan))", "not finite"),
      ("replace('actions', np.zeros((0, 7)))", "no steps"),
      ("replace('actions', np.array(['a'] * 12, dtype='S'))", "expected"),
      ("replace('obs/robot0_eef_pos', np.zeros((12, 4)))", "numbers of shape [12, 3]"),
      ("replace('obs/robot0_eef_pos', np.zeros((11, 3)))", "numbers of shape [12, 3]"),
      ("replace('obs/agentview_image', np.zeros((12, 4, 6, 3)))", "pictures"),
      ("replace('obs/agentview_image', np.zeros((12, 4, 6), 'u1'))", "pictures"),
      ("replace('obs/agentview_image', np.zeros((9, 4, 6, 3), 'u1'))", "pictures"),
      ("replace('states', np.zeros((12, 2, 2)))", "numbers of shape [12, any]"),
      ("f['data'].attrs['env_args'] = 'no JSON'", "not the JSON of robomimic"),
      ("f['data'].attrs['env_args'] = 7", "expected text"),
      ("[f['data'].pop(n) for n in list(f['data'])]", "has no episodes"),
    ])
  func `a file that is no dataset is refused by name`(change: String, words: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/bad.hdf5"
    let script =
      datasetOfOthers + """

        f = h5py.File(sys.argv[1], "a")
        def replace(name, value):
          d = f["data/demo_3"]
          del d[name]
          d[name] = value
        \(change)
        f.close()
        """
    _ = try DatasetPeers.run(script, [path])
    do {
      _ = try DatasetImporter(recording: folder.path + "/bad.sqlite").run(
        DatasetReaders.open(path))
      Issue.record("it was imported")
    } catch let error as HDF5Error {
      #expect(error.description.contains(words), "\(error)")
    } catch let error as ImportError {
      #expect(error.description.contains(words), "\(error)")
    }
  }

  @Test func `what is no HDF5 file is refused`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/text.hdf5"
    #expect(throws: ImportError.notFound(path: path)) { try DatasetReaders.open(path) }
    try Data("text".utf8).write(to: URL(filePath: path))
    #expect(throws: HDF5Error.self) { try DatasetReaders.open(path) }
    let other = folder.path + "/text.txt"
    try Data("text".utf8).write(to: URL(filePath: other))
    #expect(throws: ImportError.unknownFormat(path: other)) { try DatasetReaders.open(other) }
    let empty = try TemporaryFolder()
    #expect(throws: ImportError.unknownFormat(path: empty.path)) {
      try DatasetReaders.open(empty.path)
    }
  }
}

/// A file as robomimic's scripts write them: no column of Mallard's.
private let datasetOfOthers = """
  import h5py, json, sys, numpy as np
  with h5py.File(sys.argv[1], "w") as f:
    data = f.create_group("data")
    data.attrs["total"] = 11 * 12
    data.attrs["env_args"] = json.dumps({"env_name": "Lift", "type": 1, "env_version": "1.4.1",
      "env_kwargs": {"robots": ["Panda"], "control_freq": 20, "reward_shaping": False}})
    for n in range(11):
      d = data.create_group(f"demo_{n}")
      d.attrs["num_samples"] = 12
      d.attrs["model_file"] = "<mujoco model='lift'/>"
      t = np.arange(12)
      d["actions"] = (n * 100 + np.arange(12 * 7).reshape(12, 7)) / 2000
      d["dones"] = (t == 11).astype("int64")
      d["rewards"] = (t == 11).astype("float64") * (n != 5)
      d["states"] = np.concatenate([t[:, None] / 20, np.ones((12, 9))], axis=1)
      for g in ("obs", "next_obs"):
        o = d.create_group(g)
        o["robot0_eef_pos"] = np.stack([np.full(12, n), t, np.full(12, 0.5)], axis=1)
        o["robot0_eef_quat"] = np.tile([0.1, 0.2, 0.3, 0.4], (12, 1))
        o["robot0_gripper_qpos"] = np.stack([(t + 1) / 100, -(t + 1) / 100], axis=1)
        o["robot0_joint_pos"] = np.zeros((12, 7), "float32")
        o["object"] = np.zeros((12, 10))
        image = (np.arange(72)[None] + n + t[:, None]) % 256
        o.create_dataset("agentview_image", data=image.reshape(12, 4, 6, 3).astype("uint8"),
          compression="gzip")
    f["mask/train"] = np.array([f"demo_{n}" for n in range(10)], dtype="S")
    f["mask/valid"] = np.array(["demo_10"], dtype="S")
  """

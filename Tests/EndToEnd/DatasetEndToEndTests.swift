// Aim: from a fleet's recording to a dataset and back, through the commands that people give; no
// kill and no damaged file does harm. Method: the built program; datasets are compared byte by byte.
import Foundation
import MallardTesting
import RecordingStore
import Testing

@Suite(.serialized) struct DatasetEndToEndTests {
  /// Runs the program to its end.
  private func run(
    _ fleet: FleetProcesses, _ name: String, _ arguments: [String], seconds: Double = 120
  ) throws -> SpawnedProcess {
    let process = try fleet.start(name, arguments)
    try fleet.wait(seconds, for: "end of \(arguments)") { !process.isRunning }
    return process
  }

  private func record(_ fleet: FleetProcesses, episodes: Int) throws {
    let process = try run(
      fleet, "fleet",
      [
        "fleet", "--robots", "2", "--operators", "2", "--episodes", "\(episodes)", "--lockstep",
        "--recording", fleet.recording,
      ], seconds: 300)
    try #require(process.terminationStatus == 0, "\(fleet.log("fleet"))")
  }

  private func content(_ folder: String) throws -> [String: Data] {
    var content: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      content[name] = FileManager.default.contents(atPath: folder + "/" + name)
    }
    return content
  }

  @Test func `a recording survives the way into robomimic's format and back, and kills on it`()
    throws
  {
    let fleet = try FleetProcesses()
    try record(fleet, episodes: 6)
    for format in ["robomimic", "mcap"] {
      let whole = fleet.folder + "/" + format
      let arguments = ["export", fleet.recording, "--format", format, "--output"]
      let export = try run(fleet, format, arguments + [whole])
      try #require(export.terminationStatus == 0, "\(fleet.log(format))")

      let killed = fleet.folder + "/killed-" + format
      var random = SeededGenerator(seed: 5)
      var kills = 0
      while !FileManager.default.fileExists(atPath: killed) {
        let process = try fleet.start("killed-" + format, arguments + [killed])
        // Longer each time, so that it ends however slow the machine is.
        usleep(UInt32(random.integer(20_000...80_000) * (1 + kills)))
        if process.isRunning {
          process.send(SIGKILL)
          kills += 1
        }
        process.waitUntilExit()
        // Killed, or through: an export that cannot go on would be started for ever.
        try #require(
          process.endingSignal == SIGKILL || process.terminationStatus == 0,
          "\(fleet.log("killed-" + format))")
        try #require(kills < 200)
      }
      #expect(kills > 0)
      #expect(try content(killed) == content(whole), "\(format) after \(kills) kills")
    }

    let again = fleet.folder + "/again.sqlite"
    let imported = try run(
      fleet, "import", ["import", fleet.folder + "/robomimic", "--recording", again])
    try #require(imported.terminationStatus == 0, "\(fleet.log("import"))")
    let (before, after) = (
      try RecordingReader(path: fleet.recording).counts(), try RecordingReader(path: again).counts()
    )
    #expect(before.steps == after.steps && before.pictures == after.pictures)
    #expect(before.episodes == after.episodes)
    let second = fleet.folder + "/robomimic-again"
    let export = try run(
      fleet, "second", ["export", again, "--format", "robomimic", "--output", second])
    try #require(export.terminationStatus == 0, "\(fleet.log("second"))")
    #expect(try content(second) == content(fleet.folder + "/robomimic"))
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `a damaged file of h5py is imported or refused, and ends nothing`() throws {
    let fleet = try FleetProcesses()
    let path = fleet.folder + "/damaged.hdf5"
    // Without checksums, as all of h5py's files: libhdf5 itself does not survive every flip.
    let script = """
      import h5py, numpy as np, sys, json
      with h5py.File(sys.argv[1], "w") as f:
        g = f.create_group("data")
        g.attrs["env_args"] = json.dumps({"env_name": "Lift", "type": 1, "env_kwargs": {}})
        for n in range(3):
          d = g.create_group(f"demo_{n}"); d.attrs["num_samples"] = 10
          d["actions"] = np.random.default_rng(n).uniform(size=(10, 7))
          d["rewards"] = np.ones(10); d["states"] = np.ones((10, 5))
          o = d.create_group("obs")
          o.create_dataset("a_image", data=np.zeros((10, 4, 4, 3), "u1"), compression="gzip")
          o["robot0_eef_pos"] = np.arange(30.0).reshape(10, 3)
      """
    _ = try DatasetPeers.run(script, [path])
    let bytes = try Data(contentsOf: URL(filePath: path))
    var random = SeededGenerator(seed: 23)
    var (refused, killed) = (0, 0)
    for turn in 0..<150 {
      var damaged = bytes
      // A burst: single bits seldom hit what libhdf5 follows.
      for _ in 0..<random.integer(1...20) {
        damaged[random.integer(0...(bytes.count - 1))] ^= 1 << random.integer(0...7)
      }
      try damaged.write(to: URL(filePath: path))
      let recording = fleet.folder + "/\(turn).sqlite"
      let log = "import-\(turn)"
      let process = try run(fleet, log, ["import", path, "--recording", recording])
      #expect(process.endingSignal == nil, "turn \(turn)")
      if process.terminationStatus != 0 {
        refused += 1
        #expect(fleet.log(log).contains(path), "turn \(turn): \(fleet.log(log))")
        if fleet.log(log).contains("ended the process") { killed += 1 }
      }
      if FileManager.default.fileExists(atPath: recording) {
        #expect(try RecordingReader(path: recording).counts().steps <= 30)
      }
    }
    #expect(refused > 0, "of 150; \(killed) ended the process that examined them")
  }
}

// Aim: robomimic trains from an exported file, and every value of it is the recorded one. Method:
// the real package's SequenceDataset and h5py load what was written from random episodes.
import DatasetExport
import Datasets
import Foundation
import HDF5Files
import ImageCodecs
import MallardTesting
import RobotData
import Testing

@Suite struct RobomimicWriterTests {
  private static let scale = [0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 1]

  /// What h5py says of a dataset.
  private struct Found: Decodable {
    var shape: [Int]
    var type: String
    var numbers: [Double]?
    var integers: [Int64]?
    var texts: [String]?
  }

  private struct Report: Decodable {
    var demos: [String: [String: Found]]
    var attributes: [String: [String: String]]
    var samples: [String: Int]
    var masks: [String: [String]]
    var total: Int
    var environment: String
    var items: Int
  }

  @Test(
    .enabled(if: DatasetPeers.areInstalled, "make dataset-peers"), arguments: [true, false])
  func `robomimic loads it, and every value is the recorded one`(isSimulated: Bool) throws {
    let data = try RandomDataset(seed: 3, steps: [40, 1, 300], isSimulated: isSimulated)
    let folder = try TemporaryFolder()
    try data.write({ try RobomimicWriter() }, in: folder.path)
    #expect(try folder.content().keys.sorted() == ["dataset.hdf5"])
    let report = try JSONDecoder().decode(
      Report.self, from: DatasetPeers.run(script, [folder.path + "/dataset.hdf5"]))
    #expect(report.total == 341 && report.items == 341)
    #expect(report.masks["train"] == ["demo_0", "demo_2"] && report.masks["valid"] == ["demo_1"])
    #expect(report.masks["success"] == ["demo_0", "demo_2"])
    #expect(report.environment == "stack")
    for (head, steps) in data.episodes {
      let name = "demo_\(head.index)"
      let demo = try #require(report.demos[name])
      #expect(report.samples[name] == steps.count)
      #expect(report.attributes[name]?["episode"] == head.facts.id)
      #expect(report.attributes[name]?["instruction"] == "Do “it”.")
      #expect(report.attributes[name]?["robot_description"] == head.robotDescription)
      let handovers = try JSONDecoder().decode(
        [DatasetHandover].self, from: Data((report.attributes[name]?["handovers"] ?? "").utf8))
      #expect(handovers == head.handovers)
      try expect(demo, steps, data.plan.schema, name)
    }
  }

  private func expect(
    _ demo: [String: Found], _ steps: [DatasetStep], _ schema: DatasetSchema, _ name: String
  ) throws {
    let codec = try CameraFrameCodec()
    func check(_ key: String, _ rows: [[Double]], shape: [Int]? = nil) {
      let found = demo[key]
      #expect(found?.numbers == rows.flatMap { $0 }, "\(name)/\(key)")
      #expect(found?.shape == [rows.count] + (shape ?? [rows[0].count]), "\(name)/\(key)")
    }
    func observed(_ key: String, shape: [Int]? = nil, _ row: (DatasetStep) throws -> [Double])
      throws
    {
      let rows = try steps.map(row)
      check("obs/" + key, rows, shape: shape)
      check("next_obs/" + key, Array(rows.dropFirst()) + [rows[rows.count - 1]], shape: shape)
    }
    try observed("robot0_eef_pos") {
      $0.recorded.proprioception.endEffectorPose.position.components
    }
    try observed("robot0_eef_quat") { step in
      let quaternion = step.recorded.proprioception.endEffectorPose.orientation
      return [quaternion.x, quaternion.y, quaternion.z, quaternion.w]
    }
    try observed("robot0_eef_vel_lin") {
      $0.recorded.proprioception.endEffectorTwist.linear.components
    }
    try observed("robot0_eef_vel_ang") {
      $0.recorded.proprioception.endEffectorTwist.angular.components
    }
    try observed("robot0_gripper_qpos") { [$0.recorded.proprioception.gripperOpening] }
    try observed("robot0_joint_pos") { $0.recorded.proprioception.jointPositions }
    try observed("robot0_joint_vel") { $0.recorded.proprioception.jointVelocities }
    for (index, camera) in schema.cameras.enumerated() {
      try observed(camera.name + "_image", shape: [camera.height, camera.width, 3]) { step in
        guard let frame = step.frames[index] else {
          return [Double](repeating: 0, count: camera.width * camera.height * 3)
        }
        return try codec.decode(frame).rgb.map(Double.init)
      }
      #expect(demo["obs/\(camera.name)_image"]?.type == "uint8")
    }
    check(
      "actions",
      steps.map { step in
        zip(step.recorded.requestedAction.components, Self.scale).map { min(max($0 / $1, -1), 1) }
      })
    check("rewards", steps.map { [$0.isSuccess ? 1 : 0] }, shape: [])
    #expect(demo["dones"]?.integers == steps.map { $0.isLast ? 1 : 0 })
    check(
      "states",
      steps.map { step in
        if let state = step.recorded.simulatedState {
          return [state.time] + state.positions + state.velocities
        }
        let values = zip(schema.features, schema.values(of: step))
        for (feature, value) in values where feature.name == "recorded.proprioception" {
          return value.numbers ?? []
        }
        return []
      })
    if schema.isSimulated {
      try observed("object") { step in
        step.recorded.simulatedState?.objects.flatMap {
          $0.pose.position.components + $0.pose.orientation.components
        } ?? []
      }
    }
    expectFeatures(demo, steps, schema, name)
  }

  private func expectFeatures(
    _ demo: [String: Found], _ steps: [DatasetStep], _ schema: DatasetSchema, _ name: String
  ) {
    let values = steps.map { schema.values(of: $0) }
    let elsewhere = [
      "observation.state", "action", "next.reward", "next.done", "recorded.proprioception",
      "recorded.simulated_state",
    ]
    for (place, feature) in schema.features.enumerated() where !elsewhere.contains(feature.name) {
      let found = demo[feature.name]
      let column = values.map { $0[place] }
      switch feature.type {
      case .int64:
        let expected = column.flatMap { value -> [Int64] in
          if case .int64(let numbers) = value { numbers } else { [] }
        }
        #expect(found?.integers == expected, "\(name)/\(feature.name)")
      case .bool:
        let expected: [Int64] = column.flatMap { $0.numbers ?? [] }.map { Int64($0) }
        #expect(found?.integers == expected, "\(name)/\(feature.name)")
      case .string:
        let expected = column.map { if case .string(let text) = $0 { text } else { "" } }
        #expect(found?.texts == expected, "\(name)/\(feature.name)")
      case .float32, .float64:
        #expect(found?.numbers == column.flatMap { $0.numbers ?? [] }, "\(name)/\(feature.name)")
        #expect(found?.type == feature.type.rawValue, "\(name)/\(feature.name)")
      }
    }
  }

  @Test func `an export that was killed continues and ends with the same bytes`() throws {
    let data = try RandomDataset(seed: 4, steps: [5, 9, 3])
    let (whole, resumed) = (try TemporaryFolder(), try TemporaryFolder())
    try data.write({ try RobomimicWriter() }, in: whole.path)
    try data.write({ try RobomimicWriter() }, in: resumed.path, killedAfter: 2)
    #expect(try whole.content() == resumed.content())
    let finished = try TemporaryFolder()
    try data.write({ try RobomimicWriter() }, in: finished.path, killedAtEnd: true)
    #expect(try whole.content() == finished.content())
  }

  @Test func `a picture of another size is refused by name`() throws {
    var data = try RandomDataset(seed: 5, steps: [3])
    data.plan.schema.cameras[0].width += 1
    let folder = try TemporaryFolder()
    #expect(throws: UnwritableStep.self) {
      try data.write({ try RobomimicWriter() }, in: folder.path)
    }
  }
}

/// Dumps a file by h5py, and trains nothing but loads everything by robomimic.
private let script = """
  import h5py, json, sys, numpy as np, io, contextlib
  import robomimic.utils.obs_utils as ObsUtils
  from robomimic.utils.dataset import SequenceDataset
  path = sys.argv[1]
  f = h5py.File(path, "r", swmr=True, libver="latest")
  demos, attributes, samples = {}, {}, {}
  for name, demo in f["data"].items():
    found = {}
    def take(key, node):
      if not isinstance(node, h5py.Dataset): return
      entry = {"shape": list(node.shape), "type": str(node.dtype)}
      value = node[()]
      if node.dtype.kind == "f": entry["numbers"] = [float(v) for v in value.reshape(-1)]
      elif node.dtype.kind == "S": entry["texts"] = [v.decode() for v in value]
      elif "image" in key: entry["numbers"] = value.reshape(-1).tolist()
      elif "values" in node.attrs:
        texts = [v.decode() for v in node.attrs["values"]]
        entry["texts"] = [texts[i] for i in value]
      else: entry["integers"] = value.reshape(-1).tolist()
      found[key] = entry
    demo.visititems(take)
    demos[name] = found
    samples[name] = int(demo.attrs["num_samples"])
    attributes[name] = {k: v.decode() for k, v in demo.attrs.items() if isinstance(v, bytes)}
  masks = {k: [d.decode() for d in m[:]] for k, m in f["mask"].items()}
  env = json.loads(f["data"].attrs["env_args"])
  assert set(env) == {"env_name", "type", "env_kwargs"}
  keys = sorted(f["data/demo_0/obs"])
  low = [k for k in keys if not k.endswith("_image")]
  items = 0
  with contextlib.redirect_stdout(io.StringIO()):
    ObsUtils.initialize_obs_utils_with_obs_specs(
      {"obs": {"low_dim": low, "rgb": [k for k in keys if k.endswith("_image")]}})
    for mask, cache in (("train", None), ("valid", "low_dim"), ("valid", "all")):
      data = SequenceDataset(path, obs_keys=keys,
        dataset_keys=["actions", "rewards", "dones", "training_weight", "intervention"],
        seq_length=3, frame_stack=2, hdf5_cache_mode=cache, hdf5_normalize_obs=mask == "train",
        filter_by_attribute=mask, load_next_obs=True)
      data.obs_normalization_stats = None
      data.hdf5_normalize_obs = False
      assert data.n_demos == len(masks[mask])
      assert len(data) == sum(samples[d] for d in masks[mask])
      at = 0
      for name in masks[mask]:
        demo = f["data"][name]
        count = samples[name]
        for t in range(count):
          item = data[at]; at += 1
          rows = [min(max(i, 0), count - 1) for i in range(t - 1, t + 3)]
          for k in ("actions", "rewards", "dones", "training_weight", "intervention"):
            assert np.array_equal(item[k], demo[k][()][rows].astype(item[k].dtype)), k
          for k in keys:
            assert np.array_equal(
              np.asarray(item["obs"][k]), demo["obs"][k][()][rows].astype(item["obs"][k].dtype)), k
            assert np.array_equal(np.asarray(item["next_obs"][k]),
              demo["next_obs"][k][()][rows].astype(item["next_obs"][k].dtype)), k
        if cache != "all": items += count
      assert at == len(data)
  print(json.dumps({"demos": demos, "attributes": attributes, "samples": samples,
    "masks": masks, "total": int(f["data"].attrs["total"]), "environment": env["env_name"],
    "items": items}))
  """

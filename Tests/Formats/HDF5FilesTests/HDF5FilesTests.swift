// Aim: h5py reads what is written here, what h5py writes is read here, and damage never goes
// unnoticed. Method: files go both ways between libhdf5 and h5py's own copy of it; bits are flipped.
import Foundation
import HDF5Files
import MallardTesting
import Testing

/// A file that is removed with its owner.
final class TemporaryFile {
  let url = DatasetPeers.temporaryFile("hdf5")
  var path: String { url.path }
  deinit { try? FileManager.default.removeItem(at: url) }
}

/// Groups, attributes and datasets of every kind; rows in several parts.
func writeSample(_ path: String) throws {
  let file = try HDF5File.create(path)
  let data = try file.root.createGroup("data")
  try data.attributes.set("env_args", "{\"env_name\": \"stapeln „groß“\"}")
  try data.attributes.set("total", 7)
  try data.attributes.set("rate", 20.5)
  try data.attributes.set("scale", [0.25, 1e-9, -3])
  try data.attributes.set("names", ["a", "größer", ""])
  try data.attributes.set("empty", "")
  let demo = try data.createGroup("demo_0")
  let actions = try demo.createDataset(
    "actions", of: .float64, rowShape: [3], chunkRows: 4, capacity: 7, compression: 4)
  try actions.append([1.5, -2, 1e300, 4, 5, 6] as [Double])
  try actions.append((0..<15).map { Double($0) / 7 })
  let pictures = try demo.createDataset(
    "pictures", of: .uint8, rowShape: [4, 5, 3], chunkRows: 1, capacity: nil, compression: 1)
  for picture in 0..<7 {
    try pictures.append((0..<60).map { UInt8(truncatingIfNeeded: $0 * picture) })
  }
  let weights = try demo.createDataset(
    "weights", of: .float32, rowShape: [], chunkRows: 100, capacity: 7, compression: nil)
  try weights.append((0..<7).map { Float($0) / 3 })
  let times = try demo.createDataset(
    "times", of: .int64, rowShape: [], chunkRows: 3, capacity: nil, compression: nil)
  try times.append([Int64.min, -1, 0, 1, 1_700_000_000_000_000_001, Int64.max, 7])
  let authors = try demo.createDataset(
    "authors", of: .text(bytes: 12), rowShape: [], chunkRows: 5, capacity: nil, compression: 2)
  try authors.append(["hold", "human", "é"])
  try authors.append(["", "policy", "twelve bytes", "x"])
  _ = try demo.createDataset(
    "nothing", of: .float64, rowShape: [2], chunkRows: 5, capacity: nil, compression: nil)
  try file.close()
}

@Suite struct HDF5FilesTests {
  @Test func `what was written is read again, in any part`() throws {
    let temporary = TemporaryFile()
    try writeSample(temporary.path)
    let file = try HDF5File.open(temporary.path)
    #expect(try file.root.memberNames() == ["data"])
    let data = try file.root.group("data")
    #expect(try data.attributes.text("env_args") == "{\"env_name\": \"stapeln „groß“\"}")
    #expect(try data.attributes.integer("total") == 7)
    #expect(try data.attributes.numbers("rate") == [20.5])
    #expect(try data.attributes.numbers("scale") == [0.25, 1e-9, -3])
    #expect(try data.attributes.texts("names") == ["a", "größer", ""])
    #expect(try data.attributes.text("empty") == "")
    #expect(try data.attributes.text("absent") == nil)
    let demo = try data.group("demo_0")
    #expect(
      try demo.memberNames() == ["actions", "authors", "nothing", "pictures", "times", "weights"])
    let actions = try demo.dataset("actions")
    #expect(actions.shape == [7, 3])
    #expect(try actions.numbers(1..<3, as: Double.self) == [4, 5, 6, 0, 1.0 / 7, 2.0 / 7])
    #expect(try actions.numbers(0..<1, as: Float.self) == [1.5, -2, .infinity])
    let pictures = try demo.dataset("pictures")
    #expect(pictures.shape == [7, 4, 5, 3])
    #expect(
      try pictures.numbers(6..<7, as: UInt8.self)
        == (0..<60).map { UInt8(truncatingIfNeeded: $0 * 6) })
    #expect(
      try demo.dataset("times").numbers(0..<7, as: Int64.self)
        == [.min, -1, 0, 1, 1_700_000_000_000_000_001, .max, 7])
    #expect(
      try demo.dataset("authors").texts(1..<6) == ["human", "é", "", "policy", "twelve bytes"])
    #expect(try demo.dataset("nothing").numbers(0..<0, as: Double.self) == [])
  }

  @Test func `the same calls give the same bytes`() throws {
    let (first, second) = (TemporaryFile(), TemporaryFile())
    try writeSample(first.path)
    Thread.sleep(forTimeInterval: 1.1)
    try writeSample(second.path)
    #expect(try Data(contentsOf: first.url) == Data(contentsOf: second.url))
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `h5py reads every value`() throws {
    let temporary = TemporaryFile()
    try writeSample(temporary.path)
    let script = """
      import h5py, json, sys
      with h5py.File(sys.argv[1], "r", swmr=True, libver="latest") as f:
        d = f["data"]; e = d["demo_0"]
        assert json.loads(d.attrs["env_args"])["env_name"] == "stapeln „groß“"
        assert d.attrs["total"] == 7 and d.attrs["rate"] == 20.5
        assert list(d.attrs["scale"]) == [0.25, 1e-9, -3]
        assert [n.decode() for n in d.attrs["names"]] == ["a", "größer", ""]
        assert e["actions"].dtype == "float64" and e["weights"].dtype == "float32"
        assert e["times"].dtype == "int64" and e["pictures"].dtype == "uint8"
        assert all(e[k].fletcher32 for k in e)
        print(json.dumps({
          "actions": e["actions"][()].tolist(), "times": e["times"][()].tolist(),
          "pictures": e["pictures"][()].reshape(7, -1).tolist(),
          "weights": [float(w) for w in e["weights"][()]],
          "authors": [a.decode("utf-8") for a in e["authors"][()]],
          "shape": list(e["pictures"].shape), "nothing": list(e["nothing"].shape)}))
      """
    struct Found: Decodable, Equatable {
      var actions: [[Double]]
      var times: [Int64]
      var pictures: [[UInt8]]
      var weights: [Float]
      var authors: [String]
      var shape: [Int]
      var nothing: [Int]
    }
    let found = try JSONDecoder().decode(
      Found.self, from: DatasetPeers.run(script, [temporary.path]))
    let numbers = [1.5, -2, 1e300, 4, 5, 6] + (0..<15).map { Double($0) / 7 }
    let expected = Found(
      actions: (0..<7).map { Array(numbers[($0 * 3)..<($0 * 3 + 3)]) },
      times: [.min, -1, 0, 1, 1_700_000_000_000_000_001, .max, 7],
      pictures: (0..<7).map { picture in
        (0..<60).map { UInt8(truncatingIfNeeded: $0 * picture) }
      },
      weights: (0..<7).map { Float($0) / 3 },
      authors: ["hold", "human", "é", "", "policy", "twelve bytes", "x"], shape: [7, 4, 5, 3],
      nothing: [0, 2])
    #expect(found == expected)
  }

  @Test(.enabled(if: DatasetPeers.areInstalled, "make dataset-peers"))
  func `what h5py writes is read`() throws {
    let temporary = TemporaryFile()
    let script = """
      import h5py, numpy as np, sys
      with h5py.File(sys.argv[1], "w") as f:
        g = f.create_group("data")
        g.attrs["env_args"] = "{}"
        g.attrs["names"] = ["one", "zwei"]
        g.attrs["total"] = np.int32(9)
        g["bools"] = np.array([True, False, True])
        g["half"] = np.arange(6, dtype="float16").reshape(2, 3)
        g["big"] = np.arange(4, dtype=">i2")
        g["gzip"] = np.zeros((5, 2), "u1"); 
        g.create_dataset("lzf", data=np.arange(10.0), compression="gzip", shuffle=True)
        g["texts"] = ["kurz", "länger als acht"]
        g["fixed"] = np.array(["demo_0", "demo_10"], dtype="S")
        g["scalar"] = 4.5
        g["complex"] = np.array([1j])
      """
    _ = try DatasetPeers.run(script, [temporary.path])
    let data = try HDF5File.open(temporary.path).root.group("data")
    #expect(try data.attributes.text("env_args") == "{}")
    #expect(try data.attributes.texts("names") == ["one", "zwei"])
    #expect(try data.attributes.integer("total") == 9)
    #expect(try data.dataset("bools").numbers(0..<3, as: Int64.self) == [1, 0, 1])
    #expect(try data.dataset("bools").numbers(0..<3, as: Double.self) == [1, 0, 1])
    #expect(try data.dataset("half").numbers(1..<2, as: Double.self) == [3, 4, 5])
    #expect(try data.dataset("big").numbers(0..<4, as: Int64.self) == [0, 1, 2, 3])
    #expect(try data.dataset("lzf").numbers(8..<10, as: Double.self) == [8, 9])
    #expect(try data.dataset("texts").texts(0..<2) == ["kurz", "länger als acht"])
    #expect(try data.dataset("fixed").texts(0..<2) == ["demo_0", "demo_10"])
    #expect(try data.dataset("scalar").numbers(0..<1, as: Double.self) == [4.5])
    #expect(throws: HDF5Error.self) {
      try data.dataset("complex").numbers(0..<1, as: Double.self)
    }
  }

  @Test func `what is not there or of another kind is named`() throws {
    let temporary = TemporaryFile()
    #expect(throws: HDF5Error.notFound(path: temporary.path)) {
      try HDF5File.open(temporary.path)
    }
    try Data("no HDF5 at all".utf8).write(to: temporary.url)
    #expect { try HDF5File.open(temporary.path) } throws: { error in
      if case HDF5Error.notHDF5 = error { true } else { false }
    }
    try writeSample(temporary.path)
    let demo = try HDF5File.open(temporary.path).root.group("data").group("demo_0")
    #expect(throws: HDF5Error.missing(path: temporary.path, object: "/data/demo_0/obs")) {
      try demo.group("obs")
    }
    #expect(throws: HDF5Error.self) { try demo.group("actions") }
    #expect(throws: HDF5Error.self) { try demo.dataset("actions").numbers(0..<8, as: Double.self) }
    #expect(throws: HDF5Error.self) { try demo.dataset("actions").numbers(0..<1, as: UInt8.self) }
    #expect(throws: HDF5Error.self) { try demo.dataset("actions").texts(0..<1) }
    #expect(throws: HDF5Error.self) {
      try HDF5File.create("/nowhere/at/all.hdf5")
    }
  }

  @Test func `rows that do not fit are refused`() throws {
    let temporary = TemporaryFile()
    let file = try HDF5File.create(temporary.path)
    let rows = try file.root.createDataset(
      "rows", of: .float64, rowShape: [3], chunkRows: 4, capacity: 2, compression: nil)
    #expect(throws: HDF5Error.self) { try rows.append([1, 2] as [Double]) }
    try rows.append([1, 2, 3, 4, 5, 6] as [Double])
    #expect(throws: HDF5Error.self) { try rows.append([7, 8, 9] as [Double]) }
    let texts = try file.root.createDataset(
      "texts", of: .text(bytes: 3), rowShape: [], chunkRows: 4, capacity: nil, compression: nil)
    #expect(throws: HDF5Error.self) { try texts.append(["four"]) }
    #expect(throws: HDF5Error.self) { try file.root.createGroup("rows") }
    try file.close()
    #expect(throws: HDF5Error.self) { try texts.append(["abc"]) }
  }
}

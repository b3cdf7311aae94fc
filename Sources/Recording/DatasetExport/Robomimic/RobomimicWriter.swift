public import Datasets
internal import Foundation
internal import HDF5Files
internal import ImageCodecs

/// Writes a dataset for robomimic: one HDF5 file, `dataset.hdf5`.
///
/// Each episode is first a file of its own among the scratch, so that an export which was interrupted
/// continues where it was; at the end they are copied into one, chunk by chunk and without decompressing them.
public final class RobomimicWriter: DatasetWriter {
  /// The file within the dataset's folder.
  public static let fileName = "dataset.hdf5"

  private let codec: CameraFrameCodec
  private var plan: DatasetPlan?
  private var folder = ""
  private var parts = ""
  private var count = 0
  private var scale: [Double]?
  private var file: HDF5File?
  private var episode: RobomimicEpisode?

  /// A writer.
  ///
  /// - Throws: `ImageCodecError` when there is no memory.
  public init() throws { codec = try CameraFrameCodec() }

  /// Begins, or continues after the episodes that are there.
  ///
  /// - Throws: `HDF5Error`, or Foundation's error of a folder that cannot be made.
  public func begin(
    _ plan: DatasetPlan, in folder: String, scratch: String, after checkpoint: [UInt8]?
  ) throws {
    self.plan = plan
    self.folder = folder
    parts = scratch
    count = checkpoint.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
    scale = nil
    let files = FileManager.default
    for folder in [folder, parts] {
      try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    let kept = Set((0..<count).map { part($0) })
    for name in try files.contentsOfDirectory(atPath: parts) {
      let path = parts + "/" + name
      if !kept.contains(path) { try files.removeItem(atPath: path) }
    }
    for name in try files.contentsOfDirectory(atPath: folder) where name == Self.fileName {
      try files.removeItem(atPath: folder + "/" + name)
    }
    if count > 0 {
      let first = try HDF5File.open(part(0))
      scale = try first.root.group("data").group("demo_0").dataset("actions").attributes
        .numbers("scale")
    }
  }

  /// Begins an episode.
  ///
  /// - Throws: `HDF5Error`.
  public func begin(_ episode: DatasetEpisode) throws {
    guard let plan else { preconditionFailure("begin(_:in:scratch:after:) comes first") }
    let scale = scale ?? ActionScale.of(episode.robotDescription)
    self.scale = scale
    let file = try HDF5File.create(part(episode.index))
    self.file = file
    // The path that it will have in the end: views name their sources by it.
    let group = try file.root.createGroup("data").createGroup("demo_\(episode.index)")
    self.episode = RobomimicEpisode(
      episode, in: group, schema: plan.schema, scale: scale, codec: codec)
  }

  /// Adds a step.
  ///
  /// - Throws: `HDF5Error`, `ImageCodecError`, `UnwritableStep`.
  public func write(_ step: DatasetStep) throws { try episode?.write(step) }

  /// Ends the episode; it can be gone on from here.
  ///
  /// - Throws: `HDF5Error`.
  public func endEpisode() throws -> [UInt8]? {
    try episode?.finish()
    episode = nil
    try file?.close()
    file = nil
    count += 1
    return Array("\(count)".utf8)
  }

  /// Joins the episodes into one file.
  ///
  /// - Throws: `HDF5Error`.
  public func finish() throws {
    guard let plan else { preconditionFailure("begin(_:in:scratch:after:) comes first") }
    let file = try HDF5File.create(folder + "/" + Self.fileName)
    let data = try file.root.createGroup("data")
    var masks: [String: [String]] = ["train": [], "valid": []]
    var total = 0
    for index in 0..<count {
      let name = "demo_\(index)"
      let part = try HDF5File.open(part(index)).root.group("data")
      try data.copy(name, from: part)
      let attributes = try part.group(name).attributes
      total += try attributes.integer("num_samples") ?? 0
      for key in ["split", "driver", "outcome"] {
        if let mask = try attributes.text(key), !mask.isEmpty {
          masks[mask, default: []].append(name)
        }
      }
    }
    try data.attributes.set("total", total)
    try data.attributes.set("env_args", try environment(plan))
    try data.attributes.set("mallard", try DatasetJSON.text(Head(plan)))
    let group = try file.root.createGroup("mask")
    for (name, demos) in masks.sorted(by: { $0.key < $1.key }) {
      let mask = try group.createDataset(
        name, of: .text(bytes: demos.map(\.utf8.count).max() ?? 1), rowShape: [],
        chunkRows: max(1, demos.count), capacity: nil, compression: nil)
      try mask.append(demos)
    }
    try file.close()
  }

  private func part(_ index: Int) -> String { parts + "/demo_\(index).hdf5" }

  /// What the whole dataset has in common.
  private struct Head: Encodable {
    var software: String
    var schema: DatasetSchema
    var tasks: [DatasetTask]
    var subtasks: [String]
    var weights: [String: Double]

    init(_ plan: DatasetPlan) {
      software = plan.software
      schema = plan.schema
      tasks = plan.tasks
      subtasks = plan.subtasks
      weights = Dictionary(
        uniqueKeysWithValues: Segment.allCases.map { ($0.rawValue, plan.weights[$0]) })
    }
  }

  /// robomimic's description of the environment. There is none to make: rollouts are to be off in
  /// its configuration, and the robot is driven by Mallard.
  private func environment(_ plan: DatasetPlan) throws -> String {
    struct Environment: Encodable {
      var env_name: String
      var type = 2
      var env_kwargs: [String: String] = [:]
    }
    return try DatasetJSON.text(Environment(env_name: plan.tasks.first?.name ?? ""))
  }
}

/// By what actions are divided to lie in -1 ... 1.
enum ActionScale {
  private struct Limits: Decodable {
    var linearSpeed: Double
    var angularSpeed: Double
  }

  /// The robot's limits, m/s and rad/s; 1 for the gripper, and where a limit is not known.
  static func of(_ robotDescription: String) -> [Double] {
    let limits = try? JSONDecoder().decode(Limits.self, from: Data(robotDescription.utf8))
    func known(_ limit: Double?) -> Double { limit.map { $0 > 0 ? $0 : 1 } ?? 1 }
    let linear = known(limits?.linearSpeed)
    let angular = known(limits?.angularSpeed)
    return [linear, linear, linear, angular, angular, angular, 1]
  }
}

public import Datasets
internal import Foundation
internal import McapFiles
internal import RobotData

/// Writes a dataset for Foxglove and other readers of MCAP: one file for each episode, and
/// `dataset.json` with what they have in common.
///
/// Log times are the recorded capture times, hand-overs bear the coordinator's. Compressed pictures
/// are passed on byte for byte.
public final class McapDatasetWriter: DatasetWriter {
  private var plan: DatasetPlan?
  private var folder = ""
  private var count = 0
  private var episode: DatasetEpisode?
  private var file: McapWriter?
  private var channels: [String: (id: UInt16, sequence: UInt32)] = [:]
  private var schemas: [McapKind: UInt16] = [:]
  /// Hand-overs that have not been written yet, in order.
  private var handovers: ArraySlice<DatasetHandover> = []

  /// A writer.
  public init() {}

  /// The file of an episode within the dataset's folder.
  ///
  /// - Parameter index: The episode's place within the dataset.
  /// - Returns: For example `episode_000012.mcap`.
  public static func fileName(_ index: Int) -> String {
    let digits = String(index)
    return "episode_" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
      + ".mcap"
  }

  /// Begins, or continues after the episodes that are there.
  ///
  /// - Throws: `McapError`, or Foundation's error of a folder that cannot be made.
  public func begin(
    _ plan: DatasetPlan, in folder: String, scratch: String, after checkpoint: [UInt8]?
  ) throws {
    self.plan = plan
    self.folder = folder
    count = checkpoint.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let kept = Set((0..<count).map(Self.fileName))
    for name in try files.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".mcap") && !kept.contains(name) {
      try files.removeItem(atPath: folder + "/" + name)
    }
  }

  /// Begins an episode.
  ///
  /// - Throws: `McapError`.
  public func begin(_ episode: DatasetEpisode) throws {
    guard let plan else { preconditionFailure("begin(_:in:scratch:after:) comes first") }
    self.episode = episode
    file = try McapWriter(
      path: folder + "/" + Self.fileName(episode.index), library: plan.software)
    channels = [:]
    schemas = [:]
    handovers = episode.handovers[...]
    let facts = episode.facts
    try file?.writeMetadata(
      name: "episode",
      [
        "id": facts.id, "robot": facts.robot, "task": facts.task,
        "instruction": episode.instruction, "outcome": facts.outcome ?? "",
        "operators": facts.operators.joined(separator: ","),
        "tags": facts.tags.joined(separator: ","), "split": episode.split.rawValue,
        "driver": facts.driver?.rawValue ?? "", "rate": "\(plan.schema.rate)",
        "profile": plan.schema.profile, "is_simulated": "\(plan.schema.isSimulated)",
      ])
    try send("/episode", .episode, at: facts.startedAt, EpisodeMessages.episode(episode))
  }

  /// Adds a step.
  ///
  /// - Throws: `McapError`.
  public func write(_ step: DatasetStep) throws {
    guard let plan else { return }
    let time = step.recorded.captureTime.nanosecondsSinceEpoch
    // In the order of time, so that chunks overlap little.
    while let handover = handovers.first, handover.time <= time {
      handovers.removeFirst()
      try send(handover)
    }
    let messages = StepMessages(step)
    for frame in step.frames.compactMap({ $0 }) {
      try send(
        "/camera/\(frame.camera.name)",
        frame.encoding == .rgb8 ? .rawImage : .compressedImage, at: time, messages.image(frame))
    }
    try send("/robot/end_effector", .poseInFrame, at: time, messages.pose())
    try send("/robot/proprioception", .proprioception, at: time, messages.proprioception())
    if !plan.schema.joints.isEmpty {
      try send("/robot/joints", .jointState, at: time, messages.joints(plan.schema.joints))
    }
    try send("/action", .action, at: time, messages.action())
    try send("/step", .step, at: time, messages.annotation())
    if let uncertainty = step.recorded.uncertainty {
      try send("/uncertainty", .uncertainty, at: time, messages.uncertainty(uncertainty))
    }
    if let progress = step.recorded.progress {
      try send("/progress", .progress, at: time, messages.progress(progress))
    }
    if let state = step.recorded.simulatedState {
      try send("/simulated_state", .simulatedState, at: time, messages.simulatedState(state))
    }
  }

  /// Ends the episode; it can be gone on from here.
  ///
  /// - Throws: `McapError`.
  public func endEpisode() throws -> [UInt8]? {
    for handover in handovers { try send(handover) }
    handovers = []
    if let facts = episode?.facts, let end = facts.endedAt, let outcome = facts.outcome {
      try send(
        "/log", .log, at: end,
        EpisodeMessages.log("episode ended: \(outcome)", at: end, robot: facts.robot))
    }
    try file?.close()
    file = nil
    episode = nil
    count += 1
    return Array("\(count)".utf8)
  }

  /// Writes `dataset.json`.
  ///
  /// - Throws: Foundation's error of a file that cannot be written.
  public func finish() throws {
    guard let plan else { preconditionFailure("begin(_:in:scratch:after:) comes first") }
    let index = Index(
      episodes: plan.episodes.enumerated().map {
        Index.Entry(file: Self.fileName($0.offset), facts: $0.element)
      }, schema: plan.schema, software: plan.software, subtasks: plan.subtasks, tasks: plan.tasks,
      weights: Dictionary(
        uniqueKeysWithValues: Segment.allCases.map { ($0.rawValue, plan.weights[$0]) }))
    try Data((try DatasetJSON.text(index) + "\n").utf8).write(
      to: URL(filePath: folder + "/dataset.json"))
  }

  private struct Index: Encodable {
    struct Entry: Encodable {
      var file: String
      var facts: EpisodeFacts
    }
    var episodes: [Entry]
    var schema: DatasetSchema
    var software: String
    var subtasks: [String]
    var tasks: [DatasetTask]
    var weights: [String: Double]
  }

  private func send(_ handover: DatasetHandover) throws {
    try send("/handovers", .handover, at: handover.time, EpisodeMessages.handover(handover))
    try send(
      "/log", .log, at: handover.time,
      EpisodeMessages.log(handover, robot: episode?.facts.robot ?? ""))
  }

  private func send(
    _ topic: String, _ kind: McapKind, at time: Int64, _ data: [UInt8]
  ) throws {
    guard let file else { preconditionFailure("begin(_:) comes first") }
    // A camera may change its encoding in the midst of an episode: a channel has one schema.
    let key = topic + " " + kind.rawValue
    var channel = channels[key] ?? (addChannel(topic, kind, to: file), 0)
    let stamp = UInt64(max(time, 0))
    try file.write(
      McapMessage(
        channel: channel.id, sequence: channel.sequence, logTime: stamp, publishTime: stamp,
        data: data))
    channel.sequence += 1
    channels[key] = channel
  }

  private func addChannel(_ topic: String, _ kind: McapKind, to file: McapWriter) -> UInt16 {
    let schema =
      schemas[kind]
      ?? file.addSchema(
        name: kind.rawValue, encoding: "jsonschema", data: Array(kind.schema.utf8))
    schemas[kind] = schema
    return file.addChannel(
      topic: topic, schema: schema, messageEncoding: "json",
      metadata: ["robot": episode?.facts.robot ?? ""])
  }
}

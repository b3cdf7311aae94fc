public import Datasets
internal import Foundation
internal import ImageCodecs
internal import Numbers
internal import ParquetFiles
internal import RobotData
internal import VideoFiles

/// Writes a LeRobotDataset v3.0.
///
/// A volume is one data file, one episodes file and one video of each camera. When it has grown to
/// the wished size all are closed at the end of an episode: that is a checkpoint.
public final class LeRobotWriter: DatasetWriter {
  /// Bytes of pictures after which a volume ends, unless the caller says otherwise; LeRobot's own
  /// limit of data files.
  public static let usualVolumeBytes = 100 << 20
  /// Pictures of rows that wait to become a row group.
  private static let rowGroupBytes = 4 << 20

  private struct State: Codable {
    var volume = 0
    var episodes = 0
    var steps = 0
    var statistics: LeRobotStatistics
  }

  private let pictures: LeRobotPictures
  private let volumeBytes: Int
  private let codec: CameraFrameCodec
  private var plan: DatasetPlan?
  private var layout: LeRobotLayout?
  private var folder = ""
  private var state: State?
  private var volume: LeRobotVolume?
  private var episode: DatasetEpisode?
  private var episodeStatistics: LeRobotStatistics?
  private var sampled: Set<Int> = []
  private var taskIndexes: [String: Int64] = [:]
  private var subtaskIndexes: [String: Int64] = [:]

  /// A writer of pictures in this way.
  ///
  /// - Throws: `ImageCodecError` when there is no memory.
  public init(
    pictures: LeRobotPictures, volumeBytes: Int = LeRobotWriter.usualVolumeBytes
  ) throws {
    self.pictures = pictures
    self.volumeBytes = volumeBytes
    codec = try CameraFrameCodec()
  }

  /// The format with all that decides what is written, for `DatasetExporter.run`.
  public var format: String { "lerobot v3.0 \(pictures.rawValue) \(volumeBytes)" }

  /// Begins, or continues with the volume after the checkpoint.
  ///
  /// - Throws: a `DecodingError` where the checkpoint is another's.
  public func begin(
    _ plan: DatasetPlan, in folder: String, scratch: String, after checkpoint: [UInt8]?
  ) throws {
    let layout = LeRobotLayout(plan.schema, pictures)
    self.plan = plan
    self.layout = layout
    self.folder = folder
    if let checkpoint {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      state = try decoder.decode(State.self, from: Data(checkpoint))
    } else {
      state = State(statistics: LeRobotStatistics(layout))
    }
    for task in plan.tasks where taskIndexes[task.instruction] == nil {
      taskIndexes[task.instruction] = Int64(taskIndexes.count)
    }
    for (index, name) in ([""] + plan.subtasks).enumerated() {
      subtaskIndexes[name] = Int64(index)
    }
  }

  /// Begins an episode, and a volume where none is open.
  ///
  /// - Throws: `ParquetError`, `VideoError`.
  public func begin(_ episode: DatasetEpisode) throws {
    guard let layout, let state else { return }
    if volume == nil {
      volume = try LeRobotVolume(layout, number: state.volume, in: folder)
    }
    self.episode = episode
    episodeStatistics = LeRobotStatistics(layout)
    sampled = Self.sampledSteps(of: episode.facts.steps)
  }

  /// Adds a step.
  ///
  /// - Throws: `ParquetError`, `VideoError`, `ImageCodecError`.
  public func write(_ step: DatasetStep) throws {
    guard let layout, let volume, let episode else { return }
    let subtask = subtaskIndexes[step.recorded.subtask?.name ?? ""] ?? 0
    var values = layout.schema.values(of: step)
    values.append(.int64([subtask]))
    values += [
      .float32([Float(Double(step.index) / layout.schema.rate)]), .int64([Int64(step.index)]),
      .int64([Int64(episode.index)]), .int64([Int64(step.datasetIndex)]),
      .int64([taskIndexes[episode.instruction] ?? 0]),
    ]
    for (index, value) in values.enumerated() {
      try volume.append(value, feature: index)
      episodeStatistics?.add(value, of: index)
    }
    for (camera, frame) in step.frames.enumerated() {
      try write(frame, camera: camera, of: step, volume, isSampled: sampled.contains(step.index))
    }
    try volume.writeRows(beyond: Self.rowGroupBytes)
  }

  /// A camera that gave nothing shows its last picture, or black, and `recorded.has_picture` says so:
  /// the format has no place for an absent picture.
  private func write(
    _ frame: CameraFrame?, camera: Int, of step: DatasetStep, _ volume: LeRobotVolume,
    isSampled: Bool
  ) throws {
    guard let layout else { return }
    let description = layout.schema.cameras[camera]
    let size = ImageSize(width: description.width, height: description.height)
    var rgb: [UInt8]?
    if pictures == .video || (isSampled && frame != nil) {
      rgb = try frame.map { try codec.decode($0).rgb }
    }
    if isSampled, let rgb {
      episodeStatistics?.pictures[camera].add(LeRobotVolume.thinned(rgb, size))
    }
    switch pictures {
    case .images:
      try volume.append(try frame.map { try compressed($0) }, camera: camera, size, step)
    case .video: try volume.append(rgb, camera: camera, size)
    }
  }

  private func compressed(_ frame: CameraFrame) throws -> CameraFrame {
    guard frame.encoding == .rgb8 else { return frame }
    return try CameraFrame(
      camera: frame.camera, size: frame.size, encoding: .png,
      bytes: try PNGCodec.encode(rgb: frame.bytes, size: frame.size))
  }

  /// Ends the episode, and the volume where it is large enough.
  ///
  /// - Returns: A checkpoint where a volume ended.
  /// - Throws: `ParquetError`, `VideoError`.
  public func endEpisode() throws -> [UInt8]? {
    guard let volume, let episode, let statistics = episodeStatistics else { return nil }
    try volume.end(episode, statistics)
    state?.statistics.add(statistics)
    state?.episodes += 1
    state?.steps += episode.facts.steps
    guard volume.bytes >= volumeBytes else { return nil }
    try volume.close()
    self.volume = nil
    state?.volume += 1
    let encoder = JSONEncoder()
    // What has no value yet lies between infinities, and a number may be beyond a 32-bit float.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return Array(try encoder.encode(state))
  }

  /// Ends the last volume, and writes statistics, tasks and `info.json`.
  ///
  /// - Throws: `ParquetError`, `VideoError`.
  public func finish() throws {
    guard let layout, let plan, let state else { return }
    try volume?.close()
    volume = nil
    let metadata = LeRobotMetadata(layout, plan, in: folder)
    try metadata.write(state.statistics)
  }

  /// The steps of an episode of which pictures count for statistics: as LeRobot chooses them.
  static func sampledSteps(of count: Int) -> Set<Int> {
    let wished = min(Int(saturating: pow(Double(count), 0.75)), 10_000)
    let samples = max(min(count, 100), wished)
    guard samples > 1 else { return [0] }
    return Set(
      (0..<samples).map { sample in
        let place = Double(sample) * Double(count - 1) / Double(samples - 1)
        return Int(saturating: place.rounded(.toNearestOrEven))
      })
  }
}

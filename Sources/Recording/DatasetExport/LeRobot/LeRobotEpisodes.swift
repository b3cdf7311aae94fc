internal import Datasets
internal import Foundation
internal import ParquetFiles

/// The episodes file of one volume: LeRobot's columns, and after them what else is known of an
/// episode, under names that begin with `mallard/`.
final class LeRobotEpisodes {
  /// Episodes of a row group. The writer remembers each column of each group until the file is
  /// closed, and there are hundreds of columns: a group for each episode would take 1 MB of memory.
  private static let episodesOfGroup = 64

  private let layout: LeRobotLayout
  private let volume: Int
  private let writer: ParquetWriter
  private var pending = 0

  init(_ layout: LeRobotLayout, volume: Int, in folder: String) throws {
    self.layout = layout
    self.volume = volume
    writer = try ParquetWriter(
      path: folder + "/" + LeRobotLayout.episodesPath(volume), columns: Self.columns(layout))
  }

  private static func columns(_ layout: LeRobotLayout) -> [ParquetColumn] {
    var columns = [
      ParquetColumn("episode_index", .int64), ParquetColumn("tasks", .string, .list),
      ParquetColumn("length", .int64), ParquetColumn("data/chunk_index", .int64),
      ParquetColumn("data/file_index", .int64), ParquetColumn("dataset_from_index", .int64),
      ParquetColumn("dataset_to_index", .int64),
    ]
    if layout.pictures == .video {
      for key in layout.cameraKeys {
        columns += [
          ParquetColumn("videos/\(key)/chunk_index", .int64),
          ParquetColumn("videos/\(key)/file_index", .int64),
          ParquetColumn("videos/\(key)/from_timestamp", .float64),
          ParquetColumn("videos/\(key)/to_timestamp", .float64),
        ]
      }
    }
    columns += LeRobotStatistics.columns(layout)
    columns += [
      ParquetColumn("meta/episodes/chunk_index", .int64),
      ParquetColumn("meta/episodes/file_index", .int64),
    ]
    return columns + facts
  }

  private static let facts = [
    ParquetColumn("mallard/episode_id", .string), ParquetColumn("mallard/robot", .string),
    ParquetColumn("mallard/task", .string), ParquetColumn("mallard/outcome", .string),
    ParquetColumn("mallard/split", .string), ParquetColumn("mallard/seed", .string),
    ParquetColumn("mallard/started_at_ns", .int64), ParquetColumn("mallard/ended_at_ns", .int64),
    ParquetColumn("mallard/operators", .string, .list),
    ParquetColumn("mallard/tags", .string, .list),
    ParquetColumn("mallard/handovers", .string), ParquetColumn("mallard/segments", .string),
    ParquetColumn("mallard/session", .string),
    ParquetColumn("mallard/robot_description", .string),
    ParquetColumn("mallard/quality/seconds", .float64),
    ParquetColumn("mallard/quality/jerk", .float64),
    ParquetColumn("mallard/quality/idle_share", .float64),
    ParquetColumn("mallard/quality/deadline_miss_share", .float64),
    ParquetColumn("mallard/quality/mean_task_uncertainty", .float64),
    ParquetColumn("mallard/quality/max_task_uncertainty", .float64),
    ParquetColumn("mallard/quality/mean_policy_uncertainty", .float64),
    ParquetColumn("mallard/quality/max_policy_uncertainty", .float64),
    ParquetColumn("mallard/quality/duration_score", .float64),
    ParquetColumn("mallard/quality/is_duration_outlier", .bool),
  ]

  /// Adds an episode; `videoStart` counts the pictures before it in the volume's videos.
  func add(_ episode: DatasetEpisode, _ statistics: LeRobotStatistics, videoStart: Int) throws {
    let chunk = Int64(volume / LeRobotLayout.filesOfChunk)
    let file = Int64(volume % LeRobotLayout.filesOfChunk)
    let length = episode.facts.steps
    try writer.append([Int64(episode.index)], to: 0)
    try writer.append([episode.instruction], to: 1)
    try writer.append([Int64(length)], to: 2)
    try writer.append([chunk], to: 3)
    try writer.append([file], to: 4)
    try writer.append([Int64(episode.firstStep)], to: 5)
    try writer.append([Int64(episode.firstStep + length)], to: 6)
    var column = 7
    if layout.pictures == .video {
      for _ in layout.cameraKeys {
        try writer.append([chunk], to: column)
        try writer.append([file], to: column + 1)
        try writer.append([Double(videoStart) / layout.schema.rate], to: column + 2)
        try writer.append([Double(videoStart + length) / layout.schema.rate], to: column + 3)
        column += 4
      }
    }
    column = try statistics.append(to: writer, from: column, layout)
    try writer.append([chunk], to: column)
    try writer.append([file], to: column + 1)
    try addFacts(episode, from: column + 2)
    pending += 1
    if pending == Self.episodesOfGroup {
      try writer.writeRows()
      pending = 0
    }
  }

  private func addFacts(_ episode: DatasetEpisode, from first: Int) throws {
    let facts = episode.facts
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    var column = first
    for text in [
      facts.id, facts.robot, facts.task, facts.outcome ?? "", episode.split.rawValue,
      facts.seed.map { "\($0)" } ?? "",
    ] {
      try writer.append(text, to: column)
      column += 1
    }
    try writer.append([facts.startedAt], to: column)
    try writer.append([facts.endedAt ?? -1], to: column + 1)
    try writer.append(facts.operators, to: column + 2)
    try writer.append(facts.tags, to: column + 3)
    column += 4
    for text in [
      try json(episode.handovers), try json(episode.segments), try json(episode.session),
      episode.robotDescription,
    ] {
      try writer.append(text, to: column)
      column += 1
    }
    let quality = episode.quality
    for number in [
      quality.seconds, quality.jerk, quality.idleShare, quality.deadlineMissShare,
      quality.meanTaskUncertainty ?? .nan, quality.maxTaskUncertainty ?? .nan,
      quality.meanPolicyUncertainty ?? .nan, quality.maxPolicyUncertainty ?? .nan,
      quality.durationScore,
    ] {
      try writer.append([number], to: column)
      column += 1
    }
    try writer.append([quality.isDurationOutlier], to: column)
  }

  func close() throws { try writer.close() }
}

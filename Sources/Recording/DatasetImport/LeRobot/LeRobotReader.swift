internal import DatasetExport
internal import Datasets
internal import Foundation
internal import RecordingStore
public import RobotData

/// Reads LeRobotDatasets v3.0: those that `mallard export` has written with all that they carry,
/// and others with what LeRobot knows of them.
public final class LeRobotReader: DatasetReader {
  /// Which datasets it reads.
  public let format = "LeRobotDataset v3.0"
  /// The episodes.
  public let episodeCount: Int
  /// Steps of all of them.
  public let stepCount: Int
  /// Features that are not recorded.
  public let leftOut: [String]
  /// The dataset's folder.
  public var path: String { root }
  private let root: String
  private let info: LeRobotInfo
  private let episodes: [LeRobotEpisode]
  private let rows: LeRobotRows
  private let pictures: LeRobotPictureSource
  private let foreign: ForeignLeRobot?

  /// Opens a dataset's folder.
  ///
  /// - Throws: `ImportError`, `ParquetError`.
  public init(path: String) throws {
    root = path
    info = try LeRobotInfo(root: path)
    episodes = try LeRobotEpisode.all(of: path, info)
    pictures = try LeRobotPictureSource(info, root: path)
    episodeCount = episodes.count
    stepCount = episodes.reduce(0) { $0 + $1.length }
    if info.mallard != nil, info.features["recorded.proprioception"] != nil {
      foreign = nil
      leftOut = []
      rows = LeRobotRows(columns: RecordedLeRobot.columns + pictures.columns)
    } else {
      let foreign = try ForeignLeRobot(info, episodes, root: path)
      self.foreign = foreign
      leftOut = foreign.leftOut
      rows = LeRobotRows(columns: foreign.columns + pictures.columns)
    }
  }

  /// What is known of an episode.
  ///
  /// - Throws: `ImportError` where something in it cannot be a recording's.
  public func episode(_ index: Int) throws -> ImportedEpisode {
    if let foreign {
      return try foreign.episode(episodes[index], index, cameras: pictures.descriptions)
    }
    return try RecordedLeRobot.episode(episodes[index], path: root + "/meta/episodes")
  }

  /// Reads the steps of an episode.
  ///
  /// - Throws: `ImportError`, `ParquetError`, `VideoError`.
  public func readSteps(
    of episode: ImportedEpisode, _ index: Int, _ take: (RecordedStep) throws -> Void
  ) throws {
    let entry = episodes[index]
    try pictures.begin(entry)
    try rows.read(entry) { step, row in
      let flags =
        foreign == nil && row.has("recorded.has_picture")
        ? try row.flags("recorded.has_picture") : []
      let frames = try pictures.frames(step, row, of: entry) { camera in
        camera < flags.count ? flags[camera] : true
      }
      if let foreign {
        try take(foreign.step(row, step, of: episode, frames: frames))
      } else {
        try take(RecordedLeRobot.step(row, of: episode.id, frames: frames))
      }
    }
  }
}

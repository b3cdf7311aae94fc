internal import Foundation
internal import ParquetFiles

/// A row of meta/episodes.
struct LeRobotEpisode {
  /// Where an episode's pictures lie in a video.
  struct Video {
    var path: String
    var start: Double
  }

  /// What Mallard says of an episode that it has exported.
  struct Facts {
    var texts: [String: String]
    var startedAt: Int64
    var endedAt: Int64
    var tags: [String]

    subscript(name: String) -> String { texts[name] ?? "" }
  }

  var index: Int
  var length: Int
  var data: String
  var tasks: [String]
  var videos: [String: Video]
  /// Whether the task was done at some step; nil where nothing says so.
  var hasSucceeded: Bool?
  var facts: Facts?

  private static let factTexts = [
    "episode_id", "robot", "task", "outcome", "seed", "handovers", "session", "robot_description",
  ]

  /// All episodes of a dataset, in order.
  ///
  /// - Throws: `ParquetError`, `ImportError`.
  static func all(of root: String, _ info: LeRobotInfo) throws -> [LeRobotEpisode] {
    let folder = root + "/meta/episodes"
    let names = try? FileManager.default.subpathsOfDirectory(atPath: folder)
    let files = (names ?? []).filter { $0.hasSuffix(".parquet") }.sorted()
    var episodes: [LeRobotEpisode] = []
    for file in files {
      let path = folder + "/" + file
      let table = try Table(path)
      while try table.nextRows() {
        for row in 0..<table.count { episodes.append(try LeRobotEpisode(table, row, root, info)) }
      }
    }
    guard episodes.count == info.total_episodes else {
      throw ImportError.unfit(
        path: folder, object: "episodes",
        reason: "there are \(episodes.count), and info.json says \(info.total_episodes)")
    }
    return episodes.sorted { $0.index < $1.index }
  }

  private init(_ table: Table, _ row: Int, _ root: String, _ info: LeRobotInfo) throws {
    index = try table.integer("episode_index", row)
    length = try table.integer("length", row)
    guard length > 0, length <= Int(Int32.max) else {
      throw ImportError.unfit(
        path: table.path, object: "length",
        reason: "episode \(index) has \(length == 0 ? "no" : "\(length)") steps")
    }
    data =
      root + "/"
      + LeRobotInfo.path(
        info.data_path, chunk: try table.integer("data/chunk_index", row),
        file: try table.integer("data/file_index", row))
    tasks = table.texts("tasks", row)
    videos = [:]
    for camera in info.cameras where camera.feature.dtype == "video" {
      guard let template = info.video_path else {
        throw ImportError.unfit(
          path: root + "/meta/info.json", object: "video_path", reason: "it is not there")
      }
      let column = "videos/\(camera.key)/"
      let path = LeRobotInfo.path(
        template, key: camera.key, chunk: try table.integer(column + "chunk_index", row),
        file: try table.integer(column + "file_index", row))
      videos[camera.key] = Video(
        path: root + "/" + path, start: try table.number(column + "from_timestamp", row))
    }
    let success = try? table.number("stats/next.success/max", row)
    hasSucceeded = success.map { $0 > 0 }
    guard table.has("mallard/episode_id") else { return }
    facts = Facts(
      texts: Dictionary(
        uniqueKeysWithValues: Self.factTexts.map { name in
          (name, table.texts("mallard/\(name)", row).first ?? "")
        }),
      startedAt: Int64(try table.integer("mallard/started_at_ns", row)),
      endedAt: Int64(try table.integer("mallard/ended_at_ns", row)),
      tags: table.texts("mallard/tags", row))
  }

  /// The columns of an episodes file that are of use here; statistics of all else are passed over.
  private final class Table {
    let path: String
    private(set) var count = 0
    private let reader: ParquetReader
    private let places: [String: Int]

    init(_ path: String) throws {
      self.path = path
      let reader = try ParquetReader(path: path)
      self.reader = reader
      let chosen = reader.columns.indices.filter { index in
        let name = reader.columns[index].name
        return !name.hasPrefix("stats/") || name == "stats/next.success/max"
      }
      try reader.select(chosen, rowsAtOnce: 64)
      places = Dictionary(
        chosen.enumerated().map { (reader.columns[$0.element].name, $0.offset) },
        uniquingKeysWith: { first, _ in first })
    }

    func nextRows() throws -> Bool {
      count = try reader.nextRows()
      return count > 0
    }

    func has(_ name: String) -> Bool { places[name] != nil }

    func number(_ name: String, _ row: Int) throws -> Double {
      guard let place = places[name], let number = reader.numbers(place, row: row)?.first else {
        throw ImportError.unfit(path: path, object: name, reason: "it is not there")
      }
      return number
    }

    func integer(_ name: String, _ row: Int) throws -> Int {
      guard let place = places[name], let number = reader.integers(place, row: row)?.first else {
        throw ImportError.unfit(path: path, object: name, reason: "it is not there")
      }
      return Int(number)
    }

    func texts(_ name: String, _ row: Int) -> [String] {
      guard let place = places[name] else { return [] }
      var texts: [String] = []
      while let text = reader.text(place, row: row, index: texts.count) { texts.append(text) }
      return texts
    }
  }
}

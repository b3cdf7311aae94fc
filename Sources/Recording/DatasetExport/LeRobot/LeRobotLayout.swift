internal import Datasets
internal import ParquetFiles

/// How pictures are stored.
public enum LeRobotPictures: String, Hashable, Sendable, CaseIterable, Codable {
  /// In the data files, compressed as they were recorded: nothing is lost, and writing is fast.
  case images
  /// As AV1 in MP4: smaller by far, with the loss of that.
  case video
}

/// Names, places and columns of a LeRobotDataset v3.0.
///
/// Written down from files that PyPI's `lerobot` 0.4.4 made.
struct LeRobotLayout {
  static let filesOfChunk = 1000

  let schema: DatasetSchema
  let pictures: LeRobotPictures
  /// Our columns, without pictures.
  let features: [DatasetFeature]
  /// The columns that every such dataset has, after ours.
  static let counters = [
    DatasetFeature("timestamp", .float32), DatasetFeature("frame_index", .int64),
    DatasetFeature("episode_index", .int64), DatasetFeature("index", .int64),
    DatasetFeature("task_index", .int64),
  ]
  /// The operator's subtask by its number: `lerobot` looks its name up in `meta/subtasks.parquet`.
  static let subtaskIndex = DatasetFeature("subtask_index", .int64)

  init(_ schema: DatasetSchema, _ pictures: LeRobotPictures) {
    self.schema = schema
    self.pictures = pictures
    features = schema.features + [Self.subtaskIndex]
  }

  /// The keys of the cameras.
  var cameraKeys: [String] { schema.cameras.map { "observation.images.\($0.name)" } }

  /// All columns with numbers or texts, in the order of the data files.
  var columns: [DatasetFeature] { features + Self.counters }

  /// Where the pictures' columns stand: between ours and the counters, in data files with pictures.
  var firstPictureColumn: Int { features.count }

  /// Pictures' columns of data files.
  var pictureColumns: Int { pictures == .images ? schema.cameras.count : 0 }

  /// The columns of a data file.
  var dataColumns: [ParquetColumn] {
    features.map { ParquetColumn($0) }
      + (pictures == .images ? cameraKeys.map { ParquetColumn($0, .picture) } : [])
      + Self.counters.map { ParquetColumn($0) }
  }

  static func fileName(_ volume: Int) -> String {
    "chunk-\(padded(volume / filesOfChunk))/file-\(padded(volume % filesOfChunk))"
  }

  static func dataPath(_ volume: Int) -> String { "data/\(fileName(volume)).parquet" }
  static func episodesPath(_ volume: Int) -> String { "meta/episodes/\(fileName(volume)).parquet" }
  static func videoPath(_ key: String, _ volume: Int) -> String {
    "videos/\(key)/\(fileName(volume)).mp4"
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(3 - digits.count, 0)) + digits
  }

  /// What the `datasets` package wants to know of a data file's columns.
  var huggingFaceMetadata: String {
    func value(_ feature: DatasetFeature) -> OrderedJSON {
      let single = OrderedJSON.object([
        ("dtype", .text(feature.type.rawValue)), ("_type", .text("Value")),
      ])
      guard feature.count > 1 else { return single }
      return .object([
        ("feature", single), ("length", .integer(feature.count)), ("_type", .text("List")),
      ])
    }
    let images =
      pictures == .images
      ? cameraKeys.map { ($0, OrderedJSON.object([("_type", .text("Image"))])) } : []
    let members =
      features.map { ($0.name, value($0)) } + images + Self.counters.map { ($0.name, value($0)) }
    return OrderedJSON.object([
      ("info", .object([("features", .object(members))]))
    ]).text(isIndented: false)
  }

  /// `features` of meta/info.json.
  func features(codec: String) -> OrderedJSON {
    func entry(_ feature: DatasetFeature) -> (String, OrderedJSON) {
      (
        feature.name,
        .object([
          ("dtype", .text(feature.type.rawValue)), ("shape", .list([.integer(feature.count)])),
          ("names", feature.count > 1 ? .list(feature.elements.map { .text($0) }) : .null),
        ])
      )
    }
    func camera(_ key: String, _ camera: DatasetCamera) -> (String, OrderedJSON) {
      var members: [(String, OrderedJSON)] = [
        ("dtype", .text(pictures == .images ? "image" : "video")),
        ("shape", .list([.integer(camera.height), .integer(camera.width), .integer(3)])),
        ("names", .list([.text("height"), .text("width"), .text("channels")])),
      ]
      if pictures == .video {
        members.append(
          (
            "info",
            .object([
              ("video.height", .integer(camera.height)), ("video.width", .integer(camera.width)),
              ("video.codec", .text(codec)), ("video.pix_fmt", .text("yuv420p")),
              ("video.is_depth_map", .bool(false)), ("video.fps", Self.rate(schema.rate)),
              ("video.channels", .integer(3)), ("has_audio", .bool(false)),
            ])
          ))
      }
      return (key, .object(members))
    }
    return .object(
      features.map(entry) + zip(cameraKeys, schema.cameras).map(camera)
        + Self.counters.map(entry))
  }

  /// LeRobot counts whole pictures in a second; others are kept as they are.
  static func rate(_ rate: Double) -> OrderedJSON {
    Int(exactly: rate).map { .integer($0) } ?? .number(rate)
  }
}

extension ParquetColumn {
  init(_ feature: DatasetFeature) {
    let kind: Kind =
      switch feature.type {
      case .float32: .float32
      case .float64: .float64
      case .int64: .int64
      case .bool: .bool
      case .string: .string
      }
    self.init(feature.name, kind, feature.count > 1 ? .fixedList(feature.count) : .scalar)
  }
}

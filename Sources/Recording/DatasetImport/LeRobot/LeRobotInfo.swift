internal import Foundation
internal import PlainErrors

/// What meta/info.json of a LeRobotDataset v3.0 says.
struct LeRobotInfo: Decodable {
  struct Feature: Decodable {
    var dtype: String
    var shape: [Int]
    var names: Names?

    /// How many numbers a step has of it; none where its shape makes no sense.
    var count: Int {
      shape.reduce(1) { count, side in
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: max(side, 0))
        return isTooLarge || product > 1 << 20 ? 0 : product
      }
    }
    var isPicture: Bool { dtype == "image" || dtype == "video" }

    /// Height and width of pictures, whichever way round the axes are.
    var pictureSize: (height: Int, width: Int)? {
      guard shape.count == 3 else { return nil }
      let axes = names?.list ?? []
      if axes.first == "channels" || axes.first == "channel" || (shape[0] == 3 && shape[2] != 3) {
        return (shape[1], shape[2])
      }
      return (shape[0], shape[1])
    }
  }

  /// Names of a feature's numbers: a list, or one under a name of its own.
  struct Names: Decodable {
    var list: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let plain = try? container.decode([String].self) {
        list = plain
      } else if let named = try? container.decode([String: [String]].self) {
        list = named.sorted { $0.key < $1.key }.flatMap(\.value)
      } else {
        list = []
      }
    }
  }

  /// What Mallard says of its own datasets.
  struct Mallard: Decodable {
    var profile: String
    var is_simulated: Bool
  }

  var codebase_version: String
  var robot_type: String?
  var total_episodes: Int
  var total_frames: Int
  var fps: Double
  var data_path: String
  var video_path: String?
  var features: [String: Feature]
  var mallard: Mallard?

  /// Reads the file.
  ///
  /// - Throws: `ImportError`.
  init(root: String) throws {
    let path = root + "/meta/info.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ImportError.notFound(path: path)
    }
    do {
      self = try JSONDecoder().decode(LeRobotInfo.self, from: data)
    } catch {
      throw ImportError.unfit(path: path, object: "the file", reason: PlainError.reason(error))
    }
    guard codebase_version.hasPrefix("v3.") else {
      throw ImportError.unfit(
        path: path, object: "codebase_version",
        reason: "it is \(codebase_version), and v3.0 is read; lerobot converts older datasets")
    }
    guard fps.isFinite, fps >= 0.001, fps <= 10_000 else {
      throw ImportError.unfit(path: path, object: "fps", reason: "\(fps) is no rate")
    }
    guard total_episodes > 0 else { throw ImportError.empty(path: root) }
  }

  /// The cameras' features, sorted by name.
  var cameras: [(key: String, name: String, feature: Feature)] {
    let found = features.filter { $0.value.isPicture }.sorted { $0.key < $1.key }
    let names = ImportedName.distinct(
      found.map { key, _ in
        String(key.hasPrefix("observation.images.") ? key.dropFirst(19) : key[...])
      })
    return zip(found, names).map { ($0.key, $1, $0.value) }
  }

  /// A path of a template such as `data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet`.
  static func path(_ template: String, key: String = "", chunk: Int, file: Int) -> String {
    var path = template.replacing("{video_key}", with: key)
    for (name, number) in [("chunk_index", chunk), ("file_index", file)] {
      let digits = String(number)
      let padded = String(repeating: "0", count: max(3 - digits.count, 0)) + digits
      path = path.replacing("{\(name):03d}", with: padded).replacing("{\(name)}", with: digits)
    }
    return path
  }
}

internal import HDF5Files
internal import ImageCodecs
internal import RobotData

/// The pictures of a demonstration: datasets of bytes, `[steps, height, width, 3]`.
struct RobomimicPictures {
  private struct Source {
    let name: String
    let camera: CameraName
    let size: ImageSize
    let rows: RowSource<UInt8>
  }

  private let path: String
  private let sources: [Source]

  /// All of a group `obs`, sorted by name.
  ///
  /// - Throws: `HDF5Error`, also where a picture's shape is none.
  init(_ group: HDF5Group, rows: Int, path: String) throws {
    self.path = path
    var sources: [Source] = []
    let names = try Self.names(group)
    let short = names.map { $0.hasSuffix("_image") ? String($0.dropLast("_image".count)) : $0 }
    for (name, camera) in zip(names, ImportedName.distinct(short)) {
      let dataset = try group.dataset(name)
      let shape = dataset.rowShape
      guard dataset.isBytes, dataset.rows == rows, shape.count == 3, shape[2] == 3,
        (1...ImageSize.longestSide).contains(shape[0]),
        (1...ImageSize.longestSide).contains(shape[1])
      else {
        throw HDF5Error.unexpected(
          path: path, object: dataset.name,
          expected: "pictures: bytes of shape [\(rows), height, width, 3]",
          found: "\(dataset.isBytes ? "bytes" : "no bytes") of shape \(dataset.shape)")
      }
      sources.append(
        Source(
          name: name, camera: try CameraName(camera),
          size: ImageSize(width: shape[1], height: shape[0]),
          rows: RowSource(dataset, rowsAtOnce: max(1, (4 << 20) / dataset.rowCount))))
    }
    self.sources = sources
  }

  /// The datasets of a group `obs` that hold pictures.
  static func names(_ group: HDF5Group) throws(HDF5Error) -> [String] {
    var names: [String] = []
    for name in try group.memberNames() where try group.member(name) == .dataset {
      let dataset = try group.dataset(name)
      if name.hasSuffix("_image") || (dataset.isBytes && dataset.rowShape.count == 3) {
        names.append(name)
      }
    }
    return names
  }

  /// The cameras; pictures are recorded without loss.
  var cameras: [CameraDescription] {
    sources.map { source in
      CameraDescription(name: source.camera, size: source.size, encoding: .png, quality: 100)
    }
  }

  /// The pictures of a step; of those cameras for which `isTaken` says so.
  func frames(_ step: Int, isTaken: (CameraName) throws -> Bool = { _ in true }) throws
    -> [CameraFrame]
  {
    var frames: [CameraFrame] = []
    for source in sources where try isTaken(source.camera) {
      let rgb = Array(try source.rows.row(step))
      frames.append(
        try CameraFrame(
          camera: source.camera, size: source.size, encoding: .png,
          bytes: PNGCodec.encode(rgb: rgb, size: source.size, isFast: true)))
    }
    return frames
  }
}

/// Names of other programs, as identifiers.
enum ImportedName {
  /// As `fit`, where names that would become one get a number: the second `a b` beside `a-b` is `a-b-2`.
  static func distinct(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.map { given in
      let stem = fit(given)
      var name = stem
      var number = 1
      while !taken.insert(name).inserted {
        number += 1
        name = stem.prefix(56) + "-\(number)"
      }
      return name
    }
  }

  /// The name with what identifiers may not hold replaced by `-`.
  static func fit(_ name: String) -> String {
    let letters = name.unicodeScalars.map { letter -> Character in
      let isFit =
        letter.isASCII
        && (letter.properties.isAlphabetic || letter.properties.numericType != nil
          || "-._".unicodeScalars.contains(letter))
      return isFit ? Character(letter) : "-"
    }
    let text = String(letters.drop { $0 == "-" || $0 == "." || $0 == "_" }.prefix(64))
    return text.isEmpty ? "imported" : text
  }
}

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
    for name in try group.memberNames() where try group.member(name) == .dataset {
      let dataset = try group.dataset(name)
      let isPicture = name.hasSuffix("_image") || (dataset.isBytes && dataset.rowShape.count == 3)
      guard isPicture else { continue }
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
      let short = name.hasSuffix("_image") ? String(name.dropLast("_image".count)) : name
      sources.append(
        Source(
          name: name, camera: try CameraName(ImportedName.fit(short)),
          size: ImageSize(width: shape[1], height: shape[0]),
          rows: RowSource(dataset, rowsAtOnce: max(1, (4 << 20) / dataset.rowCount))))
    }
    self.sources = sources
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

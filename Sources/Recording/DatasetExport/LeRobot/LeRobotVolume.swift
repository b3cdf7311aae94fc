internal import Datasets
internal import Foundation
internal import ImageCodecs
internal import ParquetFiles
internal import RobotData
internal import SystemPackage
internal import VideoFiles

/// The files of one volume while they are written.
final class LeRobotVolume {
  private let layout: LeRobotLayout
  private let data: ParquetWriter
  private let episodes: LeRobotEpisodes
  private var videos: [VideoEncoder] = []
  /// Each camera's last picture, for a step that has none.
  private var lastFrames: [CameraFrame?]
  private var lastPixels: [[UInt8]?]
  private var pendingBytes = 0
  private var dataBytes = 0
  /// Steps of the volume that ended with their episode.
  private var steps = 0

  /// Makes the files; what lies there from an interrupted attempt is replaced.
  init(_ layout: LeRobotLayout, number: Int, in folder: String) throws {
    self.layout = layout
    var paths = [LeRobotLayout.dataPath(number), LeRobotLayout.episodesPath(number)]
    let videoPaths =
      layout.pictures == .video
      ? layout.cameraKeys.map { LeRobotLayout.videoPath($0, number) } : []
    paths += videoPaths
    for path in paths {
      let parent = FilePath("\(folder)/\(path)").removingLastComponent().string
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    }
    data = try ParquetWriter(
      path: folder + "/" + LeRobotLayout.dataPath(number), columns: layout.dataColumns,
      metadata: [("huggingface", layout.huggingFaceMetadata)])
    episodes = try LeRobotEpisodes(layout, volume: number, in: folder)
    for (path, camera) in zip(videoPaths, layout.schema.cameras) {
      videos.append(
        try VideoEncoder(
          path: folder + "/" + path, size: ImageSize(width: camera.width, height: camera.height),
          rate: layout.schema.rate))
    }
    lastFrames = layout.schema.cameras.map { _ in nil }
    lastPixels = lastFrames.map { _ in nil }
  }

  /// Bytes of pictures so far. Those of video are an estimate: what its encoder has given out at a
  /// moment depends on its threads, and where a volume ends must not.
  var bytes: Int { dataBytes + videoBytes }
  private var videoBytes = 0
  /// How much smaller video is than its pixels, roughly (AV1 of robots' cameras).
  private static let videoCompression = 64

  /// Appends a value of the step that is being written.
  func append(_ value: DatasetValue, feature: Int) throws {
    let column = feature < layout.firstPictureColumn ? feature : feature + layout.pictureColumns
    switch value {
    case .float32(let numbers): try data.append(numbers, to: column)
    case .float64(let numbers): try data.append(numbers, to: column)
    case .int64(let numbers): try data.append(numbers, to: column)
    case .bool(let values): try data.append(values, to: column)
    case .string(let text): try data.append(text, to: column)
    }
  }

  /// Appends a picture into the data file, as it is compressed.
  func append(
    _ frame: CameraFrame?, camera: Int, _ size: ImageSize, _ step: DatasetStep
  ) throws {
    let frame = try frame ?? lastFrames[camera] ?? Self.black(layout.schema.cameras[camera], size)
    lastFrames[camera] = frame
    let suffix = frame.encoding == .jpeg ? "jpg" : "png"
    try data.append(
      picture: frame.bytes, path: "frame-\(step.datasetIndex).\(suffix)",
      to: layout.firstPictureColumn + camera)
    pendingBytes += frame.bytes.count
    dataBytes += frame.bytes.count
  }

  /// Appends a picture to the camera's video.
  func append(_ rgb: [UInt8]?, camera: Int, _ size: ImageSize) throws {
    let rgb = rgb ?? lastPixels[camera] ?? [UInt8](repeating: 0, count: size.rgbBytes)
    lastPixels[camera] = rgb
    try videos[camera].add(rgb)
    videoBytes += rgb.count / Self.videoCompression
  }

  private static func black(_ camera: DatasetCamera, _ size: ImageSize) throws -> CameraFrame {
    try CameraFrame(
      camera: CameraName(camera.name), size: size, encoding: .png,
      bytes: try PNGCodec.encode(rgb: [UInt8](repeating: 0, count: size.rgbBytes), size: size))
  }

  /// Writes the pending rows when their pictures have more bytes than this.
  func writeRows(beyond limit: Int) throws {
    guard pendingBytes > limit else { return }
    try data.writeRows()
    pendingBytes = 0
  }

  /// Ends an episode: the next one begins without this one's pictures.
  func end(_ episode: DatasetEpisode, _ statistics: LeRobotStatistics) throws {
    try data.writeRows()
    pendingBytes = 0
    try episodes.add(episode, statistics, videoStart: steps)
    steps += episode.facts.steps
    lastFrames = lastFrames.map { _ in nil }
    lastPixels = lastPixels.map { _ in nil }
  }

  func close() throws {
    try data.close()
    try episodes.close()
    for video in videos { try video.finish() }
  }

  /// One pixel in this number of a large picture, which is enough for statistics: as LeRobot thins them.
  static func thinned(_ rgb: [UInt8], _ size: ImageSize) -> [UInt8] {
    let longest = max(size.width, size.height)
    guard longest >= 300 else { return rgb }
    let factor = longest / 150
    var result: [UInt8] = []
    for row in stride(from: 0, to: size.height, by: factor) {
      for column in stride(from: 0, to: size.width, by: factor) {
        let place = 3 * (row * size.width + column)
        result.append(contentsOf: rgb[place..<place + 3])
      }
    }
    return result
  }
}

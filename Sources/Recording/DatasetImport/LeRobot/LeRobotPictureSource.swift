internal import ImageCodecs
internal import RobotData
internal import VideoFiles

/// The pictures of a dataset's cameras: in its data files, or in its videos.
final class LeRobotPictureSource {
  private struct Camera {
    var key: String
    var name: CameraName
    var size: ImageSize
    var isVideo: Bool
  }

  private let rate: Double
  private let cameras: [Camera]
  private var decoders: [String: VideoDecoder] = [:]

  init(_ info: LeRobotInfo, root: String) throws {
    rate = info.fps
    cameras = try info.cameras.map { camera in
      guard let size = camera.feature.pictureSize,
        (1...ImageSize.longestSide).contains(size.height),
        (1...ImageSize.longestSide).contains(size.width)
      else {
        throw ImportError.unfit(
          path: root + "/meta/info.json", object: camera.key,
          reason: "\(camera.feature.shape) is no picture's shape")
      }
      return Camera(
        key: camera.key, name: try CameraName(camera.name),
        size: ImageSize(width: size.width, height: size.height),
        isVideo: camera.feature.dtype == "video")
    }
  }

  /// The cameras; what comes out of a video is recorded without further loss.
  var descriptions: [CameraDescription] {
    cameras.map {
      CameraDescription(name: $0.name, size: $0.size, encoding: .png, quality: 100)
    }
  }

  /// The columns of data files that hold pictures.
  var columns: [String] { cameras.filter { !$0.isVideo }.map(\.key) }

  /// Goes to the beginning of an episode.
  func begin(_ episode: LeRobotEpisode) throws {
    for camera in cameras where camera.isVideo {
      guard let video = episode.videos[camera.key] else { continue }
      if decoders[camera.key]?.path != video.path {
        decoders[camera.key] = nil
        decoders[camera.key] = try VideoDecoder(path: video.path)
      }
      try decoders[camera.key]?.seek(to: video.start, tolerance: 0.5 / rate)
    }
  }

  /// The pictures of the next step; of those cameras that had one, in their order.
  func frames(
    _ step: Int, _ row: LeRobotRow, of episode: LeRobotEpisode, isThere: (Int) -> Bool
  ) throws -> [CameraFrame] {
    var frames: [CameraFrame] = []
    for (index, camera) in cameras.enumerated() {
      if camera.isVideo {
        let rgb = try decoded(camera, step, of: episode)
        guard isThere(index) else { continue }
        frames.append(
          try CameraFrame(
            camera: camera.name, size: camera.size, encoding: .png,
            bytes: try PNGCodec.encode(rgb: rgb, size: camera.size)))
      } else if isThere(index) {
        let bytes = try row.picture(camera.key)
        guard let encoding = Self.encoding(of: bytes) else {
          throw row.unfit(camera.key, "the bytes of a PNG or JPEG picture")
        }
        frames.append(
          try CameraFrame(
            camera: camera.name, size: camera.size, encoding: encoding, bytes: bytes))
      }
    }
    return frames
  }

  private func decoded(
    _ camera: Camera, _ step: Int, of episode: LeRobotEpisode
  ) throws -> [UInt8] {
    guard let video = episode.videos[camera.key], let decoder = decoders[camera.key] else {
      return []
    }
    let wanted = video.start + Double(step) / rate
    while let picture = try decoder.next() {
      if picture.seconds < wanted - 0.5 / rate { continue }
      guard picture.seconds <= wanted + 0.5 / rate, decoder.size == camera.size else { break }
      return picture.rgb
    }
    throw ImportError.unfit(
      path: video.path, object: "episode \(episode.index) step \(step)",
      reason: "there is no \(camera.size) picture at \(wanted) s")
  }

  private static func encoding(of bytes: [UInt8]) -> ImageEncoding? {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    return bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) ? .png : nil
  }
}

internal import CAV
internal import Numbers
public import RobotData

/// How pictures are compressed into a video.
public struct VideoCodec: Hashable, Sendable {
  /// libav's name of the encoder.
  public var encoder: String
  /// libav's name of the codec, which players and loaders know.
  public var name: String
  /// The encoder's options, as `key=value;key=value`.
  public var options: String

  /// A codec of these names.
  public init(encoder: String, name: String, options: String) {
    self.encoder = encoder
    self.name = name
    self.options = options
  }

  /// AV1 by SVT-AV1 as LeRobot sets it: a key picture every second one, so that any is reached
  /// quickly; constant quality 30; the fastest preset that LeRobot uses.
  public static let av1 = VideoCodec(
    encoder: "libsvtav1", name: "av1", options: "preset=12;crf=30;g=2")
}

/// Why a video could not be written or read.
public enum VideoError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The video cannot be written; `reason` is libav's text.
  case notWritable(path: String, reason: String)
  /// The video cannot be read; `reason` is libav's text.
  case notReadable(path: String, reason: String)
  /// A picture is not of the video's size.
  case pictureSize(path: String, expected: ImageSize, bytes: Int)

  /// What is wrong with which file.
  public var description: String {
    switch self {
    case .notWritable(let path, let reason): "the video \(path) cannot be written: \(reason)"
    case .notReadable(let path, let reason): "the video \(path) cannot be read: \(reason)"
    case .pictureSize(let path, let expected, let bytes):
      "the video \(path) has \(expected) pictures; one came with \(bytes) bytes instead of "
        + "\(expected.rgbBytes)"
    }
  }
}

extension CAVProblem {
  var reason: String {
    withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

/// Writes pictures into an MP4 file. Belongs to one thread.
public final class VideoEncoder {
  /// The file.
  public let path: String
  /// The pictures' size.
  public let size: ImageSize
  /// Pictures so far.
  public private(set) var count = 0
  private let encoder: OpaquePointer

  /// Makes the file; one that is there is replaced.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - size: The pictures' size.
  ///   - rate: Pictures in a second, Hz; kept to a thousandth.
  ///   - codec: How they are compressed.
  /// - Throws: `VideoError.notWritable`.
  public init(
    path: String, size: ImageSize, rate: Double, codec: VideoCodec = .av1
  ) throws(VideoError) {
    var problem = CAVProblem()
    let isWhole = rate == rate.rounded()
    guard
      let encoder = cav_encoder_open(
        path, codec.encoder, codec.options, Int32(size.width), Int32(size.height),
        Int32(saturating: isWhole ? rate : (rate * 1000).rounded()), isWhole ? 1 : 1000, &problem)
    else { throw .notWritable(path: path, reason: problem.reason) }
    self.path = path
    self.size = size
    self.encoder = encoder
  }

  deinit { cav_encoder_free(encoder) }

  /// Adds a picture, rows from the top, `[height, width, 3]`.
  ///
  /// - Throws: `VideoError`.
  public func add(_ rgb: [UInt8]) throws(VideoError) {
    guard rgb.count == size.rgbBytes else {
      throw .pictureSize(path: path, expected: size, bytes: rgb.count)
    }
    var problem = CAVProblem()
    guard cav_encoder_add(encoder, rgb, &problem) else {
      throw .notWritable(path: path, reason: problem.reason)
    }
    count += 1
  }

  /// Writes the file's end; nothing may follow.
  ///
  /// - Throws: `VideoError.notWritable`.
  public func finish() throws(VideoError) {
    var problem = CAVProblem()
    guard cav_encoder_finish(encoder, &problem) else {
      throw .notWritable(path: path, reason: problem.reason)
    }
  }
}

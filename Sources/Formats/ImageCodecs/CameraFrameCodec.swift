public import RobotData

/// Turns camera frames from one encoding into another. Belongs to one thread.
public final class CameraFrameCodec {
  private let jpeg: JPEGCodec

  /// A codec.
  ///
  /// - Throws: `ImageCodecError` when there is no memory.
  public init() throws(ImageCodecError) { jpeg = try JPEGCodec() }

  /// The frame as the camera's description says that it is sent; unchanged if it is so already.
  ///
  /// - Throws: `ImageCodecError` or `CameraFrameError` naming what does not fit.
  public func encode(_ frame: CameraFrame, as camera: CameraDescription) throws -> CameraFrame {
    guard frame.encoding != camera.encoding else { return frame }
    let (size, rgb) = try decode(frame)
    let bytes =
      switch camera.encoding {
      case .rgb8: rgb
      case .jpeg: try jpeg.encode(rgb: rgb, size: size, quality: camera.quality)
      case .png: try PNGCodec.encode(rgb: rgb, size: size)
      }
    return try CameraFrame(
      camera: frame.camera, size: size, encoding: camera.encoding, bytes: bytes)
  }

  /// The frame's pixels, rows from the top, `[height, width, 3]`.
  ///
  /// - Throws: `ImageCodecError` when the bytes are damaged.
  public func decode(
    _ frame: CameraFrame
  ) throws(ImageCodecError) -> (size: ImageSize, rgb: [UInt8]) {
    switch frame.encoding {
    case .rgb8: (frame.size, frame.bytes)
    case .jpeg: try jpeg.decode(frame.bytes)
    case .png: try PNGCodec.decode(frame.bytes)
    }
  }
}

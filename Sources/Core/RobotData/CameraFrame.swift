/// How the bytes of a picture are to be read.
public enum ImageEncoding: UInt8, Hashable, Sendable, CaseIterable {
  /// Rows from the top, each pixel three bytes: red, green, blue.
  case rgb8 = 0
  /// JPEG (ITU T.81).
  case jpeg = 1
  /// PNG: without loss.
  case png = 2
}

/// A picture's width and height in pixels.
public struct ImageSize: Hashable, Sendable, CustomStringConvertible {
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int

  /// The longest side that any part of Mallard takes.
  public static let longestSide = 4096

  /// A size of these sides.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Bytes of the picture as `rgb8`.
  public var rgbBytes: Int { width * height * 3 }

  /// Width × height.
  public var description: String { "\(width)×\(height)" }
}

/// One camera's picture.
public struct CameraFrame: Hashable, Sendable {
  /// The camera that took it.
  public let camera: CameraName
  /// The picture's size.
  public let size: ImageSize
  /// How `bytes` are to be read.
  public let encoding: ImageEncoding
  /// The picture.
  public let bytes: [UInt8]

  /// The most bytes that one picture may have: a 4096×4096 picture is refused long before.
  public static let bytesLimit = 16 << 20

  /// Checks size and byte count; a compressed picture's content is checked when it is decoded.
  ///
  /// - Throws: `CameraFrameError` naming the camera, what was expected and what came.
  public init(
    camera: CameraName, size: ImageSize, encoding: ImageEncoding, bytes: [UInt8]
  ) throws(CameraFrameError) {
    guard (1...ImageSize.longestSide).contains(size.width),
      (1...ImageSize.longestSide).contains(size.height)
    else { throw .size(camera, size) }
    guard bytes.count <= Self.bytesLimit else {
      throw .tooLarge(camera, bytes: bytes.count, limit: Self.bytesLimit)
    }
    guard !bytes.isEmpty else { throw .empty(camera) }
    if encoding == .rgb8, bytes.count != size.rgbBytes {
      throw .byteCount(camera, size, expected: size.rgbBytes, got: bytes.count)
    }
    self.camera = camera
    self.size = size
    self.encoding = encoding
    self.bytes = bytes
  }
}

/// Why a picture was refused.
public enum CameraFrameError: Error, Equatable, CustomStringConvertible {
  /// A side is not between 1 and 4096 pixels.
  case size(CameraName, ImageSize)
  /// There are more bytes than any picture may have.
  case tooLarge(CameraName, bytes: Int, limit: Int)
  /// There are no bytes.
  case empty(CameraName)
  /// Uncompressed bytes do not fit the size.
  case byteCount(CameraName, ImageSize, expected: Int, got: Int)

  /// What is wrong with which camera's picture.
  public var description: String {
    switch self {
    case .size(let camera, let size):
      "camera \"\(camera)\" sent a \(size) picture; sides of 1 to \(ImageSize.longestSide) "
        + "pixels are allowed"
    case .tooLarge(let camera, let bytes, let limit):
      "camera \"\(camera)\" sent \(bytes) bytes; at most \(limit) are allowed"
    case .empty(let camera):
      "camera \"\(camera)\" sent a picture without bytes"
    case .byteCount(let camera, let size, let expected, let got):
      "camera \"\(camera)\" sent \(got) bytes for a \(size) rgb8 picture, which has \(expected)"
    }
  }
}

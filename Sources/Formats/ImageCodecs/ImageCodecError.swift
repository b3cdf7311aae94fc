public import RobotData

/// Why a picture could not be compressed or read.
public enum ImageCodecError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes are no picture of this kind, or damaged; `reason` is the library's text.
  case unreadable(String, reason: String)
  /// The picture is larger than any camera's.
  case tooLarge(ImageSize)
  /// The pixels do not fit the size.
  case byteCount(ImageSize, expected: Int, got: Int)
  /// The library refused to compress.
  case notWritable(String, reason: String)

  /// What is wrong with which picture.
  public var description: String {
    switch self {
    case .unreadable(let kind, let reason): "the bytes are no readable \(kind) picture: \(reason)"
    case .tooLarge(let size):
      "a \(size) picture; sides of 1 to \(ImageSize.longestSide) pixels are allowed"
    case .byteCount(let size, let expected, let got):
      "\(got) bytes for a \(size) picture, which has \(expected)"
    case .notWritable(let kind, let reason): "the picture cannot be written as \(kind): \(reason)"
    }
  }
}

extension ImageSize {
  /// Refuses what no camera has, before memory is taken for it.
  func check() throws(ImageCodecError) {
    guard (1...Self.longestSide).contains(width), (1...Self.longestSide).contains(height) else {
      throw .tooLarge(self)
    }
  }

  /// Refuses pixels that do not fit.
  func check(_ rgb: [UInt8]) throws(ImageCodecError) {
    try check()
    guard rgb.count == rgbBytes else {
      throw .byteCount(self, expected: rgbBytes, got: rgb.count)
    }
  }
}

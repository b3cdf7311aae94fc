internal import CAV
public import RobotData

/// Reads the pictures of a video in order. Belongs to one thread.
public final class VideoDecoder {
  /// The file.
  public let path: String
  /// The pictures' size.
  public let size: ImageSize
  private let decoder: OpaquePointer
  private var pending: (rgb: [UInt8], seconds: Double)?

  /// Opens the first video of a file.
  ///
  /// - Throws: `VideoError.notReadable`.
  public init(path: String) throws(VideoError) {
    var problem = CAVProblem()
    guard let decoder = cav_decoder_open(path, &problem) else {
      throw .notReadable(path: path, reason: problem.reason)
    }
    self.path = path
    self.decoder = decoder
    size = ImageSize(
      width: Int(cav_decoder_width(decoder)), height: Int(cav_decoder_height(decoder)))
    guard (1...ImageSize.longestSide).contains(size.width),
      (1...ImageSize.longestSide).contains(size.height)
    else { throw .notReadable(path: path, reason: "its pictures are \(size)") }
  }

  deinit { cav_decoder_free(decoder) }

  /// Goes to a time; `next()` then gives the picture that is shown then.
  ///
  /// - Parameters:
  ///   - seconds: From the video's beginning.
  ///   - tolerance: How much earlier a picture may be to count as shown then.
  /// - Throws: `VideoError.notReadable`.
  public func seek(to seconds: Double, tolerance: Double) throws(VideoError) {
    var problem = CAVProblem()
    guard cav_decoder_seek(decoder, seconds, &problem) else {
      throw .notReadable(path: path, reason: problem.reason)
    }
    pending = nil
    while let picture = try read() {
      guard picture.seconds < seconds - tolerance else {
        pending = picture
        return
      }
    }
  }

  /// The next picture, rows from the top, `[height, width, 3]`, and its time from the beginning, s.
  ///
  /// - Returns: Nil at the end.
  /// - Throws: `VideoError.notReadable` where the file is damaged.
  public func next() throws(VideoError) -> (rgb: [UInt8], seconds: Double)? {
    if let picture = pending {
      pending = nil
      return picture
    }
    return try read()
  }

  private func read() throws(VideoError) -> (rgb: [UInt8], seconds: Double)? {
    var problem = CAVProblem()
    var seconds = 0.0
    var status: Int32 = 0
    let rgb = [UInt8](unsafeUninitializedCapacity: size.rgbBytes) { buffer, written in
      status = cav_decoder_next(decoder, buffer.baseAddress, &seconds, &problem)
      written = status == 1 ? size.rgbBytes : 0
    }
    guard status >= 0 else { throw .notReadable(path: path, reason: problem.reason) }
    return status == 1 ? (rgb, seconds) : nil
  }
}

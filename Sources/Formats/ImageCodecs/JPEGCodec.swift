internal import CTurboJPEG
public import RobotData

/// Compresses and reads JPEG pictures. Belongs to one thread, and keeps its memory between
/// pictures.
public final class JPEGCodec {
  private let compressor: tjhandle
  private let decompressor: tjhandle

  /// A codec.
  ///
  /// - Throws: `ImageCodecError` when there is no memory.
  public init() throws(ImageCodecError) {
    guard let compressor = tjInitCompress() else {
      throw .notWritable("JPEG", reason: "no memory")
    }
    guard let decompressor = tjInitDecompress() else {
      tjDestroy(compressor)
      throw .unreadable("JPEG", reason: "no memory")
    }
    self.compressor = compressor
    self.decompressor = decompressor
  }

  deinit {
    tjDestroy(compressor)
    tjDestroy(decompressor)
  }

  /// Compresses pixels, rows from the top, `[height, width, 3]`, with colour in full resolution
  /// (4:4:4): in small pictures an object is a few pixels wide, and is known by its colour. `quality` is
  /// from 1 to 100.
  ///
  /// - Throws: `ImageCodecError` when the pixels do not fit the size.
  public func encode(
    rgb: [UInt8], size: ImageSize, quality: Int
  ) throws(ImageCodecError) -> [UInt8] {
    try size.check(rgb)
    var count = tjBufSize(Int32(size.width), Int32(size.height), Int32(TJSAMP_444.rawValue))
    var status: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
      var start = buffer.baseAddress
      status = tjCompress2(
        compressor, rgb, Int32(size.width), 0, Int32(size.height), Int32(TJPF_RGB.rawValue),
        &start, &count, Int32(TJSAMP_444.rawValue), Int32(min(max(quality, 1), 100)),
        TJFLAG_NOREALLOC)
      written = status == 0 ? Int(count) : 0
    }
    guard status == 0 else {
      throw .notWritable("JPEG", reason: String(cString: tjGetErrorStr2(compressor)))
    }
    return bytes
  }

  /// Reads a picture into pixels, rows from the top, `[height, width, 3]`.
  ///
  /// - Throws: `ImageCodecError` when the bytes are damaged or the picture is too large.
  public func decode(_ bytes: [UInt8]) throws(ImageCodecError) -> (size: ImageSize, rgb: [UInt8]) {
    var (width, height, sampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard
      tjDecompressHeader3(
        decompressor, bytes, UInt(bytes.count), &width, &height, &sampling, &colours) == 0
    else { throw problem }
    let size = ImageSize(width: Int(width), height: Int(height))
    try size.check()
    var status: Int32 = 0
    let rgb = [UInt8](unsafeUninitializedCapacity: size.rgbBytes) { buffer, written in
      status = tjDecompress2(
        decompressor, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height,
        Int32(TJPF_RGB.rawValue), TJFLAG_STOPONWARNING)
      written = status == 0 ? size.rgbBytes : 0
    }
    guard status == 0 else { throw problem }
    return (size, rgb)
  }

  private var problem: ImageCodecError {
    .unreadable("JPEG", reason: String(cString: tjGetErrorStr2(decompressor)))
  }
}

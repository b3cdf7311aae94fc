internal import CPNG
public import RobotData

/// Compresses and reads PNG pictures, without loss.
public enum PNGCodec {
  /// Compresses pixels, rows from the top, `[height, width, 3]`; `isFast` prefers speed to size.
  ///
  /// - Throws: `ImageCodecError` when the pixels do not fit the size.
  public static func encode(
    rgb: [UInt8], size: ImageSize, isFast: Bool = false
  ) throws(ImageCodecError) -> [UInt8] {
    try size.check(rgb)
    var image = header(size)
    if isFast { image.flags = png_uint_32(PNG_IMAGE_FLAG_FAST) }
    // Noise does not shrink: PNG then stores it, with some bytes for each row and each 8 kB.
    var count = png_alloc_size_t(size.rgbBytes + size.rgbBytes / 256 + 8 * size.height + 4_096)
    var bytes = [UInt8](repeating: 0, count: count)
    guard png_image_write_to_memory(&image, &bytes, &count, 0, rgb, 0, nil) != 0 else {
      throw .notWritable("PNG", reason: text(of: image))
    }
    return Array(bytes.prefix(count))
  }

  /// Reads a picture into pixels, rows from the top, `[height, width, 3]`.
  ///
  /// - Throws: `ImageCodecError` when the bytes are damaged or the picture is too large.
  public static func decode(
    _ bytes: [UInt8]
  ) throws(ImageCodecError) -> (size: ImageSize, rgb: [UInt8]) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    guard png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0 else {
      throw .unreadable("PNG", reason: text(of: image))
    }
    defer { png_image_free(&image) }
    let size = ImageSize(width: Int(image.width), height: Int(image.height))
    try size.check()
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    var rgb = [UInt8](repeating: 0, count: size.rgbBytes)
    guard png_image_finish_read(&image, nil, &rgb, 0, nil) != 0 else {
      throw .unreadable("PNG", reason: text(of: image))
    }
    return (size, rgb)
  }

  private static func header(_ size: ImageSize) -> png_image {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(size.width)
    image.height = png_uint_32(size.height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    return image
  }

  private static func text(of image: png_image) -> String {
    withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

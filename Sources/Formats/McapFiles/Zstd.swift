internal import CZstd

/// Compresses with libzstd, and keeps its memory between chunks. Belongs to one thread.
final class ZstdCompressor {
  private let context: OpaquePointer
  private let level: Int32

  /// Nil where there is no memory.
  init?(level: Int) {
    guard let context = ZSTD_createCCtx() else { return nil }
    self.context = context
    self.level = Int32(level)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// A zstd frame of these bytes; nil with the library's reason where it refuses.
  func compress(_ bytes: [UInt8]) -> (frame: [UInt8]?, reason: String) {
    let bound = ZSTD_compressBound(bytes.count)
    var result = 0
    let frame = [UInt8](unsafeUninitializedCapacity: bound) { buffer, written in
      result = ZSTD_compressCCtx(
        context, buffer.baseAddress, bound, bytes, bytes.count, level)
      written = ZSTD_isError(result) == 0 ? result : 0
    }
    guard ZSTD_isError(result) == 0 else {
      return (nil, String(cString: ZSTD_getErrorName(result)))
    }
    return (frame, "")
  }
}

/// Reads zstd frames.
enum Zstd {
  /// The `count` bytes that a frame was made of.
  static func decompress(
    _ frame: ArraySlice<UInt8>, count: Int
  ) throws(ByteReader.Problem) -> [UInt8] {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      result = frame.withUnsafeBytes { frame in
        ZSTD_decompress(buffer.baseAddress, count, frame.baseAddress, frame.count)
      }
      written = ZSTD_isError(result) == 0 ? result : 0
    }
    guard ZSTD_isError(result) == 0 else {
      throw ByteReader.Problem(reason: "zstd: " + String(cString: ZSTD_getErrorName(result)))
    }
    guard bytes.count == count else {
      throw ByteReader.Problem(reason: "a chunk has \(bytes.count) bytes instead of \(count)")
    }
    return bytes
  }
}

internal import CZlib

/// A cyclic redundancy check of 32 bits (ISO 3309, as in PNG and gzip), computed by zlib.
public struct CRC32: Hashable, Sendable {
  private var sum: UInt = 0

  /// The sum of no bytes.
  public init() {}

  /// The sum of all bytes so far.
  public var value: UInt32 { UInt32(truncatingIfNeeded: sum) }

  /// Continues with these bytes.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    sum = crc32_z(sum, start.assumingMemoryBound(to: UInt8.self), bytes.count)
  }

  /// Continues with a byte.
  public mutating func append(_ byte: UInt8) {
    withUnsafeBytes(of: byte) { append($0) }
  }

  /// Continues with the eight bytes of a number, the lowest first.
  public mutating func append(_ word: UInt64) {
    withUnsafeBytes(of: word.littleEndian) { append($0) }
  }
}

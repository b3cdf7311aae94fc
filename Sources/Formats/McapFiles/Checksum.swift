internal import Checksums

extension CRC32 {
  /// The checksum of these bytes.
  static func of(_ bytes: [UInt8]) -> UInt32 { of(bytes[...]) }

  /// The checksum of these bytes.
  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum = CRC32()
    bytes.withUnsafeBytes { sum.append($0) }
    return sum.value
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }
}

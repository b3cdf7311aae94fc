/// The checksum of zlib and MCAP: CRC-32 with the polynomial 0xEDB88320 (ISO 3309), eight bytes at
/// a time ("slicing by 8", Kounavis and Berry, 2005).
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF

  /// The checksum of all that was added.
  var value: UInt32 { ~state }

  /// The checksum of these bytes.
  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum = CRC32()
    if bytes.withContiguousStorageIfAvailable({ sum.add(UnsafeRawBufferPointer($0)) }) == nil {
      sum.add(Array(bytes))
    }
    return sum.value
  }

  mutating func add(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { add($0) }
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    var offset = 0
    Self.tables.withUnsafeBufferPointer { table in
      while offset + 8 <= bytes.count {
        let low =
          UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) ^ crc
        let high = UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        crc = table[7 * 256 + Int(low & 0xFF)] ^ table[6 * 256 + Int(low >> 8 & 0xFF)]
        crc ^= table[5 * 256 + Int(low >> 16 & 0xFF)] ^ table[4 * 256 + Int(low >> 24)]
        crc ^= table[3 * 256 + Int(high & 0xFF)] ^ table[2 * 256 + Int(high >> 8 & 0xFF)]
        crc ^= table[256 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
        offset += 8
      }
      while offset < bytes.count {
        crc = table[Int((crc ^ UInt32(bytes[offset])) & 0xFF)] ^ (crc >> 8)
        offset += 1
      }
    }
    state = crc
  }

  /// `tables[k * 256 + b]` is the checksum's change by byte `b` followed by `k` zeros.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<(8 * 256) {
      let before = tables[index - 256]
      tables[index] = tables[Int(before & 0xFF)] ^ (before >> 8)
    }
    return tables
  }()
}

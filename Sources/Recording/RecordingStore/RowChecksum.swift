internal import Checksums

/// The sum of a row's values, kept in the row's own column `checksum`.
///
/// The table's name comes first, as a text, so that no row is taken for another table's. Each value
/// is a letter for its type and eight bytes, the lowest first: `n` for NULL (no bytes follow),
/// `i` and an integer, `r` and a float64, `t` or `b` and a length that the text's UTF-8 or the
/// blob follows. SQLite keeps -0.0 as 0.0, so both count as the latter.
struct RowChecksum {
  private var crc = CRC32()

  init(table: String) { add(table) }

  /// As the column keeps it.
  var value: Int64 { Int64(crc.value) }

  mutating func addNull() { crc.append(UInt8(ascii: "n")) }

  mutating func add(_ number: Int64) {
    crc.append(UInt8(ascii: "i"))
    crc.append(UInt64(bitPattern: number))
  }

  mutating func add(_ number: Double) {
    crc.append(UInt8(ascii: "r"))
    crc.append(number == 0 ? 0 : number.bitPattern)
  }

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(text: UnsafeRawBufferPointer($0)) }
  }

  mutating func add(text bytes: UnsafeRawBufferPointer) {
    crc.append(UInt8(ascii: "t"))
    crc.append(UInt64(bytes.count))
    crc.append(bytes)
  }

  mutating func add(blob bytes: UnsafeRawBufferPointer) {
    crc.append(UInt8(ascii: "b"))
    crc.append(UInt64(bytes.count))
    crc.append(bytes)
  }
}

// Aim: the sum is the one that the whole world calls CRC-32. Method: the check value of the
// catalogues of such sums.
import Checksums
import Testing

@Suite struct CRC32Tests {
  @Test func `the digits from 1 to 9 give the catalogue's check value`() {
    var whole = CRC32()
    Array("123456789".utf8).withUnsafeBytes { whole.append($0) }
    #expect(whole.value == 0xCBF4_3926)
    var parts = CRC32()
    parts.append(UInt8(ascii: "1"))
    // 2 to 9, the lowest byte first.
    parts.append(0x3938_3736_3534_3332 as UInt64)
    #expect(parts == whole)
  }

  @Test func `nothing changes nothing`() {
    var sum = CRC32()
    sum.append(UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(sum == CRC32() && sum.value == 0)
  }
}

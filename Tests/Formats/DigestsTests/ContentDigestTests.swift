// Aim: equal content has equal digests, other content other ones, and the digest is BLAKE2b. Method:
// a value of Python's hashlib, and parts that are cut in other places.
import Digests
import Foundation
import Testing

@Suite struct ContentDigestTests {
  @Test func `it is BLAKE2b of each part's length and bytes`() throws {
    let parts: [[UInt8]] = [[], [1], Array(repeating: 7, count: 1000), Array("pick it up".utf8)]
    let digest = ContentDigest()
    for part in parts { digest.add(part) }
    // hashlib.blake2b(digest_size=32) of Python over the same lengths (struct "<Q") and bytes.
    let wanted =
      "d669a2d8aa7f7940db5431309530dd6a"
      + "e0657eb4d3bcfec0baaf576e26083134"
    #expect(digest.value().map { String(format: "%02x", $0) }.joined() == wanted)
  }

  @Test func `pieces of a part do not matter, its ends do`() throws {
    func number(_ build: (ContentDigest) -> Void) -> UInt64 {
      let digest = ContentDigest()
      build(digest)
      return digest.number()
    }
    let whole = number { $0.add("abcdef") }
    var pieces = ["abc", "", "def"].map { Array($0.utf8) }
    #expect(
      whole == number { $0.add(length: 6) { pieces.isEmpty ? nil : pieces.removeFirst() } })
    #expect(
      whole
        != number {
          $0.add("abc"); $0.add("def")
        })
    #expect(number { $0.add([0.0]) } != number { $0.add([-0.0]) })
    let growing = ContentDigest()
    growing.add("abcdef")
    #expect(growing.number() == growing.number())
    growing.add("")
    #expect(growing.number() != whole)
  }
}

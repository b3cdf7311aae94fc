/// How MCAP writes numbers, texts and maps: little-endian, with byte counts before what varies.
extension [UInt8] {
  mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  /// Sorted by key, so that the same map has the same bytes.
  mutating func put(_ map: [String: String]) {
    var content: [UInt8] = []
    for (key, value) in map.sorted(by: { $0.key < $1.key }) {
      content.put(key)
      content.put(value)
    }
    put(UInt32(content.count))
    append(contentsOf: content)
  }

  /// Pairs of a channel and a number, in the order of the channels.
  mutating func put(_ pairs: [UInt16: UInt64]) {
    put(UInt32(pairs.count * 10))
    for (channel, number) in pairs.sorted(by: { $0.key < $1.key }) {
      put(channel)
      put(number)
    }
  }

  /// A record: what it is, its size, its content.
  mutating func put(_ opcode: Opcode, _ content: [UInt8]) {
    put(opcode.rawValue)
    put(UInt64(content.count))
    append(contentsOf: content)
  }
}

/// The kinds of record; mcap.dev/spec.
enum Opcode: UInt8 {
  case header = 0x01
  case footer = 0x02
  case schema = 0x03
  case channel = 0x04
  case message = 0x05
  case chunk = 0x06
  case messageIndex = 0x07
  case chunkIndex = 0x08
  case attachment = 0x09
  case attachmentIndex = 0x0A
  case statistics = 0x0B
  case metadata = 0x0C
  case metadataIndex = 0x0D
  case summaryOffset = 0x0E
  case dataEnd = 0x0F
}

/// Bytes at both ends of a file.
let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

/// Reads what `[UInt8].put` writes; nothing beyond the end is ever touched.
struct ByteReader {
  /// The bytes end, or are no text, where something else is due.
  struct Problem: Error {
    let reason: String
    /// What the file needs that there is not, where that is all that is wrong.
    let unsupported: String?

    init(reason: String, unsupported: String? = nil) {
      self.reason = reason
      self.unsupported = unsupported
    }
  }

  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  var isAtEnd: Bool { offset == bytes.endIndex }
  var remaining: Int { bytes.endIndex - offset }

  mutating func take(_ count: UInt64) throws(Problem) -> ArraySlice<UInt8> {
    guard let count = Int(exactly: count), count <= remaining else {
      throw Problem(reason: "\(count) bytes are due where \(remaining) are left")
    }
    defer { offset += count }
    return bytes[offset..<(offset + count)]
  }

  mutating func rest() -> ArraySlice<UInt8> {
    defer { offset = bytes.endIndex }
    return bytes[offset...]
  }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(Problem) -> Number {
    let slice = try take(UInt64(MemoryLayout<Number>.size))
    return slice.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
  }

  mutating func text() throws(Problem) -> String {
    let count: UInt32 = try number()
    guard let text = String(validating: try take(UInt64(count)), as: UTF8.self) else {
      throw Problem(reason: "a text is no UTF-8")
    }
    return text
  }

  mutating func map() throws(Problem) -> [String: String] {
    let count: UInt32 = try number()
    var content = ByteReader(try take(UInt64(count)))
    var map: [String: String] = [:]
    while !content.isAtEnd {
      let key = try content.text()
      map[key] = try content.text()
    }
    return map
  }

  /// Pairs of a channel and a number.
  mutating func pairs() throws(Problem) -> [UInt16: UInt64] {
    let count: UInt32 = try number()
    var content = ByteReader(try take(UInt64(count)))
    var pairs: [UInt16: UInt64] = [:]
    while !content.isAtEnd {
      let channel: UInt16 = try content.number()
      pairs[channel] = try content.number()
    }
    return pairs
  }
}

/// JSON (RFC 8259) as a tree of values with lines, which Foundation's reader does not tell.
struct JSONText {
  private let bytes: [UInt8]
  private let path: String
  private var place = 0
  private var line = 1

  init(_ text: String, path: String) {
    bytes = Array(text.utf8)
    self.path = path
  }

  mutating func parsed() throws(StrictFileError) -> FileValue {
    skipSpace()
    guard place < bytes.count else {
      throw StrictFileError(path: path, line: nil, reason: "it is empty")
    }
    let value = try value(depth: 0)
    skipSpace()
    guard place == bytes.count else { throw fault("something stands after the end") }
    return value
  }

  private func fault(_ problem: String) -> StrictFileError {
    StrictFileError(path: path, line: line, reason: "it is no JSON: \(problem)")
  }

  private mutating func skipSpace() {
    while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) {
      if bytes[place] == 0x0A { line += 1 }
      place += 1
    }
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws(StrictFileError) -> FileValue {
    guard depth < FileValue.deepest else {
      throw StrictFileError(
        path: path, line: line, reason: "more than \(FileValue.deepest) levels in each other")
    }
    let start = line
    switch next {
    case UInt8(ascii: "{"):
      return FileValue(line: start, content: .mapping(try entries(depth: depth)))
    case UInt8(ascii: "["):
      return FileValue(line: start, content: .list(try elements(depth: depth)))
    case UInt8(ascii: "\""):
      return FileValue(line: start, content: .single(try string(), .quoted))
    case nil: throw fault("it ends too early")
    default: return FileValue(line: start, content: try literal())
    }
  }

  private mutating func entries(depth: Int) throws(StrictFileError) -> [FileValue.Entry] {
    place += 1
    var entries: [FileValue.Entry] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return entries }
    while true {
      skipSpace()
      let start = line
      guard next == UInt8(ascii: "\"") else { throw fault("a key in double quotes is wanted") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("a colon is wanted after a key") }
      skipSpace()
      entries.append(.init(key: key, line: start, value: try value(depth: depth + 1)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return entries }
      guard take(UInt8(ascii: ",")) else { throw fault("a comma or } is wanted") }
    }
  }

  private mutating func elements(depth: Int) throws(StrictFileError) -> [FileValue] {
    place += 1
    var values: [FileValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return values }
    while true {
      skipSpace()
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return values }
      guard take(UInt8(ascii: ",")) else { throw fault("a comma or ] is wanted") }
    }
  }

  private mutating func literal() throws(StrictFileError) -> FileValue.Content {
    let start = place
    while let byte = next, byte > 0x20, !",]}:\"[{".utf8.contains(byte) { place += 1 }
    let word = String(decoding: bytes[start..<place], as: UTF8.self)
    switch word {
    case "null": return .null
    case "true", "false": return .single(word, .literal)
    default:
      guard word.wholeMatch(of: /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/) != nil
      else { throw fault("\(word.prefix(40).debugDescription) is no value") }
      return .single(word, .literal)
    }
  }

  private mutating func string() throws(StrictFileError) -> String {
    place += 1
    var text: [UInt8] = []
    while let byte = next {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += String(try escape()).utf8
      case 0..<0x20: throw fault("a text must end on its line")
      default: text.append(byte)
      }
    }
    throw fault("a text does not end")
  }

  private mutating func escape() throws(StrictFileError) -> Unicode.Scalar {
    guard let byte = next else { throw fault("a text does not end") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let high = try hexadecimal()
      if let scalar = Unicode.Scalar(high) { return scalar }
      // Beyond the first plane, JSON writes two halves.
      guard (0xD800..<0xDC00).contains(high), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u"))
      else { throw fault("half a character") }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      else { throw fault("half a character") }
      return scalar
    default: throw fault("there is no such escape in a text")
    }
  }

  private mutating func hexadecimal() throws(StrictFileError) -> UInt32 {
    let end = place + 4
    guard end <= bytes.count else { throw fault("a text does not end") }
    let digits = bytes[place..<end]
    let isHexadecimal = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    guard isHexadecimal, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("\\u needs four hexadecimal digits") }
    place = end
    return code
  }
}

/// Writes a JSON object key by key, in the order in which it is told; for messages of which there
/// are too many for an encoder.
struct JSONBuilder {
  private(set) var bytes: [UInt8] = Array("{".utf8)
  private var isFirst = true

  /// The object, closed.
  var finished: [UInt8] { bytes + Array("}".utf8) }

  private mutating func key(_ name: String) {
    if !isFirst { bytes.append(0x2C) }
    isFirst = false
    quote(name)
    bytes.append(0x3A)
  }

  mutating func add(_ name: String, _ text: String) {
    key(name)
    quote(text)
  }

  mutating func add(_ name: String, _ number: Int64) {
    key(name)
    bytes += String(number).utf8
  }

  mutating func add(_ name: String, _ number: Int) { add(name, Int64(number)) }

  /// The shortest decimal that is read back to the same bits; null for what JSON cannot say.
  mutating func add(_ name: String, _ number: Double) {
    key(name)
    put(number)
  }

  mutating func add(_ name: String, _ truth: Bool) {
    key(name)
    bytes += (truth ? "true" : "false").utf8
  }

  mutating func add(_ name: String, _ numbers: [Double]) {
    key(name)
    list(numbers) { $0.put($1) }
  }

  mutating func add(_ name: String, _ texts: [String]) {
    key(name)
    list(texts) { $0.quote($1) }
  }

  mutating func add(_ name: String, _ object: JSONBuilder) {
    key(name)
    bytes += object.finished
  }

  mutating func add(_ name: String, _ objects: [JSONBuilder]) {
    key(name)
    list(objects) { $0.bytes += $1.finished }
  }

  /// A value that is JSON already.
  mutating func add(_ name: String, json: String) {
    key(name)
    bytes += json.utf8
  }

  /// Bytes whose characters need no escape, for example base64.
  mutating func add(_ name: String, plain text: [UInt8]) {
    key(name)
    bytes.append(0x22)
    bytes += text
    bytes.append(0x22)
  }

  private mutating func list<Value>(_ values: [Value], _ put: (inout Self, Value) -> Void) {
    bytes.append(0x5B)
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(0x2C) }
      put(&self, value)
    }
    bytes.append(0x5D)
  }

  private mutating func put(_ number: Double) {
    bytes += (number.isFinite ? number.description : "null").utf8
  }

  private mutating func quote(_ text: String) {
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C:
        bytes.append(0x5C)
        bytes.append(byte)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }
}

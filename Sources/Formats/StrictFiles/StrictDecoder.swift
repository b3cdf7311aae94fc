internal import RobotData

/// Gives a value of a file to a type that asks for it, and refuses what the type does not know.
///
/// Whether a key is known is what the type's own `CodingKeys` say, so that no list of keys is kept
/// anywhere. Without a value (`value` is nil) everything that is asked for is made up: all keys that a
/// type knows can then be noted.
struct StrictDecoder: Decoder {
  /// What the file says; nil to make everything up.
  var value: FileValue?
  /// Where keys that the file leaves out are taken from.
  var fallback: FileValue?
  /// The place in the file: keys, and numbers in lists.
  var place: [String]
  var context: Context

  /// What holds for a whole file.
  struct Context {
    var path: String
    /// What is added to the refusal of an unknown key.
    var advice: String?
    /// Whether keys that the type does not know are passed over.
    var passesOver = false
    /// The keys that the type of the whole file knows at a place; lists count as 1.
    var known: ([String]) -> [String] = { _ in [] }
    /// Notes which key is asked for at which place.
    var note: ([String], String) -> Void = { _, _ in }
  }

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  var name: String { place.isEmpty ? "the file" : place.joined(separator: ".") }

  func fault(_ reason: String, line: Int? = nil) -> StrictFileError {
    StrictFileError(path: context.path, line: line ?? value?.line, reason: reason)
  }

  /// "rate is "fast", but must be a number".
  func mismatch(_ wanted: String) -> StrictFileError {
    fault("\(name) is \(value?.wording ?? "missing"), but must be \(wanted)")
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let value else {
      return KeyedDecodingContainer(StrictKeys<Key>(decoder: self, entries: []))
    }
    guard let entries = value.entries else { throw mismatch("a group of keys") }
    if !context.passesOver {
      for entry in entries where Key(stringValue: entry.key) == nil { throw unknown(entry) }
    }
    return KeyedDecodingContainer(StrictKeys<Key>(decoder: self, entries: entries))
  }

  private func unknown(_ entry: FileValue.Entry) -> StrictFileError {
    let known = context.known(place.map { Int($0) == nil ? $0 : "1" })
    var reason = "unknown key \(entry.key.prefix(60).debugDescription)"
    if let near = NearestWord.of(entry.key, among: known) {
      reason += "; did you mean \"\(near)\"?"
    } else if !known.isEmpty {
      reason += "; known here: \(known.joined(separator: ", "))"
    }
    return fault(reason + (context.advice.map { " " + $0 } ?? ""), line: entry.line)
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let value else { return StrictList(decoder: self, values: [nil]) }
    guard let list = value.list else { throw mismatch("a list") }
    return StrictList(decoder: self, values: list)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    StrictSingle(decoder: self)
  }

  /// A value of any type from here.
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if value == nil, let cases = type as? any CaseIterable.Type, let one = Self.first(cases) as? T {
      return one
    }
    if value?.isNull == true, !(type is any ExpressibleByNilLiteral.Type) {
      throw fault("\(name) has no value")
    }
    do {
      return try T(from: self)
    } catch is DecodingError {
      // A value that is no case of an enumeration.
      guard let cases = type as? any CaseIterable.Type else { throw mismatch("\(type)") }
      throw mismatch(Self.words(of: cases).joined(separator: ", "))
    }
  }

  private static func first<C: CaseIterable>(_ type: C.Type) -> Any? { type.allCases.first }

  private static func words<C: CaseIterable>(of type: C.Type) -> [String] {
    type.allCases.map { one in
      ((one as? any RawRepresentable)?.rawValue).map { "\($0)" } ?? "\(one)"
    }
  }
}

/// The keys of a group.
private struct StrictKeys<Key: CodingKey>: KeyedDecodingContainerProtocol {
  var decoder: StrictDecoder
  var entries: [FileValue.Entry]

  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    // Of a type that takes any key, one is made up.
    let names = decoder.value == nil ? ["*"] : entries.map(\.key)
    return names.compactMap { Key(stringValue: $0) }
  }

  private func entry(_ key: Key) -> FileValue.Entry? {
    entries.first { $0.key == key.stringValue } ?? decoder.fallback?.entry(key.stringValue)
  }

  private func child(_ key: Key) throws -> StrictDecoder {
    var child = decoder
    child.place.append(key.stringValue)
    decoder.context.note(decoder.place, key.stringValue)
    guard decoder.value != nil else { return child }
    guard let entry = entry(key) else {
      let around = decoder.place.isEmpty ? "" : " of \(decoder.name)"
      throw decoder.fault("the key \"\(key.stringValue)\"\(around) is missing")
    }
    child.value = entry.value
    // What is written beside the key alone is not what the value's own line says.
    if entry.value.entries == nil, entry.value.list == nil { child.value?.line = entry.line }
    child.fallback = decoder.fallback?.entry(key.stringValue)?.value
    return child
  }

  func contains(_ key: Key) -> Bool {
    decoder.context.note(decoder.place, key.stringValue)
    return decoder.value == nil || entry(key) != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { try child(key).value?.isNull ?? false }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try child(key).decode(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try child(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }

  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

/// The values of a list, one after the other.
private struct StrictList: UnkeyedDecodingContainer {
  var decoder: StrictDecoder
  var values: [FileValue?]
  var currentIndex = 0

  var codingPath: [any CodingKey] { [] }
  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex >= values.count }

  private func peek() throws -> StrictDecoder {
    guard !isAtEnd else { throw decoder.fault("\(decoder.name) has too few values") }
    var child = decoder
    child.place.append("\(currentIndex + 1)")
    child.value = values[currentIndex]
    child.fallback = nil
    return child
  }

  private mutating func next() throws -> StrictDecoder {
    let child = try peek()
    currentIndex += 1
    return child
  }

  mutating func decodeNil() throws -> Bool {
    guard try peek().value?.isNull == true else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }
}

/// One number, text or truth value.
private struct StrictSingle: SingleValueDecodingContainer {
  var decoder: StrictDecoder

  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { decoder.value?.isNull ?? false }

  func decode(_ type: String.Type) throws -> String {
    guard let value = decoder.value else { return "" }
    guard case .single(let text, let kind) = value.content, kind != .literal else {
      throw decoder.mismatch("a text")
    }
    return text
  }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let value = decoder.value else { return false }
    switch value.content {
    case .single("true", .plain), .single("true", .literal): return true
    case .single("false", .plain), .single("false", .literal): return false
    default: throw decoder.mismatch("true or false")
    }
  }

  /// The number as it is written, which is neither in quotes, hexadecimal, infinite nor none.
  private func number() throws -> String {
    guard case .single(let text, let kind)? = decoder.value?.content, kind != .quoted,
      text.wholeMatch(of: /[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/) != nil
    else { throw decoder.mismatch("a number") }
    return text
  }

  func decode(_ type: Double.Type) throws -> Double { try real() }
  func decode(_ type: Float.Type) throws -> Float { try real() }

  private func real<T: BinaryFloatingPoint & LosslessStringConvertible>() throws -> T {
    guard decoder.value != nil else { return 0 }
    let text = try number()
    // "2." and ".5" are numbers of YAML.
    guard let found = T(text.last == "." ? text + "0" : text), found.isFinite else {
      throw decoder.mismatch("a number that is not so large")
    }
    return found
  }

  func decode(_ type: Int.Type) throws -> Int { try whole() }
  func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
  func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
  func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
  func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
  func decode(_ type: UInt.Type) throws -> UInt { try whole() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }

  private func whole<T: FixedWidthInteger>() throws -> T {
    guard decoder.value != nil else { return 0 }
    let text = try number()
    if let found = T(text) { return found }
    // 1.0 and 1e3 are whole too; beyond 2^53 a Double might be another number than was written.
    if let real = Double(text), abs(real) <= 9_007_199_254_740_992, let found = T(exactly: real) {
      return found
    }
    throw decoder.mismatch("a whole number from \(T.min) to \(T.max)")
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
}

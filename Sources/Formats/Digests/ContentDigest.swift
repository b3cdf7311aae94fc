internal import CSodium

/// A digest of 256 bits over any number of parts: BLAKE2b (RFC 7693), computed by libsodium.
///
/// Each part is preceded by its length, so that moving a byte from one part to the next changes the digest.
public final class ContentDigest {
  /// Bytes of a digest.
  public static let bytes = 32
  // libsodium wants it aligned, as a Swift value is not.
  private let state: UnsafeMutableRawPointer

  /// A digest of no parts.
  public init() {
    _ = sodium_init()
    state = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    crypto_generichash_init(pointer, nil, 0, Self.bytes)
  }

  deinit { state.deallocate() }

  private var pointer: OpaquePointer { OpaquePointer(state) }

  /// Adds a part of these bytes.
  public func add(_ bytes: UnsafeRawBufferPointer) {
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { addRaw($0) }
    addRaw(bytes)
  }

  /// Adds a part that comes in pieces, of `length` bytes in all.
  ///
  /// - Parameters:
  ///   - length: Bytes of the whole part.
  ///   - next: The next piece; nil after the last.
  /// - Throws: What `next` throws.
  public func add<Failure: Error>(
    length: Int, _ next: () throws(Failure) -> [UInt8]?
  ) throws(Failure) {
    withUnsafeBytes(of: UInt64(length).littleEndian) { addRaw($0) }
    while let piece = try next() { piece.withUnsafeBytes { addRaw($0) } }
  }

  /// Adds a text as UTF-8.
  public func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds a list of numbers, with their exact bits.
  public func add<Number: BitwiseCopyable>(_ numbers: [Number]) {
    numbers.withUnsafeBytes { add($0) }
  }

  private func addRaw(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    crypto_generichash_update(
      pointer, start.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// The digest of all parts so far, as its bytes.
  public func value() -> [UInt8] {
    // A copy is finished, so that more can be added.
    let size = crypto_generichash_statebytes()
    let copy = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    defer { copy.deallocate() }
    copy.copyMemory(from: state, byteCount: size)
    var bytes = [UInt8](repeating: 0, count: Self.bytes)
    crypto_generichash_final(OpaquePointer(copy), &bytes, Self.bytes)
    return bytes
  }

  /// The digest's first 64 bits.
  public func number() -> UInt64 {
    value().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

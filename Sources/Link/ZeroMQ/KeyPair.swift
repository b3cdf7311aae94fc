import CZeroMQ

/// A CURVE public key: 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32).
public struct PublicKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The 40 characters.
  public let text: String

  /// Reads 40 characters of Z85; nil for anything else.
  public init?(_ text: String) {
    var bytes = [UInt8](repeating: 0, count: 32)
    guard text.utf8.count == 40, text.utf8.allSatisfy(Self.allows),
      zmq_z85_decode(&bytes, text) != nil
    else { return nil }
    self.text = text
  }

  /// Wraps the 32 bytes that a connection presents; nil for another count.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    var text = [CChar](repeating: 0, count: 41)
    guard zmq_z85_encode(&text, bytes, 32) != nil else { return nil }
    self.text = String(decoding: text.prefix(40).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: ".-:+=^!/*?&<>()[]{}@%$#".utf8.contains(byte)
    }
  }

  /// The 40 characters.
  public var description: String { text }

  /// Orders by the characters.
  public static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// A CURVE key pair.
public struct KeyPair: Hashable, Sendable {
  /// What others may know.
  public let publicKey: PublicKey
  /// What no one else may know: 40 characters of Z85.
  public let secret: String

  /// A new pair from the system's random numbers.
  ///
  /// - Throws: `ZMQError` when libzmq was built without CURVE.
  public static func generate() throws(ZMQError) -> KeyPair {
    var open = [CChar](repeating: 0, count: 41)
    var secret = [CChar](repeating: 0, count: 41)
    guard zmq_curve_keypair(&open, &secret) == 0 else { throw .latest(.keys) }
    return try KeyPair(
      secret: String(decoding: secret.prefix(40).map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// The pair with this secret half.
  ///
  /// - Throws: `ZMQError`: `invalid` when the text is no key.
  public init(secret: String) throws(ZMQError) {
    var open = [CChar](repeating: 0, count: 41)
    guard PublicKey(secret) != nil, zmq_curve_public(&open, secret) == 0,
      let publicKey = PublicKey(
        String(decoding: open.prefix(40).map(UInt8.init(bitPattern:)), as: UTF8.self))
    else { throw ZMQError(.keys, code: 22) }
    self.publicKey = publicKey
    self.secret = secret
  }
}

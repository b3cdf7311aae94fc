public import Foundation
internal import PlainErrors
public import Tensors

/// Files of named tensors in the safetensors format: eight bytes with the length of a JSON header,
/// the header (type, shape and place of each tensor), then the numbers, little endian.
public enum Safetensors {
  /// Headers above this are refused before memory is set aside for them; the format's own limit.
  static let headerLimit = 100_000_000

  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private enum HeaderValue: Decodable {
    case tensor(Entry)
    case metadata

    init(from decoder: any Decoder) throws {
      if let key = decoder.codingPath.last?.stringValue, key == "__metadata__" {
        self = .metadata
      } else {
        self = .tensor(try Entry(from: decoder))
      }
    }
  }

  /// The tensors of a file. F32, F16 and BF16 are read, and become float.
  ///
  /// - Parameter file: Where it is.
  /// - Returns: By name.
  /// - Throws: `SafetensorsError`, which names the tensor that is wrong.
  public static func read(_ file: URL) throws(SafetensorsError) -> [String: Tensor] {
    let data: Data
    do { data = try Data(contentsOf: file, options: .mappedIfSafe) } catch {
      throw .unreadable(path: file.path, reason: PlainError.reason(error))
    }
    return try parse(data, path: file.path)
  }

  static func parse(_ data: Data, path: String) throws(SafetensorsError) -> [String: Tensor] {
    guard data.count >= 8 else { throw .notSafetensors(path: path, reason: "it ends too early") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(headerLimit), Int(length) <= data.count - 8 else {
      throw .notSafetensors(path: path, reason: "its header would be \(length) bytes long")
    }
    let header = data.dropFirst(8).prefix(Int(length))
    let entries: [String: HeaderValue]
    do { entries = try JSONDecoder().decode([String: HeaderValue].self, from: Data(header)) } catch
    {
      throw .notSafetensors(
        path: path, reason: "its header is not the JSON expected (\(PlainError.sentence(error)))")
    }
    let body = Data(data.dropFirst(8 + Int(length)))
    var tensors: [String: Tensor] = [:]
    for (name, value) in entries {
      guard case .tensor(let entry) = value else { continue }
      tensors[name] = try tensor(entry, name: name, body: body, path: path)
    }
    return tensors
  }

  private static func tensor(_ entry: Entry, name: String, body: Data, path: String)
    throws(SafetensorsError) -> Tensor
  {
    let width: Int
    switch entry.dtype {
    case "F32": width = 4
    case "F16", "BF16": width = 2
    default: throw .type(path: path, tensor: name, found: entry.dtype)
    }
    var count = 1
    for size in entry.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else {
        throw .extent(path: path, tensor: name, shape: entry.shape, bytes: 0)
      }
      count = product
    }
    guard entry.dataOffsets.count == 2, entry.dataOffsets[0] >= 0,
      entry.dataOffsets[1] >= entry.dataOffsets[0], entry.dataOffsets[1] <= body.count,
      (entry.dataOffsets[1] - entry.dataOffsets[0]) / width == count,
      (entry.dataOffsets[1] - entry.dataOffsets[0]) % width == 0
    else {
      let bytes =
        entry.dataOffsets.count == 2
        ? entry.dataOffsets[1].subtractingReportingOverflow(entry.dataOffsets[0]).partialValue : 0
      throw .extent(path: path, tensor: name, shape: entry.shape, bytes: bytes)
    }
    let start = entry.dataOffsets[0]
    let values: [Float] = body.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let at = start + index * width
        switch entry.dtype {
        case "F32":
          let bits = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
          return Float(bitPattern: UInt32(littleEndian: bits))
        case "F16": return half(bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))
        default:
          let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))
          return Float(bitPattern: UInt32(bits) << 16)
        }
      }
    }
    do { return try Tensor(shape: entry.shape, values: values) } catch {
      throw .extent(path: path, tensor: name, shape: entry.shape, bytes: values.count * width)
    }
  }

  private static func half(_ raw: UInt16) -> Float {
    let bits = UInt16(littleEndian: raw)
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 31)
    let fraction = Float(bits & 1023) / 1024
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }

  /// Writes tensors as F32, in the order of their names, atomically.
  ///
  /// - Parameters:
  ///   - tensors: By name.
  ///   - file: Where to.
  ///   - metadata: Text to keep with them.
  /// - Throws: `SafetensorsError.unwritable`.
  public static func write(
    _ tensors: [String: Tensor], to file: URL, metadata: [String: String] = [:]
  ) throws(SafetensorsError) {
    var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
    var body = Data()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let start = body.count
      tensor.values.map { $0.bitPattern.littleEndian }.withUnsafeBytes {
        body.append(contentsOf: $0)
      }
      header[name] =
        ["dtype": "F32", "shape": tensor.shape, "data_offsets": [start, body.count]]
        as [String: Any]
    }
    do {
      var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
      // The format's own writer pads with spaces, so that the numbers lie on an 8-byte border.
      while json.count % 8 != 0 { json.append(0x20) }
      var whole = Data()
      withUnsafeBytes(of: UInt64(json.count).littleEndian) { whole.append(contentsOf: $0) }
      whole.append(json)
      whole.append(body)
      try whole.write(to: file, options: .atomic)
    } catch {
      throw .unwritable(path: file.path, reason: PlainError.reason(error))
    }
  }
}

/// What is wrong with a file of tensors.
public enum SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such file, or it may not be read.
  case unreadable(path: String, reason: String)
  /// It is something else, or torn.
  case notSafetensors(path: String, reason: String)
  /// A type of number that is not read.
  case type(path: String, tensor: String, found: String)
  /// A tensor's place in the file does not fit its shape.
  case extent(path: String, tensor: String, shape: [Int], bytes: Int)
  /// It cannot be written.
  case unwritable(path: String, reason: String)

  /// In words.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .notSafetensors(let path, let reason): "\(path) is not a safetensors file: \(reason)"
    case .type(let path, let tensor, let found):
      "\(path): the tensor \(tensor) is of type \(found); F32, F16 and BF16 can be read"
    case .extent(let path, let tensor, let shape, let bytes):
      "\(path): the tensor \(tensor) of shape \(shape) has \(bytes) bytes, which do not fit"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }
}

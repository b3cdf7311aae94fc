internal import Foundation
internal import RobotData

// How values are written into columns.

extension [Double] {
  /// Little-endian float64, one after the other.
  var blob: Data {
    var data = Data(capacity: count * 8)
    for number in self {
      Swift.withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  /// Reads what `blob` writes; nil when the bytes do not divide by 8.
  init?(blob: Data) {
    guard blob.count.isMultiple(of: 8) else { return nil }
    self = blob.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 8).map { offset in
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return Double(bitPattern: UInt64(littleEndian: bits))
      }
    }
  }
}

extension Pose {
  var components: [Double] { position.components + orientation.components }
}

extension Twist {
  var components: [Double] { linear.components + angular.components }
}

/// Small JSON texts in columns.
enum JSONColumn {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// A list of names, which hold nothing that would have to be escaped.
  static func text(ofNames names: [String]) -> String {
    names.isEmpty ? "[]" : "[\"" + names.joined(separator: "\",\"") + "\"]"
  }

  /// A list of `Object`; written with every step, for which `JSONEncoder` is too slow.
  static func text(of objects: [SimulatedState.Object]) throws -> String {
    guard objects.allSatisfy({ $0.pose.isFinite && $0.name.utf8.allSatisfy(isPlain) }) else {
      return try text(objects.map { Object(name: $0.name, pose: $0.pose.components) })
    }
    let items = objects.map { object in
      let numbers = object.pose.components.map { "\($0)" }.joined(separator: ",")
      return "{\"name\":\"\(object.name)\",\"pose\":[\(numbers)]}"
    }
    return "[" + items.joined(separator: ",") + "]"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  struct Camera: Codable {
    var name: String
    var width: Int
    var height: Int
    var encoding: String
    var quality: Int
  }

  struct Limits: Codable {
    var linearSpeed: Double
    var angularSpeed: Double
    var linearAcceleration: Double
    var angularAcceleration: Double
  }

  struct Object: Codable {
    var name: String
    var pose: [Double]
  }
}

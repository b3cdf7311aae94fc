internal import RobotData
internal import SwiftProtobuf

/// A message that travels as ZeroMQ frames: one header, then one frame for each picture.
public protocol WireMessage: Sendable {
  /// The frames; pictures are passed on as they are, not copied.
  ///
  /// - Throws: `WireError.notWritable` when the message is larger than any may be.
  func frames() throws(WireError) -> [[UInt8]]

  /// Reads and checks a message.
  ///
  /// - Throws: `WireError` naming the field.
  init(frames: [[UInt8]]) throws(WireError)
}

extension Message {
  /// Reads a header of this type.
  init(header frames: [[UInt8]], of kind: String) throws(WireError) {
    guard let header = frames.first else { throw .noHeader }
    guard header.count <= WireLimits.headerBytes else {
      throw .headerTooLarge(bytes: header.count)
    }
    do {
      try self.init(serializedBytes: header)
    } catch {
      throw .notReadable(expected: kind, reason: "\(error)")
    }
  }

  /// The header frame, and after it these pictures.
  func frames(with pictures: [CameraFrame] = []) throws(WireError) -> [[UInt8]] {
    let header: [UInt8]
    do {
      header = try serializedBytes()
    } catch {
      throw .notWritable(reason: "\(error)")
    }
    guard header.count <= WireLimits.headerBytes, pictures.count <= WireLimits.pictures else {
      throw .notWritable(
        reason: "a header of \(header.count) bytes and \(pictures.count) pictures; at most "
          + "\(WireLimits.headerBytes) bytes and \(WireLimits.pictures) pictures are allowed")
    }
    return [header] + pictures.map(\.bytes)
  }
}

/// Checks of single fields; `field` names the field in the error.
enum Field {
  static func name<Kind>(_ text: String, _ field: String) throws(WireError) -> Identifier<Kind> {
    do {
      return try Identifier<Kind>(text)
    } catch {
      throw .name(field, error)
    }
  }

  /// An absent name is an empty text.
  static func optionalName<Kind>(
    _ text: String, _ field: String
  ) throws(WireError) -> Identifier<Kind>? {
    text.isEmpty ? nil : try name(text, field)
  }

  static func names<Kind>(
    _ texts: [String], _ field: String
  ) throws(WireError) -> [Identifier<Kind>] {
    guard texts.count <= WireLimits.names else {
      throw .count(field, got: texts.count, allowed: "0 to \(WireLimits.names)")
    }
    var names: [Identifier<Kind>] = []
    for text in texts { names.append(try name(text, field)) }
    return names
  }

  static func text(_ text: String) -> String { String(text.prefix(WireLimits.textCharacters)) }

  static func finite(_ number: Double, _ field: String) throws(WireError) -> Double {
    guard number.isFinite else { throw .notFinite(field) }
    return number
  }

  static func positive(_ number: Double, _ field: String) throws(WireError) -> Double {
    guard number.isFinite else { throw .notFinite(field) }
    guard number > 0 else { throw .value(field, got: "\(number)", allowed: "more than 0") }
    return number
  }

  static func numbers(
    _ numbers: [Double], atMost limit: Int, _ field: String
  ) throws(WireError) -> [Double] {
    guard numbers.count <= limit else {
      throw .count(field, got: numbers.count, allowed: "0 to \(limit)")
    }
    guard numbers.allSatisfy(\.isFinite) else { throw .notFinite(field) }
    return numbers
  }

  static func vector(_ numbers: ArraySlice<Double>) -> Vector3 {
    let first = numbers.startIndex
    return Vector3(numbers[first], numbers[first + 1], numbers[first + 2])
  }

  static func twist(_ numbers: [Double], _ field: String) throws(WireError) -> Twist {
    let numbers = try exactly(6, numbers, field)
    return Twist(linear: vector(numbers[0..<3]), angular: vector(numbers[3..<6]))
  }

  static func pose(_ numbers: [Double], _ field: String) throws(WireError) -> Pose {
    let numbers = try exactly(7, numbers, field)
    return Pose(
      position: vector(numbers[0..<3]),
      orientation: Quaternion(w: numbers[3], x: numbers[4], y: numbers[5], z: numbers[6]))
  }

  static func exactly(
    _ count: Int, _ numbers: [Double], _ field: String
  ) throws(WireError) -> [Double] {
    guard numbers.count == count else {
      throw .count(field, got: numbers.count, allowed: "\(count)")
    }
    guard numbers.allSatisfy(\.isFinite) else { throw .notFinite(field) }
    return numbers
  }

  /// A count or index; none is near 2^53, and a larger one is a fault of the sender.
  static func count(_ value: UInt64, _ field: String) throws(WireError) -> Int {
    guard value <= 1 << 53, let count = Int(exactly: value) else {
      throw .value(field, got: "\(value)", allowed: "0 to 2^53")
    }
    return count
  }

  static func duration(_ nanoseconds: Int64, _ field: String) throws(WireError) -> Duration {
    guard nanoseconds >= 0 else {
      throw .value(field, got: "\(nanoseconds) ns", allowed: "0 or more")
    }
    return .nanoseconds(nanoseconds)
  }

  static func some<Value>(
    _ value: Value?, _ field: String, _ got: @autoclosure () -> String = "unspecified"
  ) throws(WireError) -> Value {
    guard let value else { throw .value(field, got: got(), allowed: "one of the protocol's kinds") }
    return value
  }
}

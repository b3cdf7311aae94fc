internal import Foundation
internal import Glibc
internal import PlainErrors
internal import Policy
internal import TensorFiles

extension PolicyBundle {
  /// Writes the policy's folder. Whoever reads it meanwhile sees the old policy, for an instant none,
  /// or the new one, never a part of each: a folder beside it is written whole, then takes its name.
  ///
  /// - Parameter folder: Where to; a policy that lies there is replaced,
  ///   other files in its folder stay, and a folder of anything else is refused.
  /// - Throws: `PolicyFileError.unwritable`, `PolicyFileError.weights`.
  public func write(to folder: String) throws(PolicyFileError) {
    let files = FileManager.default
    let target = URL(filePath: folder).standardizedFileURL
    let staging = target.deletingLastPathComponent()
      .appending(path: ".\(target.lastPathComponent)-\(UInt64.random(in: 0 ... .max))")
    defer { try? files.removeItem(at: staging) }
    do {
      try files.createDirectory(at: staging, withIntermediateDirectories: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      var text = try encoder.encode(manifest)
      text.append(0x0A)
      try text.write(to: staging.appending(path: Self.manifestName))
    } catch { throw .unwritable(folder: folder, reason: Self.reason(of: error)) }
    do {
      try Safetensors.write(
        tensors, to: staging.appending(path: Self.weightsName),
        metadata: ["policy": manifest.name])
    } catch { throw .weights(error) }
    var exists = ObjCBool(false)
    guard files.fileExists(atPath: target.path, isDirectory: &exists) else {
      return try move(staging, to: target)
    }
    let isEmpty = (try? files.contentsOfDirectory(atPath: target.path).isEmpty) ?? false
    guard
      isEmpty || files.fileExists(atPath: target.appending(path: Self.manifestName).path)
    else { throw .unwritable(folder: folder, reason: "something that is no policy lies there") }
    let aside = staging.appendingPathExtension("old")
    try move(target, to: aside)
    do { try move(staging, to: target) } catch {
      try? files.moveItem(at: aside, to: target)
      throw error
    }
    // What else people kept with the old policy comes along.
    for name in (try? files.contentsOfDirectory(atPath: aside.path)) ?? []
    where name != Self.manifestName && name != Self.weightsName {
      try? files.moveItem(
        at: aside.appending(path: name), to: target.appending(path: name))
    }
    try? files.removeItem(at: aside)
  }

  private func move(_ staging: URL, to target: URL) throws(PolicyFileError) {
    guard rename(staging.path, target.path) == 0 else {
      throw .unwritable(folder: target.path, reason: String(cString: strerror(errno)))
    }
  }

  private static func reason(of error: any Error) -> String {
    guard let error = error as? EncodingError else { return PlainError.reason(error) }
    return switch error {
    case .invalidValue(let value, let context):
      context.codingPath.map(\.stringValue).joined(separator: ".") + " cannot be \(value)"
    @unknown default: PlainError.sentence(error)
    }
  }
}

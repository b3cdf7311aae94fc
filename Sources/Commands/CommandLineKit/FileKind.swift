internal import Foundation
internal import SystemPackage

/// What a file or folder that is there already is, as far as it must not be replaced. Told by what is in
/// it: a name says nothing of a link, a copy, or a file that was named otherwise.
enum FileKind {
  /// Why a file must stay; nil where it may be replaced.
  ///
  /// - Parameters:
  ///   - path: The file, without links in its path.
  ///   - isBesidePolicy: Whether a file in a policy's folder may be replaced all the same.
  /// - Returns: "is a recording", or the like.
  static func reasonToKeep(file path: String, isBesidePolicy: Bool) -> String? {
    // A journal of shared memory has no mark of its own.
    if path.hasSuffix("-wal") || path.hasSuffix("-shm") { return "is a recording's journal" }
    if path.hasSuffix(".secret") || path.hasSuffix(".public") { return "is a key" }
    if let reason = content(of: path) { return reason }
    let folder = FilePath(path).removingLastComponent()
    let isManifest = FilePath(path).lastComponent?.string == "policy.json"
    return !isBesidePolicy || isManifest ? owner(of: folder).map { "belongs to \($0)" } : nil
  }

  /// Why nothing is to be written into a folder; nil where it is a plain one.
  static func reasonToKeep(folder path: String) -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(where: { $0.hasSuffix(".secret") || $0.hasSuffix(".public") }) {
      return "is a folder of keys"
    }
    return names.contains("policy.json") ? "is a policy's folder" : nil
  }

  /// What a folder, or one that it lies in, is the folder of.
  private static func owner(of folder: FilePath) -> String? {
    var folder = folder
    while true {
      for (mark, owner) in [
        ("policy.json", "a policy"), ("meta/info.json", "a dataset"),
        ("robot.yaml", "a robot's profile"),
      ] where FileManager.default.fileExists(atPath: folder.appending(mark).string) {
        return owner
      }
      guard folder.removeLastComponent() else { return nil }
    }
  }

  private static func content(of path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    let head = [UInt8]((try? handle.read(upToCount: 72)) ?? Data())
    let size = (try? handle.seekToEnd()) ?? 0
    for (mark, reason) in marks where head.starts(with: mark) { return reason }
    if isKey(head, size) { return "is a key" }
    if isWeights(head, size) { return "is a file of weights" }
    return nil
  }

  private static let marks: [([UInt8], String)] = [
    (Array("SQLite format 3\0".utf8), "is a recording or another database"),
    ([0x37, 0x7F, 0x06, 0x82], "is a recording's journal"),
    ([0x37, 0x7F, 0x06, 0x83], "is a recording's journal"),
    ([0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7], "is a recording's journal"),
    ([0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A], "is a dataset (HDF5)"),
    ([0x89] + Array("MCAP0\r\n".utf8), "is a dataset (MCAP)"),
    (Array("PAR1".utf8), "is a dataset (Parquet)"),
  ]

  /// A key, secret or public, is 40 characters of Z85 and perhaps the end of their line.
  private static func isKey(_ head: [UInt8], _ size: UInt64) -> Bool {
    guard (40...42).contains(size), head.count >= 40 else { return false }
    let letters = Set(".-:+=^!/*?&<>()[]{}@%$#".utf8)
    return head.prefix(40).allSatisfy { byte in
      letters.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    } && head.dropFirst(40).allSatisfy { $0 == 0x0A || $0 == 0x0D }
  }

  /// A safetensors file: the length of a JSON header, then the header.
  private static func isWeights(_ head: [UInt8], _ size: UInt64) -> Bool {
    guard head.count > 8, head[8] == UInt8(ascii: "{") else { return false }
    let length = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length >= 2 && length <= size - 8
  }
}

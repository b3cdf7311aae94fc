internal import Digests
internal import Foundation

/// What makes a LeRobotDataset the one that it is.
enum LeRobotContent {
  /// 64 bits that follow from the names and bytes of all files of the dataset. What others keep beside
  /// them, such as the Hub's caches and a README, does not count.
  ///
  /// - Throws: `ImportError.unfit` for a file that cannot be read.
  static func digest(_ root: String) throws -> UInt64 {
    let digest = ContentDigest()
    for folder in ["data", "images", "meta", "videos"] {
      let names =
        (try? FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)) ?? []
      for name in names.sorted() { try add(root, folder + "/" + name, to: digest) }
    }
    return digest.number()
  }

  private static func add(_ root: String, _ name: String, to digest: ContentDigest) throws {
    let path = root + "/" + name
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue
    else { return }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ImportError.unfit(path: path, object: "the file", reason: "it cannot be read")
    }
    defer { try? handle.close() }
    digest.add(name)
    let length = Int(clamping: try handle.seekToEnd())
    try handle.seek(toOffset: 0)
    try digest.add(length: length) {
      guard let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty else { return nil }
      return [UInt8](piece)
    }
  }
}

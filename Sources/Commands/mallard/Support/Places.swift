import Foundation

/// Where things are, unless someone says otherwise.
enum Places {
  /// The folder of robot profiles.
  static var robots: String { shipped("Robots") }

  /// The folder of the modelled accelerators' descriptions.
  static var accelerators: String { shipped("Policies/accelerators") }

  /// The Python of other encoders that ours is measured beside.
  static var peers: String { shipped(".dependencies/encoder-peers") }

  /// The program that runs them.
  static var peerScript: String { shipped("Sources/Commands/mallard/Bench/encoder_peers.py") }

  /// The Python of what people train with, which exports are measured beside.
  static var datasetPeers: String { shipped(".dependencies/dataset-peers") }

  /// The program that writes with LeRobot.
  static var datasetPeerScript: String {
    shipped("Sources/Commands/mallard/Bench/lerobot_writer.py")
  }

  /// A file or folder here, or beside the sources that the program was built from.
  private static func shipped(_ name: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/" + name
    if FileManager.default.fileExists(atPath: here) { return here }
    var folder = URL(filePath: executable).deletingLastPathComponent()
    for _ in 0..<6 {
      let candidate = folder.appending(path: name).path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
      folder = folder.deletingLastPathComponent()
    }
    return here
  }

  /// This program's file.
  static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  /// The recording that was written last.
  static func latestRecording() -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "Recordings")) ?? []
    // What is written lies in the journal first.
    func age(_ path: String) -> Date {
      let dates = [path, path + "-wal"].compactMap {
        try? FileManager.default.attributesOfItem(atPath: $0)[.modificationDate] as? Date
      }
      return dates.max() ?? .distantPast
    }
    return names.filter { $0.hasSuffix(".sqlite") }.map { "Recordings/\($0)" }
      .max { age($0) < age($1) }
  }
}

import Foundation

/// Exports a recording in processes of their own, so that the memory of each is its own.
struct ExportBench {
  /// What one process says of its run.
  struct Run: Decodable {
    var seconds: Double
    var pictures: Int
    var peakMemoryBytes: Int

    var picturesPerSecond: Double { Double(pictures) / seconds }
  }

  /// Why there is no result.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  let folder: String
  /// LeRobot's Python; nil to leave it out.
  let python: String?

  /// The run of middle speed.
  static func median(_ runs: [Run]) -> Run {
    runs.sorted { $0.picturesPerSecond < $1.picturesPerSecond }[runs.count / 2]
  }

  /// `mallard export` of everything in the recording.
  func exportOnce(_ recording: String, _ mode: String) throws -> Run {
    let output = folder + "/ours"
    defer { try? FileManager.default.removeItem(atPath: output) }
    return try run(
      Places.executable,
      ["export", recording, "--output", output, "--json", "--\(mode)"])
  }

  /// LeRobot's own writer; nil where it is left out.
  func writeWithLeRobot(_ recording: String, _ mode: String) throws -> Run? {
    guard let python else { return nil }
    let output = folder + "/theirs"
    defer { try? FileManager.default.removeItem(atPath: output) }
    return try run(python, [Places.datasetPeerScript, recording, output, mode])
  }

  func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  private func run(_ program: String, _ arguments: [String]) throws -> Run {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    let log = folder + "/log"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      throw Failure(
        description: "\(program) \(arguments.joined(separator: " ")) failed: \(text.suffix(1_000))")
    }
    // What a library says on standard output stands before the result.
    let start = data.firstIndex(of: UInt8(ascii: "{")) ?? data.startIndex
    return try JSONDecoder().decode(Run.self, from: data[start...])
  }
}

public import Foundation

/// The Python packages that datasets are made for: robomimic, h5py, mcap.
public enum DatasetPeers {
  /// Python with those packages; `make dataset-peers` installs it.
  public static let python = URL(filePath: #filePath)
    .appending(path: "../../../.dependencies/dataset-peers/bin/python").standardizedFileURL

  /// Whether they are there.
  public static var areInstalled: Bool {
    FileManager.default.isExecutableFile(atPath: python.path)
  }

  /// A script that failed.
  public struct Failure: Error, CustomStringConvertible {
    /// What it said last.
    public let description: String
  }

  /// Runs a script and returns what it printed.
  public static func run(_ script: String, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = python
    process.arguments = ["-c", script] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": "",
      "HF_HUB_OFFLINE": "1",
    ]) { $1 }
    let output = Pipe()
    let errors = temporaryFile("log")
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
      throw Failure(
        description: "Python ended with \(process.terminationStatus): \(text.suffix(3_000))")
    }
    return data
  }

  /// A path in the temporary folder that nobody else uses.
  public static func temporaryFile(_ suffix: String) -> URL {
    FileManager.default.temporaryDirectory
      .appending(path: "mallard-\(UUID().uuidString).\(suffix)")
  }
}

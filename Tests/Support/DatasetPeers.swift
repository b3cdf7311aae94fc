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
    let process = SpawnedProcess(python, ["-c", script] + arguments)
    process.environment.merge([
      "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": "",
      "HF_HUB_OFFLINE": "1",
    ]) { $1 }
    let (output, errors) = (temporaryFile("output"), temporaryFile("log"))
    defer {
      for file in [output, errors] { try? FileManager.default.removeItem(at: file) }
    }
    (process.output, process.errors) = (output.path, errors.path)
    try process.run()
    process.waitUntilExit()
    let data = try Data(contentsOf: output)
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
      throw Failure(
        description: "Python ended with \(process.terminationStatus): \(text.suffix(3_000))")
    }
    return data
  }

  /// A path in the temporary folder that no one else uses.
  public static func temporaryFile(_ suffix: String) -> URL {
    FileManager.default.temporaryDirectory
      .appending(path: "mallard-\(UUID().uuidString).\(suffix)")
  }
}

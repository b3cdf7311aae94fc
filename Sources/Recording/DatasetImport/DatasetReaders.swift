internal import Foundation
internal import HDF5Files

/// Finds out what a dataset is.
public enum DatasetReaders {
  /// A reader for what lies at `path`.
  ///
  /// - Throws: `ImportError.notFound`, `ImportError.unknownFormat`, and the reader's errors.
  public static func open(_ path: String) throws -> any DatasetReader {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ImportError.notFound(path: path)
    }
    if FileManager.default.fileExists(atPath: path + "/meta/info.json") {
      return try LeRobotReader(path: path)
    }
    guard hdf5File(path) != nil else { throw ImportError.unknownFormat(path: path) }
    return try RobomimicReader(path: path)
  }

  /// The HDF5 file that the dataset is made of; nil where it has none.
  public static func hdf5File(_ path: String) -> String? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    if isFolder.boolValue {
      let file = path + "/dataset.hdf5"
      return FileManager.default.fileExists(atPath: file) ? file : nil
    }
    if path.hasSuffix(".hdf5") || path.hasSuffix(".h5") { return path }
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    let head = try? FileHandle(forReadingAtPath: path)?.read(upToCount: signature.count)
    return head.map { Array($0) } == signature ? path : nil
  }

  /// Reads everything in an HDF5 file and forgets it.
  ///
  /// libhdf5 trusts what it reads: where a file without checksums is damaged, it may follow a wrong
  /// address and end the process. `mallard import` therefore first does this in a process of its
  /// own. What is wrong in other ways is thrown when the file is read to be imported.
  public static func examine(_ path: String) {
    guard let file = try? HDF5File.open(path) else { return }
    examine(file.root, depth: 0)
  }

  private static func examine(_ group: HDF5Group, depth: Int) {
    examine(group.attributes)
    guard depth < 8, let names = try? group.memberNames() else { return }
    for name in names {
      switch try? group.member(name) {
      case .group: if let group = try? group.group(name) { examine(group, depth: depth + 1) }
      case .dataset: if let dataset = try? group.dataset(name) { examine(dataset) }
      default: break
      }
    }
  }

  private static func examine(_ dataset: HDF5Dataset) {
    examine(dataset.attributes)
    guard dataset.rowCount > 0 else { return }
    let rows = max(1, (4 << 20) / (dataset.rowCount * 8))
    var start = 0
    while start < dataset.rows {
      let range = start..<min(start + rows, dataset.rows)
      // What cannot be read here cannot be read later either: then it is said what is wrong.
      if dataset.isText {
        guard (try? dataset.texts(range)) != nil else { return }
      } else if dataset.isBytes {
        guard (try? dataset.numbers(range, as: UInt8.self)) != nil else { return }
      } else if dataset.isNumeric {
        guard (try? dataset.numbers(range, as: Double.self)) != nil else { return }
      }
      start = range.upperBound
    }
  }

  private static func examine(_ attributes: HDF5Attributes) {
    for name in ["env_args", "facts", "values", "objects", "elements", "session", "handovers"] {
      _ = try? attributes.texts(name)
    }
    for name in ["num_samples", "total", "positions", "velocities"] {
      _ = try? attributes.integer(name)
    }
  }
}

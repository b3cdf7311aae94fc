internal import Foundation

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
}

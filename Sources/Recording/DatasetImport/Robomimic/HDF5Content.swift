internal import Digests
internal import HDF5Files

/// What makes a file of demonstrations the one that it is.
enum HDF5Content {
  /// 64 bits that follow from everything that these groups hold: names, shapes, numbers, texts. How the
  /// file packs them does not matter, so that a copy by `h5repack`, or one to which masks were added, is
  /// the same dataset.
  ///
  /// - Parameters:
  ///   - data: The group that holds them.
  ///   - names: Their names.
  ///   - settings: What is said of all of them.
  /// - Returns: The bits.
  /// - Throws: `HDF5Error`.
  static func digest(
    _ data: HDF5Group, _ names: [String], _ settings: String
  ) throws(HDF5Error) -> UInt64 {
    let digest = ContentDigest()
    digest.add(settings)
    for name in names { try add(data.group(name), as: name, to: digest, depth: 0) }
    return digest.number()
  }

  private static func add(
    _ group: HDF5Group, as name: String, to digest: ContentDigest, depth: Int
  ) throws(HDF5Error) {
    digest.add(name)
    guard depth < 8 else { return }
    for name in try group.memberNames().sorted() {
      switch try group.member(name) {
      case .group: try add(group.group(name), as: name, to: digest, depth: depth + 1)
      case .dataset: try add(group.dataset(name), as: name, to: digest)
      default: digest.add(name)
      }
    }
  }

  private static func add(
    _ dataset: HDF5Dataset, as name: String, to digest: ContentDigest
  ) throws(HDF5Error) {
    digest.add(name)
    digest.add(dataset.shape)
    guard dataset.rowCount > 0 else { return }
    let rows = max(1, (4 << 20) / 8 / dataset.rowCount)
    var start = 0
    while start < dataset.rows {
      let range = start..<min(start + rows, dataset.rows)
      if dataset.isText {
        for text in try dataset.texts(range) { digest.add(text) }
      } else if dataset.isBytes {
        digest.add(try dataset.numbers(range, as: UInt8.self))
      } else if dataset.isNumeric {
        digest.add(try dataset.numbers(range, as: Double.self))
      } else {
        // No column of a recording is made from other types.
        return
      }
      start = range.upperBound
    }
  }
}

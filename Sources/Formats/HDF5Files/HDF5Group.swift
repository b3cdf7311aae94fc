internal import CHDF5

/// A group of an HDF5 file: a folder of groups and datasets, with attributes.
public final class HDF5Group: Sendable {
  /// What a member of a group is.
  public enum Member: Hashable, Sendable {
    /// A group.
    case group
    /// A dataset.
    case dataset
    /// Something else, for example a named type.
    case other
  }

  private let handle: Handle
  private let place: Place

  init(handle: Handle, place: Place) {
    self.handle = handle
    self.place = place
  }

  /// Where the group is in its file, for example `/data/demo_0`.
  public var name: String { place.object }
  /// The group's attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(owner: handle, place: place) }

  // MARK: Writing

  /// Makes a group within this one. `name` holds no `/`.
  ///
  /// - Throws: `HDF5Error.notWritten`, also where the name is taken.
  public func createGroup(_ name: String) throws(HDF5Error) -> HDF5Group {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child(name)
      let creation = try place.made(H5Pcreate(chdf5_group_create()), H5Pclose)
      try place.wrote(H5Pset_obj_track_times(creation.id, false))
      return HDF5Group(
        handle: try place.made(
          H5Gcreate2(handle.id, name, chdf5_default(), creation.id, chdf5_default()), H5Gclose),
        place: place)
    }
  }

  /// Makes a dataset without rows, to which rows are then appended. It is stored in chunks, each
  /// with a checksum, so that damage is found when it is read.
  ///
  /// - Parameters:
  ///   - name: Without `/`.
  ///   - element: What the file stores.
  ///   - rowShape: The shape of one row: `[]` for a number, `[height, width, 3]` for a picture.
  ///   - chunkRows: Rows that are stored, compressed and read together.
  ///   - capacity: The most rows that there will be; nil: any number.
  ///   - compression: Level of deflate, 1 to 9; nil: none.
  /// - Returns: The dataset.
  /// - Throws: `HDF5Error.notWritten`, also where the name is taken.
  public func createDataset(
    _ name: String, of element: HDF5Element, rowShape: [Int], chunkRows: Int, capacity: Int?,
    compression: Int?
  ) throws(HDF5Error) -> HDF5Dataset {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child(name)
      let row = rowShape.map { hsize_t($0) }
      let space = try place.made(
        H5Screate_simple(
          Int32(row.count + 1), [0] + row, [capacity.map { hsize_t($0) } ?? chdf5_unlimited()] + row
        ), H5Sclose)
      let creation = try place.made(H5Pcreate(chdf5_dataset_create()), H5Pclose)
      try place.wrote(H5Pset_obj_track_times(creation.id, false))
      let chunk = [hsize_t(max(1, min(chunkRows, capacity ?? chunkRows)))] + row
      try place.wrote(H5Pset_chunk(creation.id, Int32(chunk.count), chunk))
      if let compression {
        try place.wrote(H5Pset_shuffle(creation.id))
        try place.wrote(H5Pset_deflate(creation.id, UInt32(compression)))
      }
      try place.wrote(H5Pset_fletcher32(creation.id))
      let type = try element.fileType(place)
      let dataset = try place.made(
        H5Dcreate2(
          handle.id, name, type.id, space.id, chdf5_default(), creation.id, chdf5_default()),
        H5Dclose)
      return try HDF5Dataset(handle: dataset, place: place)
    }
  }

  /// Makes a dataset that shows rows of another one of the same file, without storing them again.
  ///
  /// - Parameters:
  ///   - name: Without `/`.
  ///   - source: The other dataset's absolute name, for example `/data/demo_0/obs/scene_image`;
  ///     it may be made later.
  ///   - element: What both hold.
  ///   - rowShape: The shape of one row.
  ///   - rows: Rows of the source, in the order in which they are shown.
  ///   - sourceRows: How many rows the source has.
  /// - Throws: `HDF5Error.notWritten`, also where the name is taken.
  public func createView(
    _ name: String, of source: String, element: HDF5Element, rowShape: [Int], rows: [Range<Int>],
    sourceRows: Int
  ) throws(HDF5Error) {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child(name)
      let row = rowShape.map { hsize_t($0) }
      let zeros = row.map { _ in hsize_t(0) }
      let count = rows.reduce(0) { $0 + $1.count }
      let creation = try place.made(H5Pcreate(chdf5_dataset_create()), H5Pclose)
      try place.wrote(H5Pset_obj_track_times(creation.id, false))
      let rank = Int32(row.count + 1)
      let space = try place.made(
        H5Screate_simple(rank, [hsize_t(count)] + row, nil), H5Sclose)
      var next = 0
      for range in rows where !range.isEmpty {
        let from = try place.made(
          H5Screate_simple(rank, [hsize_t(sourceRows)] + row, nil), H5Sclose)
        let size = [hsize_t(range.count)] + row
        try place.wrote(
          H5Sselect_hyperslab(
            from.id, H5S_SELECT_SET, [hsize_t(range.lowerBound)] + zeros, nil, size, nil))
        try place.wrote(
          H5Sselect_hyperslab(
            space.id, H5S_SELECT_SET, [hsize_t(next)] + zeros, nil, size, nil))
        // "." is the file that the view itself is in.
        try place.wrote(H5Pset_virtual(creation.id, space.id, ".", source, from.id))
        next += range.count
      }
      try place.wrote(H5Sselect_all(space.id))
      let type = try element.fileType(place)
      _ = try place.made(
        H5Dcreate2(
          handle.id, name, type.id, space.id, chdf5_default(), creation.id, chdf5_default()),
        H5Dclose)
    }
  }

  /// Copies a member of another group, usually of another file, with all that it holds.
  /// Compressed chunks are copied as they are.
  ///
  /// - Throws: `HDF5Error.notWritten`, `HDF5Error.diskFull`.
  public func copy(_ name: String, from other: HDF5Group) throws(HDF5Error) {
    try Library.guarded { () throws(HDF5Error) in
      try place.child(name).wrote(
        H5Ocopy(other.handle.id, name, handle.id, name, chdf5_default(), chdf5_default()))
    }
  }

  // MARK: Reading

  /// The names of the members, sorted.
  ///
  /// - Throws: `HDF5Error.damaged`.
  public func memberNames() throws(HDF5Error) -> [String] {
    try Library.guarded { () throws(HDF5Error) in
      var names: [String] = []
      let status = withUnsafeMutablePointer(to: &names) { names in
        chdf5_each_name(
          handle.id,
          { name, context in
            guard let name, let context else { return }
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          }, names)
      }
      try place.read(status)
      return names.sorted()
    }
  }

  /// What the member of this name is; nil where there is none.
  ///
  /// - Throws: `HDF5Error.damaged`.
  public func member(_ name: String) throws(HDF5Error) -> Member? {
    try Library.guarded { () throws(HDF5Error) in
      let place = place.child(name)
      let exists = H5Lexists(handle.id, name, chdf5_default())
      try place.read(herr_t(exists))
      guard exists > 0 else { return nil }
      let object = try place.found(H5Oopen(handle.id, name, chdf5_default()), H5Oclose)
      switch H5Iget_type(object.id) {
      case H5I_GROUP: return .group
      case H5I_DATASET: return .dataset
      default: return .other
      }
    }
  }

  /// The group of this name.
  ///
  /// - Throws: `HDF5Error.missing`, `HDF5Error.unexpected`, `HDF5Error.damaged`.
  public func group(_ name: String) throws(HDF5Error) -> HDF5Group {
    let place = place.child(name)
    guard let member = try member(name) else { throw missing(place) }
    guard member == .group else { throw place.unexpected("a group", found: "\(member)") }
    return try Library.guarded { () throws(HDF5Error) in
      HDF5Group(
        handle: try place.found(H5Gopen2(handle.id, name, chdf5_default()), H5Gclose),
        place: place)
    }
  }

  /// The dataset of this name.
  ///
  /// - Throws: `HDF5Error.missing`, `HDF5Error.unexpected`, `HDF5Error.damaged`.
  public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
    let place = place.child(name)
    guard let member = try member(name) else { throw missing(place) }
    guard member == .dataset else { throw place.unexpected("a dataset", found: "a \(member)") }
    return try Library.guarded { () throws(HDF5Error) in
      try HDF5Dataset(
        handle: try place.found(H5Dopen2(handle.id, name, chdf5_default()), H5Dclose),
        place: place)
    }
  }

  private func missing(_ place: Place) -> HDF5Error {
    .missing(path: place.path, object: place.object)
  }
}

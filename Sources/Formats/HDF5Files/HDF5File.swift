internal import CHDF5
internal import Foundation

/// An HDF5 file: made whole, or opened to be read.
///
/// Files are written in the format of HDF5 1.10, in which the library keeps checksums of all
/// metadata; datasets get checksums of their chunks too (`HDF5Group.createDataset`). Nothing in a
/// file depends on the time or the machine: the same calls give the same bytes.
public final class HDF5File: Sendable {
  /// Where the file is.
  public let path: String
  /// The group that holds all others.
  public let root: HDF5Group
  private let handle: Handle

  private init(path: String, handle: Handle, root: HDF5Group) {
    self.path = path
    self.handle = handle
    self.root = root
  }

  /// Makes a file, in place of one that is there.
  ///
  /// - Throws: `HDF5Error.notCreated`.
  public static func create(_ path: String) throws(HDF5Error) -> HDF5File {
    try Library.guarded { () throws(HDF5Error) in
      let place = Place(path: path, object: "/")
      let access = try access(place)
      try place.wrote(H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110))
      let creation = try place.made(H5Pcreate(chdf5_file_create()), H5Pclose)
      try place.wrote(H5Pset_obj_track_times(creation.id, false))
      guard let handle = Handle(chdf5_create(path, creation.id, access.id), H5Fclose) else {
        throw .notCreated(path: path, reason: Library.reason())
      }
      return try HDF5File(path: path, handle: handle, root: root(of: handle, path: path))
    }
  }

  /// Opens a file to read it.
  ///
  /// - Throws: `HDF5Error.notFound`, `HDF5Error.notHDF5`.
  public static func open(_ path: String) throws(HDF5Error) -> HDF5File {
    guard FileManager.default.fileExists(atPath: path) else { throw .notFound(path: path) }
    return try Library.guarded { () throws(HDF5Error) in
      let place = Place(path: path, object: "/")
      let access = try access(place)
      guard let handle = Handle(chdf5_open(path, access.id), H5Fclose) else {
        throw .notHDF5(path: path, reason: Library.reason())
      }
      return try HDF5File(path: path, handle: handle, root: root(of: handle, path: path))
    }
  }

  /// Writes what is in memory to the file and closes it, with all of its objects.
  ///
  /// - Throws: `HDF5Error.diskFull`, `HDF5Error.notWritten`. A file that was not closed without an
  ///   error is not to be used.
  public func close() throws(HDF5Error) {
    try Library.guarded { () throws(HDF5Error) in
      let place = Place(path: path, object: "/")
      try place.wrote(H5Fflush(handle.id, H5F_SCOPE_LOCAL))
      try place.wrote(handle.closeNow())
    }
  }

  private static func access(_ place: Place) throws(HDF5Error) -> Handle {
    let access = try place.made(H5Pcreate(chdf5_file_access()), H5Pclose)
    // `close` must close all, or what is in memory would stay there.
    try place.wrote(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG))
    return access
  }

  private static func root(of file: Handle, path: String) throws(HDF5Error) -> HDF5Group {
    let place = Place(path: path, object: "/", file: file)
    return HDF5Group(
      handle: try place.found(H5Gopen2(file.id, "/", chdf5_default()), H5Gclose), place: place)
  }
}

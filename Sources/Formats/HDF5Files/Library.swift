internal import CHDF5
internal import Foundation

/// The one gate to libhdf5.
///
/// The library keeps one error stack and one table of identifiers, and only some builds of it lock
/// them. So every call is made under this lock, which also keeps a failed call and the reading of
/// its error together. It is recursive because the last reference to a handle may go away inside
/// a guarded call, and closing the handle is one more.
enum Library {
  private static let lock = NSRecursiveLock()

  /// Once, before the first other call. At the exit of the process libhdf5 would write what open files
  /// still hold, and crashes where that cannot be written; every file here is closed by its handle.
  private static let leavesExitAlone = H5dont_atexit() >= 0

  static func guarded<Result>(
    _ body: () throws(HDF5Error) -> Result
  ) throws(HDF5Error) -> Result {
    lock.lock()
    defer { lock.unlock() }
    _ = leavesExitAlone
    chdf5_be_silent()
    return try body()
  }

  /// What the library says of the call that just failed: the cause, then what it broke.
  static func reason() -> String {
    var texts: [String] = []
    withUnsafeMutablePointer(to: &texts) { texts in
      chdf5_errors(
        { _, error, context in
          guard let text = error?.pointee.desc, let context else { return 0 }
          context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
          return 0
        }, texts)
    }
    chdf5_forget_errors()
    guard let cause = texts.first else { return "libhdf5 says not why" }
    guard texts.count > 1, let effect = texts.last else { return cause }
    return "\(effect): \(cause)"
  }
}

/// An identifier of libhdf5, closed with its last reference.
final class Handle: Sendable {
  let id: hid_t
  private let close: @convention(c) (hid_t) -> herr_t
  // Touched only inside `Library.guarded`.
  private nonisolated(unsafe) var isOpen = true

  /// Takes over an identifier that a call returned; nil where the call failed.
  init?(_ id: hid_t, _ close: @escaping @convention(c) (hid_t) -> herr_t) {
    guard id >= 0 else { return nil }
    self.id = id
    self.close = close
  }

  /// Closes it now, once.
  func closeNow() throws(HDF5Error) -> herr_t {
    try Library.guarded { () throws(HDF5Error) in
      guard isOpen else { return 0 }
      isOpen = false
      return close(id)
    }
  }

  deinit { _ = try? closeNow() }
}

/// Where an object is, for errors; keeps its file open.
struct Place: Sendable {
  let path: String
  let object: String
  var file: Handle?

  func child(_ name: String) -> Place {
    Place(path: path, object: object == "/" ? "/" + name : object + "/" + name, file: file)
  }

  /// The error of a failed write, from the library's stack.
  func notWritten() -> HDF5Error {
    let reason = Library.reason()
    return reason.contains("No space left")
      ? .diskFull(path: path) : .notWritten(path: path, object: object, reason: reason)
  }

  /// The error of a failed read, from the library's stack.
  func damaged() -> HDF5Error {
    .damaged(path: path, object: object, reason: Library.reason())
  }

  func unexpected(_ expected: String, found: String) -> HDF5Error {
    .unexpected(path: path, object: object, expected: expected, found: found)
  }

  func wrote(_ status: herr_t) throws(HDF5Error) {
    guard status >= 0 else { throw notWritten() }
  }

  func read(_ status: herr_t) throws(HDF5Error) {
    guard status >= 0 else { throw damaged() }
  }

  /// An identifier that a call made for writing.
  func made(
    _ id: hid_t, _ close: @escaping @convention(c) (hid_t) -> herr_t
  ) throws(HDF5Error) -> Handle {
    guard let handle = Handle(id, close) else { throw notWritten() }
    return handle
  }

  /// An identifier of something that is in the file.
  func found(
    _ id: hid_t, _ close: @escaping @convention(c) (hid_t) -> herr_t
  ) throws(HDF5Error) -> Handle {
    guard let handle = Handle(id, close) else { throw damaged() }
    return handle
  }
}

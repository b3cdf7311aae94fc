internal import Foundation
internal import GRDB
internal import Glibc
internal import PlainErrors
internal import SystemPackage

/// Opens recordings, and turns what SQLite says into `RecordingError`.
enum RecordingFile {
  /// Pages of the journal after which it is emptied into the file, where no reader needs it.
  static let journalPages = 3_000

  /// Opens the file to write, making or updating it; one process at a time may.
  static func openToWrite(
    _ path: String
  ) throws(RecordingError) -> (queue: DatabaseQueue, lock: FileLock) {
    let lock = try FileLock(path)
    return (try openToWrite(path, under: lock), lock)
  }

  /// The same, where the caller holds the file's lock.
  static func openToWrite(
    _ path: String, under lock: FileLock
  ) throws(RecordingError) -> DatabaseQueue {
    try mapping(path) {
      var configuration = Configuration()
      configuration.journalMode = .wal
      configuration.foreignKeysEnabled = true
      configuration.busyMode = .timeout(5)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try check(queue, path)
      try Schema.migrator.migrate(queue)
      // An acknowledged step must survive a power cut, not only a crash of the process.
      // A group of steps is larger than SQLite's usual cache of 2 MB, and would be written twice;
      // with the usual journal of 4 MB nearly every group would wait for it to be emptied. What a
      // reader made it grow beyond that is given back when the reader has gone.
      try queue.writeWithoutTransaction {
        try $0.execute(
          sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -12000; "
            + "PRAGMA wal_autocheckpoint = \(journalPages); "
            + "PRAGMA journal_size_limit = \(journalPages * 4_096)")
      }
      return queue
    }
  }

  /// Opens the file to change a few rows, also while a coordinator writes to it. One of an older
  /// version is updated first.
  static func openToEdit(_ path: String) throws(RecordingError) -> DatabaseQueue {
    let reader = try openToRead(path)
    let isCurrent = try reading(path) {
      try reader.read { try Schema.migrator.hasCompletedMigrations($0) }
    }
    try reading(path) { try reader.close() }
    if !isCurrent {
      let writer = try openToWrite(path)
      defer { writer.lock.release() }
      try mapping(path) { try writer.queue.close() }
    }
    return try mapping(path) {
      var configuration = Configuration()
      configuration.foreignKeysEnabled = true
      configuration.busyMode = .timeout(10)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      return queue
    }
  }

  static func check(_ queue: DatabaseQueue, _ path: String) throws {
    try queue.read { database in
      let id = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
      // A file whose making was cut short has the list of its migrations and nothing else.
      let tables =
        try Int.fetchOne(
          database, sql: "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE '%grdb%'") ?? 0
      guard id == Schema.applicationID || tables == 0 else {
        throw RecordingError.notARecording(path: path, reason: "its tables are another program's")
      }
      if try tables > 0 && Schema.migrator.hasBeenSuperseded(database) {
        throw RecordingError.newerSchema(path: path, found: "tables that this version lacks")
      }
    }
  }

  /// Runs `body` and rewords what SQLite throws.
  static func mapping<Value>(
    _ path: String, _ body: () throws -> Value
  ) throws(RecordingError) -> Value {
    do {
      return try body()
    } catch let error as RecordingError {
      throw error
    } catch let error as DatabaseError {
      throw RecordingError(error, path: path)
    } catch let error as CheckedRow.Unreadable {
      throw .damaged(path: path, reason: error.description)
    } catch {
      throw .database(path: path, reason: PlainError.reason(error))
    }
  }

  /// Whether a coordinator, or another program that takes the file's lock, writes to it.
  ///
  /// To be asked before the file is opened: whoever closes a file gives up all POSIX locks that his
  /// process has on it, and SQLite's locks are such.
  static func isBeingWritten(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Whether the file begins as SQLite's files do, whatever came of the rest.
  static func looksLikeSQLite(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path),
      let head = try? handle.read(upToCount: 100)
    else { return false }
    return head.starts(with: Data("SQLite format 3\0".utf8))
  }

  /// Removes a file that was not finished, with its journal.
  static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
  }

  /// Gives a finished file its name; its journal is empty.
  static func move(_ path: String, to final: String) throws(RecordingError) {
    for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    guard rename(path, final) == 0 else {
      throw .notWritable(path: final, reason: String(cString: strerror(errno)))
    }
  }

  /// The folder that a file lies in.
  static func folder(of path: String) -> String {
    let folder = FilePath(path).removingLastComponent()
    return folder.isEmpty ? "." : folder.string
  }

  /// Free bytes on the disk of `path`.
  static func freeBytes(_ path: String) -> Int {
    var statistics = statvfs()
    guard statvfs(folder(of: path), &statistics) == 0 else { return 0 }
    return Int(clamping: UInt64(statistics.f_bavail) &* UInt64(statistics.f_frsize))
  }

  /// Bytes of its journal.
  static func journalBytes(_ path: String) -> Int {
    var status = stat()
    return stat(path + "-wal", &status) == 0 ? Int(status.st_size) : 0
  }

  /// Bytes of the recording with its journal.
  static func bytes(_ path: String) -> Int {
    ["", "-wal"].reduce(0) { sum, suffix in
      var status = stat()
      return stat(path + suffix, &status) == 0 ? sum + Int(status.st_size) : sum
    }
  }
}

extension RecordingError {
  init(_ error: DatabaseError, path: String) {
    let reason = error.message ?? "\(error.resultCode)"
    // By the code, never by the text, which differs between versions of SQLite.
    switch error.resultCode {
    case .SQLITE_FULL: self = .diskFull(path: path)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .notARecording(path: path, reason: reason)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self = .notWritable(path: path, reason: reason)
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .inUse(path: path)
    case .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_NOLFS, .SQLITE_INTERRUPT, .SQLITE_ABORT:
      self = .device(path: path, reason: "\(reason), \(error.extendedResultCode)")
    case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE:
      self = .refused(path: path, reason: reason)
    default: self = .database(path: path, reason: reason)
    }
  }

  /// Whether waiting may help: the disk may get room, the device may come back.
  var mayPass: Bool {
    switch self {
    case .diskFull, .inUse, .notWritable, .device: true
    default: false
    }
  }
}

/// Holds a file against other writers, until it is released or the process ends.
// `flock` is apart from the POSIX locks that SQLite uses on the same file.
final class FileLock: Sendable {
  private let descriptor: Int32

  init(_ path: String) throws(RecordingError) {
    guard FileManager.default.fileExists(atPath: RecordingFile.folder(of: path)) else {
      throw .folderMissing(path: path)
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .notWritable(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notARecording(path: path, reason: "it is a device, a pipe or a socket, and no file")
    }
    // Whoever asks whether the file is being written holds it for an instant.
    for attempt in 0..<20 where flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard attempt < 19 else {
        close(descriptor)
        throw .inUse(path: path)
      }
      usleep(5_000)
    }
  }

  /// Lets another writer in.
  func release() { flock(descriptor, LOCK_UN) }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

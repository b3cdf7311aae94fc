internal import CReadOnlyVFS
internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Glibc

// A reader writes nothing: no journal, no lock, no newer version of the tables. It needs no right to
// write, and sees what a coordinator that is writing, or was killed, has committed.
extension RecordingFile {
  /// Opens the file to read, also while a coordinator writes to it. One of an older version looks like
  /// one of this version.
  static func openToRead(_ path: String) throws(RecordingError) -> DatabaseQueue {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .notFound(path: path) }
      throw .notReadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .notReadable(path: path, reason: "it is no file")
    }
    return try reading(path) {
      let queue = try openUnchecked(path)
      try patiently { try check(queue, path) }
      try queue.unsafeRead { database in
        let tables = try Int.fetchOne(
          database, sql: "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE '%grdb%'")
        guard tables ?? 0 > 0 else {
          throw RecordingError.notARecording(path: path, reason: "it is empty")
        }
        guard try !Schema.migrator.hasCompletedMigrations(database) else { return }
        for statement in try coverings(database) {
          let code = sqlite3_exec(database.sqliteConnection, statement, nil, nil, nil)
          guard code == SQLITE_OK else {
            throw DatabaseError(
              resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
          }
        }
      }
      return queue
    }
  }

  /// Opens the file to read, whatever is in it.
  static func openUnchecked(_ path: String) throws -> DatabaseQueue {
    let code = mallard_register_read_only_vfs()
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: address(path), configuration: configuration)
  }

  /// The file as SQLite is told of it. What has a meaning in such an address is written as a number.
  private static func address(_ path: String) -> String {
    let encoded = path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0x80...:
        "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      default: String(UnicodeScalar(byte))
      }
    }.joined()
    return "file:\(path.hasPrefix("/") ? "//" : "")\(encoded)"
      + "?mode=ro&readonly_shm=1&vfs=\(MALLARD_READ_ONLY_VFS)"
  }

  /// Statements that let an older file look like one of this version, to this connection: a view for
  /// each table that lacks something, which SQLite finds before the table.
  private static func coverings(_ database: Database) throws -> [String] {
    var statements: [String] = []
    let isTallied = try Bool.fetchOne(
      database, sql: "SELECT count(*) FROM main.sqlite_master WHERE name = 'tally'")
    if isTallied != true {
      statements.append(
        "CREATE TEMP VIEW tally AS SELECT NULL AS session, NULL AS kind, NULL AS count WHERE 0")
    }
    return try statements
      + RecordingTable.allCases.compactMap { table in
        let name = table.rawValue
        let present = try String.fetchAll(
          database, sql: "SELECT name FROM pragma_table_info('\(name)', 'main')")
        let missing = table.stored.filter { !present.contains($0) }
        guard !missing.isEmpty else { return nil }
        let empty = missing.map { column in
          // As the update to the second version numbers them.
          column == "ordinal"
            ? "row_number() OVER (PARTITION BY session ORDER BY id) AS ordinal"
            : "NULL AS \(column)"
        }.joined(separator: ", ")
        guard !present.isEmpty else {
          return "CREATE TEMP VIEW \(name) AS SELECT NULL AS rowid, \(empty) WHERE 0"
        }
        let number = table.hasRowID ? "rowid AS rowid, " : ""
        return "CREATE TEMP VIEW \(name) AS SELECT \(number)*, \(empty) FROM main.\(name)"
      }
  }

  /// Runs `body`, which only reads, and rewords what SQLite throws.
  static func reading<Value>(
    _ path: String, _ body: () throws -> Value
  ) throws(RecordingError) -> Value {
    do throws(RecordingError) {
      return try mapping(path, body)
    } catch .notWritable(let path, let reason) {
      throw .notReadable(path: path, reason: reason)
    }
  }

  /// Runs `body`, again where it met a writer that is just coming or going.
  static func patiently<Value>(_ body: () throws -> Value) throws -> Value {
    for _ in 0..<100 {
      do { return try body() } catch let error as DatabaseError where error.isPassing {
        usleep(20_000)
      }
    }
    return try body()
  }
}

extension DatabaseError {
  /// Whether a writer is setting up or taking down what readers share with it.
  fileprivate var isPassing: Bool {
    [
      .SQLITE_READONLY_RECOVERY, .SQLITE_READONLY_CANTLOCK, .SQLITE_READONLY_CANTINIT,
      .SQLITE_BUSY_RECOVERY,
    ].contains(extendedResultCode)
  }
}

/// One file of a recording, open to read.
final class ReadOnlyFile: Sendable {
  let path: String
  private let queue: DatabaseQueue

  init(path: String) throws(RecordingError) {
    self.path = path
    queue = try RecordingFile.openToRead(path)
  }

  /// What the file is, as the system says.
  private struct State: Equatable {
    var file: UInt
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init(_ path: String) {
      var status = stat()
      _ = stat(path, &status)
      file = UInt(status.st_ino)
      size = Int(status.st_size)
      seconds = Int(status.st_mtim.tv_sec)
      nanoseconds = Int(status.st_mtim.tv_nsec)
    }
  }

  /// Reads in one transaction.
  ///
  /// Where no writer has been there are no locks to take: then a coordinator that starts meanwhile may
  /// change the file under the reader, which is noticed.
  func read<Value>(_ body: (Database) throws -> Value) throws(RecordingError) -> Value {
    let isShared = access(path + "-shm", F_OK) == 0
    let before = State(path)
    do throws(RecordingError) {
      let value = try RecordingFile.reading(path) {
        try RecordingFile.patiently { try queue.read(body) }
      }
      guard isShared || before == State(path) else { throw .changed(path: path) }
      return value
    } catch {
      // What it found may be the trace of that.
      guard isShared || before == State(path) else { throw .changed(path: path) }
      throw error
    }
  }
}

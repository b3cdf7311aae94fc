internal import Foundation
internal import Glibc
internal import PlainErrors
internal import SystemPackage

/// The folder beside the final path in which a dataset is made: `<output>.partial`.
///
/// It holds `dataset`, which gets the final name at the end; `scratch`, the writer's; `journal.json`, from
/// which an interrupted export continues; and `lock`.
struct WorkFolder {
  /// What an interrupted export continues from.
  struct Journal: Codable {
    /// Of everything that decides what is written.
    var fingerprint: String
    /// Episodes that lie in closed files.
    var episodes: Int
    /// The writer's own.
    var checkpoint: Data?
  }

  let output: String
  let path: String
  private let lock: Int32
  private var synced: Set<String> = []

  var dataset: String { path + "/dataset" }
  /// What the writer keeps there is gone with the folder, when the dataset has its name.
  var scratch: String { path + "/scratch" }
  private var journalPath: String { path + "/journal.json" }

  /// Makes the folder, or takes up the one that is there.
  init(output: String) throws(ExportError) {
    var output = output
    while output.count > 1, output.hasSuffix("/") { output.removeLast() }
    self.output = output
    path = output + ".partial"
    guard !Self.exists(output) else { throw .outputExists(path: output) }
    let parent = Self.parent(of: output)
    do {
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    } catch {
      throw .notWritable(path: parent, reason: PlainError.reason(error))
    }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw .notWritable(path: path, reason: Self.problem)
    }
    lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else { throw .notWritable(path: path, reason: Self.problem) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw .inUse(path: path)
    }
    for folder in [dataset, scratch] {
      guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
        throw .notWritable(path: folder, reason: Self.problem)
      }
    }
  }

  /// Lets others use the folder.
  func release() { close(lock) }

  /// What an interrupted export of the same thing has left; nil where there is nothing yet.
  func journal(fingerprint: String) throws(ExportError) -> Journal? {
    guard let data = FileManager.default.contents(atPath: journalPath) else { return nil }
    guard let journal = try? JSONDecoder().decode(Journal.self, from: data),
      journal.fingerprint == fingerprint
    else { throw .otherExport(path: path) }
    return journal
  }

  /// Makes everything that was written so far survive a power cut, and says so in the journal.
  mutating func note(_ journal: Journal) throws(ExportError) {
    for folder in [dataset, scratch] { try syncFiles(in: folder) }
    let temporary = journalPath + ".new"
    do {
      let data = try JSONEncoder().encode(journal)
      try data.write(to: URL(filePath: temporary))
    } catch {
      throw .notWritable(path: temporary, reason: PlainError.reason(error))
    }
    try Self.sync(temporary)
    guard rename(temporary, journalPath) == 0 else {
      throw .notWritable(path: journalPath, reason: Self.problem)
    }
    try Self.sync(path)
  }

  /// Gives the dataset its final name, if nothing has taken that meanwhile.
  mutating func publish() throws(ExportError) {
    synced = []
    try syncFiles(in: dataset)
    // What came into being meanwhile is not replaced; of folders, rename() takes an empty one only.
    guard !Self.exists(output) else { throw .outputExists(path: output) }
    guard rename(dataset, output) == 0 else {
      throw .notWritable(path: output, reason: Self.problem)
    }
    try Self.sync(Self.parent(of: output))
    try? FileManager.default.removeItem(atPath: path)
  }

  private mutating func syncFiles(in folder: String) throws(ExportError) {
    let files = FileManager.default.enumerator(atPath: folder)
    var folders = [folder]
    while let name = files?.nextObject() as? String {
      let file = folder + "/" + name
      if files?.fileAttributes?[.type] as? FileAttributeType == .typeDirectory {
        folders.append(file)
      } else if synced.insert(file).inserted {
        try Self.sync(file)
      }
    }
    for folder in folders { try Self.sync(folder) }
  }

  private static func sync(_ path: String) throws(ExportError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .notWritable(path: path, reason: problem) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .notWritable(path: path, reason: problem) }
  }

  /// The folder that a file lies in; "." for a name alone.
  private static func parent(of path: String) -> String {
    let parent = FilePath(path).removingLastComponent()
    return parent.isEmpty ? "." : parent.string
  }

  private static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private static var problem: String { String(cString: strerror(errno)) }
}

internal import Foundation
internal import GRDB
internal import SystemPackage

/// The files of one recording: `name.sqlite`, `name-0002.sqlite` and so on, which a coordinator began
/// one after the other. Whoever names one of them means all.
struct RecordingParts {
  /// The files that are there, in the order in which they were begun.
  private(set) var files: [ReadOnlyFile] = []
  /// Files that must have been there, for a later one is.
  private(set) var missing: [String] = []
  /// Files that are parts by their names, and why they cannot be read.
  private(set) var unreadable: [(path: String, reason: String)] = []
  private var sessions: Set<String> = []

  /// Finds and opens all parts of the recording that `path` is one of.
  init(of path: String) throws(RecordingError) {
    let named = try ReadOnlyFile(path: path)
    let own = Self.number(of: path)
    let candidates = own.flatMap { own in
      own.base == path ? nil : Self.existing(own.base)
    }
    // A name that ends with a number may be another recording's own.
    if let own, let candidates, candidates.count > 1 {
      try take(candidates, of: own.base)
      if files.contains(where: { $0.path == path }) { return }
      (files, missing, sessions) = ([], [], [])
    }
    files = [named]
    sessions = try Self.sessions(of: named)
    try take(Self.existing(path).filter { $0.number > 1 }, of: path)
  }

  /// The file of this number.
  static func path(_ base: String, _ number: Int) -> String {
    guard number > 1 else { return base }
    let digits = String(number)
    let padded = String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    guard base.hasSuffix(".sqlite") else { return "\(base)-\(padded)" }
    return "\(base.dropLast(7))-\(padded).sqlite"
  }

  /// The first file's path and the number that a file's name ends with; nil where it ends with none.
  static func number(of path: String) -> (base: String, number: Int)? {
    let ending = path.hasSuffix(".sqlite") ? ".sqlite" : ""
    let stem = path.dropLast(ending.count)
    let digits = stem.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard (4...9).contains(digits), let number = Int(stem.suffix(digits)), number > 1,
      stem.dropLast(digits).last == "-"
    else { return nil }
    let base = stem.dropLast(digits + 1) + ending
    return Self.path(String(base), number) == path ? (String(base), number) : nil
  }

  /// Files whose names are those of parts of `base`, by number.
  private static func existing(_ base: String) -> [(number: Int, path: String)] {
    let folder = RecordingFile.folder(of: base)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let last = FilePath(base).lastComponent?.string ?? base
    var found: [(number: Int, path: String)] = []
    for name in names {
      if name == last {
        found.append((1, base))
      } else if let part = number(of: name), part.base == last {
        found.append((part.number, path(base, part.number)))
      }
    }
    return found.sorted { $0.number < $1.number }
  }

  /// Takes those that share a session with what was taken before: in each file the session is noted
  /// that went on in it.
  private mutating func take(
    _ candidates: [(number: Int, path: String)], of base: String
  ) throws(RecordingError) {
    var next = files.isEmpty ? 1 : 2
    for (number, path) in candidates {
      let file: ReadOnlyFile
      do throws(RecordingError) {
        file = try ReadOnlyFile(path: path)
      } catch {
        guard !files.isEmpty else { throw error }
        // A coordinator that is killed as it begins a file leaves it empty; any other name that
        // follows without a gap is a part's.
        if number == next, RecordingFile.bytes(path) > 0 {
          unreadable.append((path, error.description))
          next = number + 1
        }
        continue
      }
      let found = try Self.sessions(of: file)
      guard sessions.isEmpty || !sessions.isDisjoint(with: found) else { continue }
      missing += (next..<max(number, next)).map { Self.path(base, $0) }
      next = number + 1
      files.append(file)
      sessions.formUnion(found)
    }
  }

  private static func sessions(of file: ReadOnlyFile) throws(RecordingError) -> Set<String> {
    try file.read { database in
      let names: [String] = try CheckedRow.values(database, sql: "SELECT id FROM session")
      return Set(names)
    }
  }

  /// What should be said of parts that are not there, or cannot be read.
  var warnings: [String] {
    var warnings = unreadable.map { "its episodes are left out: \($0.reason)" }
    if !missing.isEmpty {
      let names = missing.count > 4 ? missing.prefix(4) + ["others"] : missing[...]
      warnings.append(
        "\(names.joined(separator: ", ")) of this recording \(missing.count == 1 ? "is" : "are") "
          + "not there; what lies in \(missing.count == 1 ? "it" : "them") is left out")
    }
    return warnings
  }
}

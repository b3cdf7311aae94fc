// Aim: what is open is open for a reason, nothing is kept that no one uses, and names are the field's.
// Method: identifiers of all sources are counted. Each rule that does not hold yet is a ratchet: its count
// may only go down.
import Foundation
import Testing

/// `\b` would be Unicode's end of a word, which there is none of at the dot of `a.b`.
private var identifier: Regex<Substring> { /\b[A-Za-z_]\w*/.wordBoundaryKind(.simple) }

@Suite struct NameTests {
  /// Identifiers of each part, with how often they are there.
  private static let words: [String: [Substring: Int]] = {
    var words: [String: [Substring: Int]] = [:]
    for file in swiftFiles(in: "Sources") {
      for match in file.text.matches(of: identifier) {
        words[file.part, default: [:]][match.0, default: 0] += 1
      }
    }
    return words
  }()

  private static let tests: Set<Substring> = {
    var words: Set<Substring> = []
    for file in swiftFiles(in: "Tests") {
      for match in file.text.matches(of: identifier) { words.insert(match.0) }
    }
    return words
  }()

  /// Names that a part declares as `public`.
  private static func publicNames(_ file: SourceFile) -> [Substring] {
    file.text.matches(
      of:
        /(?m)^ *public (?:(?:static|mutating|final|indirect|private\(set\)|class) )*(?:func|var|let|struct|enum|class|protocol|typealias) (\w+)/
    ).map(\.1)
  }

  @Test func `public names are for other parts`() {
    // Of conformances: declared where they are, used by Swift.
    let known: Set<Substring> = [
      "description", "hash", "encode", "next", "makeIterator", "debugDescription",
    ]
    var lonely: [String] = []
    for file in swiftFiles(in: "Sources") {
      for name in Self.publicNames(file) where !known.contains(name) {
        let isUsed =
          Self.words.contains { $0.key != file.part && $0.value[name] != nil }
          || Self.tests.contains(name)
        if !isUsed { lonely.append("\(file.path): \(name)") }
      }
    }
    #expect(lonely.count <= 190, "\(lonely.count): \(lonely.joined(separator: "\n"))")
  }

  @Test func `names are used`() {
    var all: [Substring: Int] = [:]
    for words in Self.words.values { all.merge(words, uniquingKeysWith: +) }
    let declaration =
      /(?m)^ *(?:(?:public|private|fileprivate|internal|package|static|mutating|final) )*(?:func|var|let|struct|enum|class|protocol|typealias) (\w+)/
    // Asked for by Swift and by ArgumentParser.
    let asked: Set<Substring> = ["_", "MallardTrain", "allKeys", "defaultValueDescription"]
    var unused: [String] = []
    for file in swiftFiles(in: "Sources") {
      for match in file.text.matches(of: declaration)
      where all[match.1] == 1 && !Self.tests.contains(match.1) && !asked.contains(match.1) {
        unused.append("\(file.path): \(match.1)")
      }
    }
    #expect(unused.isEmpty, "\(unused.count): \(unused.joined(separator: "\n"))")
  }

  /// Words of the left column of the naming table, and how many lines of Sources still have them.
  private static let left: [String: Int] = [
    "anew": 42, "brain": 10, "doubt": 3, "eye": 105, "feeling": 7, "feels": 6, "felt": 9,
    "glance": 33, "letter": 13, "picture": 193, "pictures": 452, "sight": 52, "sighting": 41,
    "stagnation": 9, "tape": 14, "tenure": 62, "wishes": 19, "workshop": 9,
  ]

  @Test(arguments: left.keys.sorted())
  func `names are the field's words`(word: String) throws {
    let pattern = try Regex("\\b\(word)\\b").ignoresCase().wordBoundaryKind(.simple)
    let lines = swiftFiles(in: "Sources").reduce(0) { sum, file in
      sum + file.lines.count { $0.contains(pattern) }
    }
    #expect(lines <= Self.left[word] ?? 0, "\(word): \(lines) lines; see ARCHITECTURE.md, Words")
  }
}

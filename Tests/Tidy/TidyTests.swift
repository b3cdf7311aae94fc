// Aim: files stay small enough to read, and hold no shortcuts. Method: the sources are read as text.
import Foundation
import Testing

@Suite struct TidyTests {
  @Test(arguments: ["Sources", "Tests"])
  func `files and functions are short enough to read`(folder: String) {
    for file in swiftFiles(in: folder) {
      #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines")
      var start: (line: Int, indent: Int)?
      for (number, line) in file.lines.enumerated() {
        let indent = line.prefix { $0 == " " }.count
        if line.firstMatch(of: /^\s*(?:\w+ |@\w+(?:\([^)]*\))? )*(?:func|init)\b/) != nil {
          start = (number, indent)
        }
        guard let began = start, indent == began.indent, line.drop(while: { $0 == " " }) == "}"
        else { continue }
        #expect(number - began.line < 70, "\(file.path):\(began.line + 1)")
        start = nil
      }
    }
  }

  @Test func `sources hold no shortcuts`() {
    for file in swiftFiles(in: "Sources") {
      for (number, line) in file.lines.enumerated() {
        let place = "\(file.path):\(number + 1)"
        let code = line.split(separator: "//", omittingEmptySubsequences: false)[0]
        #expect(code.firstMatch(of: /\btry!|\bas!|fatalError\(/) == nil, "\(place): \(line)")
        #expect(line.firstMatch(of: /\b(TODO|FIXME|XXX)\b/) == nil, "\(place): \(line)")
        // It traps on a name of one letter; FilePath knows paths.
        #expect(!code.contains("NSString"), "\(place): \(line)")
        guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)") else {
          continue
        }
        let around = file.lines[max(number - 4, 0)...min(number + 3, file.lines.count - 1)]
        #expect(around.contains { $0.contains("// ") }, "\(place) says not why")
      }
    }
  }

  /// Foundation's errors describe themselves as "Error Domain=... UserInfo={...}". What a typed error
  /// wraps, a case names.
  @Test func `what others threw is worded before people read it`() {
    for file in swiftFiles(in: "Sources")
    where !["Sources/Link/Wire/", "Sources/Core/PlainErrors/", "Sources/Core/RobotData/"].contains(
      where: {
        file.path.hasPrefix($0)
      })
    {
      for (number, line) in file.lines.enumerated()
      where line.contains("\\(error)") && line.firstMatch(of: /case .*let error/) == nil {
        Issue.record("\(file.path):\(number + 1) needs PlainError.sentence: \(line)")
      }
      #expect(!file.text.contains("localizedDescription"), "\(file.path) needs PlainError.reason")
    }
  }

  /// Words that a reader with English as a second language has to stop at.
  @Test func `comments and texts use plain words`() {
    // A migration is as it was when files were made by it.
    let kept = ["Sources/Recording/RecordingStore/Schema+Version2.swift"]
    for file in swiftFiles(in: "Sources") + swiftFiles(in: "Tests")
    where !file.path.hasPrefix("Tests/Tidy/")
      && !kept.contains(file.path)
    {
      for (number, line) in file.lines.enumerated() {
        if let match = line.firstMatch(of: /\b(?:nobody|somebody|goes on|so many)\b/.ignoresCase())
        {
          Issue.record("\(file.path):\(number + 1): \"\(match.0)\": say it more plainly")
        }
      }
    }
  }

  /// Whatever a command writes goes through `OutputPath`, which looks at what is there and writes files
  /// whole. Which options are written to, `OverwritingTests` asks the programs.
  @Test func `no command writes files by itself`() {
    // Benchmarks write into folders of their own. A study's results are lines that are added one by one.
    let known = [
      "Sources/Commands/mallard/Bench/", "Sources/Commands/mallard/Study/StudyRunner.swift",
    ]
    for file in swiftFiles(in: "Sources/Commands/mallard")
      + swiftFiles(in: "Sources/Commands/mallard-train")
    where !known.contains(where: { file.path.hasPrefix($0) }) {
      for match in file.text.matches(
        of:
          /write\(\s*to(?:File)?: (?:URL|path|file\b)|createFile\(|forWritingTo|atomically:|fopen\(/
      ) {
        Issue.record("\(file.path): \(match.0) is to be OutputPath.write")
      }
    }
  }

  @Test func `every command of the README exists`() throws {
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let program = try String(
      contentsOf: root.appending(path: "Sources/Commands/mallard/Mallard.swift"), encoding: .utf8)
    let commands = swiftFiles(in: "Sources/Commands/mallard/Commands").map(\.text).joined()
    let names = Set(commands.matches(of: /commandName: "([a-z-]+)"/).map { String($0.1) })
    let used = readme.matches(of: /(?m)^\s*(?:\$ )?mallard ([a-z][a-z-]*)/).map { String($0.1) }
    #expect(!used.isEmpty && !program.isEmpty)
    for command in used { #expect(names.contains(command), "mallard \(command)") }
    let makefile = try String(contentsOf: root.appending(path: "Makefile"), encoding: .utf8)
    for match in readme.matches(of: /(?m)^\s*make ([a-z]+)/) {
      #expect(makefile.contains("\n\(match.1):"), "make \(match.1)")
    }
  }

  @Test func `nothing lies at the top that the layout does not name`() throws {
    let allowed: Set<String> = [
      "Package.swift", "Sources", "Tests", "Robots", "Policies", "Recordings", "Pictures",
      "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md",
      "Makefile", "LICENSE", "Package.resolved",
    ]
    for name in try FileManager.default.contentsOfDirectory(atPath: root.path)
    where !name.hasPrefix(".") {
      #expect(allowed.contains(name), "\(name)")
    }
  }
}

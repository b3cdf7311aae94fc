// Aim: a slip in any key of any file that a person may write is refused, with the line and the word that
// was meant, so that no value is passed over in silence. Method: every file that ships, each of its keys
// misspelt and doubled in turn, and each kind of file given what could exhaust its reader.
import Foundation
import StrictFiles
import Testing

@Suite struct EveryFileTests {
  @Test(arguments: WrittenFile.all)
  func `each key misspelt is refused with its line and the right key`(file: WrittenFile) throws {
    let text = try file.good
    #expect(try file.refusal(of: text) == nil)
    let keys = try WrittenKey.all(in: file)
    #expect(!keys.isEmpty)
    let names = Set(keys.map(\.name))
    for key in keys {
      let middle = key.name.index(key.name.startIndex, offsetBy: key.name.count / 2)
      var shorter = key.name
      shorter.remove(at: middle)
      var longer = key.name
      longer.insert(key.name[middle], at: middle)
      for wrong in [shorter, longer] where !wrong.isEmpty && !names.contains(wrong) {
        let refusal = try file.refusal(of: text.replacingCharacters(in: key.range, with: wrong))
        let said = try #require(refusal, "\(file.name): \(wrong) in line \(key.line) was taken")
        if key.name == "format" {
          // Which version a policy is of must be known before its keys are.
          #expect(said.contains("\"format\" is missing"), "\(said)")
          continue
        }
        #expect(
          said.contains(":\(key.line): unknown key \"\(wrong)\"; did you mean \"\(key.name)\"?"),
          "\(file.name), \(key.name) in line \(key.line): \(said)")
        #expect(said.contains("newer Mallard") == file.name.hasPrefix("policy"), "\(said)")
      }
    }
  }

  @Test(arguments: WrittenFile.all)
  func `each key that comes twice is refused with both lines`(file: WrittenFile) throws {
    let text = try file.good
    for key in try WrittenKey.all(in: file) {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      var doubled = lines
      let line = lines[key.line - 1]
      let start = text.range(of: line).map { _ in
        text.distance(
          from: text[..<key.range.lowerBound].lastIndex(of: "\n").map { text.index(after: $0) }
            ?? text.startIndex, to: key.range.lowerBound)
      }
      let before = String(line.prefix(try #require(start)))
      let isJSON = text.first == "{"
      // JSON on one line or many: the same key once more before itself. YAML in a flow likewise; a block
      // gets a line more.
      let isFlow = isJSON || before.contains("{")
      if isFlow {
        let quote = isJSON ? "\"" : ""
        let bare = isJSON ? String(before.dropLast()) : before
        doubled[key.line - 1] =
          bare + "\(quote)\(key.name)\(quote): 1,\n" + bare.filter { $0 == " " }
          + line.dropFirst(bare.count)
      } else {
        doubled[key.line - 1] =
          before.replacing("-", with: "-") + "\(key.name): 1\n"
          + String(repeating: " ", count: before.count) + line.dropFirst(before.count)
      }
      let said = try #require(
        try file.refusal(of: doubled.joined(separator: "\n")), "\(file.name), \(key.name)")
      #expect(
        said.contains(
          ":\(key.line + 1): the key \"\(key.name)\" is there twice, first in line \(key.line)"),
        "\(file.name), \(key.name): \(said)")
    }
  }

  @Test(arguments: WrittenFile.all)
  func `what could exhaust a reader is refused at once`(file: WrittenFile) throws {
    var laughs = "a0: &a0 [x, x]\n"
    for level in 1..<40 {
      laughs += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
    }
    let text = try file.good
    let hostile: [(String, Data)] = [
      ("nothing", Data()), ("space", Data(" \n".utf8)),
      ("brackets", Data(String(repeating: "[", count: 200_000).utf8)),
      ("braces", Data(String(repeating: "{\"a\":", count: 100_000).utf8)),
      (
        "closed brackets",
        Data((String(repeating: "[", count: 500) + String(repeating: "]", count: 500)).utf8)
      ),
      ("dashes", Data(String(repeating: "- ", count: 200_000).utf8)),
      ("laughs", Data(laughs.utf8)), ("laughs in a key", Data((laughs + "? *a39\n: 1\n").utf8)),
      ("anchor", Data((text + "\nmine: &here 1\n").utf8)),
      ("two documents", Data((text + "\n---\n" + text).utf8)),
      ("too large", Data((text + String(repeating: " ", count: TextFile.mostBytes)).utf8)),
      ("a byte that ends texts", Data(text.utf8) + Data([0])),
      ("no UTF-8", Data(text.utf8) + Data([0xFF, 0xFE])),
      ("UTF-16", Data("\u{FEFF}a: 1".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })),
      ("a number alone", Data("1".utf8)), ("a list alone", Data("[1]".utf8)),
      ("null", Data("null".utf8)),
    ]
    for (name, data) in hostile {
      let clock = ContinuousClock()
      let duration = try clock.measure {
        let said = try file.refusal(of: data)
        #expect(said != nil, "\(file.name) takes \(name)")
        #expect(said?.contains("Error") == false, "\(name): \(said ?? "")")
        #expect((said?.count ?? 0) < 500, "\(name): \(said ?? "")")
      }
      #expect(duration < .seconds(10), "\(file.name), \(name)")
    }
  }

  @Test func `a pipe is refused and not waited for`() throws {
    let path = NSTemporaryDirectory() + "mallard-pipe-\(UInt64.random(in: 0 ... .max))"
    #expect(mkfifo(path, 0o600) == 0)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: StrictFileError.self) { try FileTree(path: path, format: .yaml) }
    #expect(throws: StrictFileError.self) { try TextFile.read(path) }
  }

  /// A reader beside this part would have rules of its own again.
  @Test func `no other part reads YAML`() throws {
    let sources = URL(filePath: repository + "/Sources")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var seen = 0
    for case let file as URL in files
    where file.pathExtension == "swift" && !file.path.contains("/StrictFiles/") {
      seen += 1
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(
        text.firstMatch(of: /YAMLDecoder|Yams\.(?:compose|load)|Parser\(yaml/) == nil,
        "\(file.path)")
    }
    #expect(seen > 100)
  }
}

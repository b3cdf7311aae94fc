// Aim: nothing that others wrote acts on a terminal, hides text or adds a line to a log. Method: every
// character that Unicode has, by rules written here from Unicode's own properties; JSON read back by
// Foundation.
import CommandLineKit
import Foundation
import MallardTesting
import Testing

@Suite struct HarmlessTextTests {
  /// What Unicode itself calls a control, a format character or a separator of lines.
  private func acts(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: scalar.properties.isBidiControl
    }
  }

  @Test func `no control, separator or change of direction is left in a line`() {
    for value in 0...0x10FFFF as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value), acts(scalar) else { continue }
      let line = HarmlessText.line("a\(Character(scalar))b")
      #expect(!line.unicodeScalars.contains(where: acts), "\(value)")
      #expect(line.hasPrefix("a\\") && line.hasSuffix("b"), "\(line)")
    }
  }

  @Test func `line breaks and tabs stay in texts of several lines, and nothing else does`() {
    #expect(HarmlessText.lines("a\n\tb\r\u{1B}[2J") == "a\n\tb\\r\\u{1B}[2J")
  }

  @Test(arguments: [
    "arm-1: done", "größer → 2.5 µm", "日本語", "👩‍🔬 e\u{301}", "C:\\x\\n", "\"quoted\" 100 %",
  ])
  func `what people write stays as it is`(text: String) {
    #expect(HarmlessText.line(text) == text)
    #expect(HarmlessText.lines(text) == text)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `JSON means the same afterwards`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let texts =
      (0..<20).map { _ in
        String(
          String.UnicodeScalarView(
            (0..<random.integer(0...30)).map { _ in
              Unicode.Scalar(UInt32(random.integer(0...0x2100))) ?? "x"
            }))
      } + ["\u{9B}2J\u{E0001}\u{202E}"]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(texts), as: UTF8.self)
    let harmless = HarmlessText.json(json)
    #expect(try JSONDecoder().decode([String].self, from: Data(harmless.utf8)) == texts)
    #expect(!harmless.unicodeScalars.contains { acts($0) && $0 != "\n" })
  }
}

@Suite struct TextBlockTests {
  @Test func `no value of a table or a record can add a line`() {
    let forged = "a\nb\r\u{2028}c\u{85}d"
    let table = PlainText.table([["name", "n"], [forged, "1"]])
    #expect(table == PlainText.table([["name", "n"], [HarmlessText.line(forged), "1"]]))
    let block = TextBlock(lines: ["one", forged]) + TextBlock(lines: [forged])
    let text = "\(block)"
    // Line breaks are those between the records and the empty line between the blocks, and no others.
    #expect(text.unicodeScalars.count { $0.properties.isWhitespace && $0.value != 0x20 } == 3)
  }
}

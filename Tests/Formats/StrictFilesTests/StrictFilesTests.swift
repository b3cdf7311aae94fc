// Aim: what is wrong in a file is told with its line, in one sentence, and what is right is read as it
// was meant. Method: a small type, and texts in YAML and JSON with one fault each.
import Foundation
import RobotData
import StrictFiles
import Testing

private enum Colour: String, Codable, CaseIterable { case red, green }

private struct Sample: Codable, Equatable {
  struct Part: Codable, Equatable {
    var width: Int
    var note: String?
  }

  var name: String
  var rate: Double
  var isQuick: Bool
  var colour: Colour?
  var parts: [Part]
  var seeds: [UInt64]?
  var free: [String: Float]?
}

private func read(_ text: String, _ format: FileTree.Format) throws -> Sample {
  try FileTree(Data(text.utf8), path: "f", format: format).decode()
}

@Suite struct StrictFilesTests {
  @Test func `YAML and JSON are read as they were meant`() throws {
    let expected = Sample(
      name: "a \"b\" é 😀", rate: -2.5e-3, isQuick: true, colour: .green,
      parts: [.init(width: 3, note: nil), .init(width: 1000, note: "5")],
      seeds: [18_446_744_073_709_551_615], free: ["any thing": 0.1])
    #expect(
      try read(
        """
        # above
        name: "a \\"b\\" é 😀"  # beside
        rate: -2.5e-3
        isQuick: true
        colour: green
        parts:
          - {width: 3, note: null}
          - width: 1e3
            note: 5
        seeds: [18446744073709551615]
        free: {any thing: .1}
        """, .yaml) == expected)
    #expect(
      try read(
        #"""
        {"name":"a \"b\" \u00e9 \ud83d\ude00", "rate": -2.5E-3, "isQuick":true , "colour": "green",
         "parts":[{"width":3,"note":null},{"width":1000.0,"note":"5"}],
         "seeds":[18446744073709551615],"free":{"any thing":1e-1}}
        """#, .json) == expected)
  }

  @Test(arguments: [
    ("nmae: 1", "f:1: unknown key \"nmae\"; did you mean \"name\"?"),
    ("name: a\nis-quick: true", "f:2: unknown key \"is-quick\"; did you mean \"isQuick\"?"),
    ("zebra: 1", "f:1: unknown key \"zebra\"; known here: name, rate, isQuick, colour, parts"),
    ("# c\nname: a\nisQuick: true", "f:2: the key \"rate\" is missing"),
    ("name: a\nrate: fast", "f:2: rate is \"fast\", but must be a number"),
    ("name: a\nrate: \"1\"", "f:2: rate is \"1\", but must be a number"),
    ("name: a\nrate: .nan", "f:2: rate is \".nan\", but must be a number"),
    ("name: a\nrate: 1e999", "f:2: rate is \"1e999\", but must be a number that is not so large"),
    ("name: a\nrate:\n", "f:2: rate has no value"),
    ("name: a\nrate:\n  - 1", "f:3: rate is a list, but must be a number"),
    ("name: [a]", "f:1: name is a list, but must be a text"),
    ("name: a\nrate: 1\nisQuick: yes", "f:3: isQuick is \"yes\", but must be true or false"),
    (
      "name: a\nrate: 1\nisQuick: true\ncolour: blue",
      "f:4: colour is \"blue\", but must be red, green"
    ),
    (
      "name: a\nrate: 1\nisQuick: true\nparts:\n- width: 1\n- width: 1.5",
      "f:6: parts.2.width is \"1.5\", but must be a whole number"
    ),
    (
      "name: a\nrate: 1\nisQuick: true\nparts:\n- width: 1\n-\n  widht: 1",
      "f:7: unknown key \"widht\"; did you mean \"width\"?"
    ),
    (
      "name: a\nrate: 1\nisQuick: true\nparts:\n- note: 1",
      "f:5: the key \"width\" of parts.1 is missing"
    ),
    ("name: a\nparts: 1\nname: b", "f:3: the key \"name\" is there twice, first in line 1"),
    (
      "a: 1\nb: 1\na: 1\nb: 1\na: 1", "f:3: the key \"a\" is there twice, first in line 1"
    ),
    ("free: {1: 1, \"1\": 2}", "f:1: the key \"1\" is there twice, first in line 1"),
    ("free: {a: 1,\n \"a\": 2}", "f:2: the key \"a\" is there twice, first in line 1"),
    ("name: [", "f:2: it is no YAML"), ("name: a\n  rate: 1\n\tx", "f:2: it is no YAML"),
    ("name: &a b", "f:1: anchors and aliases"), ("? [a]\n: 1", "f:1: a key must be a single word"),
    ("<<: {name: a}", "f:1: unknown key \"<<\""),
  ])
  func `a fault in YAML is told with its line`(text: String, expected: String) {
    let error = #expect(throws: StrictFileError.self) { try read(text, .yaml) }
    #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("{\n\"nmae\": 1}", "f:2: unknown key \"nmae\"; did you mean \"name\"?"),
    ("{\"name\": 1}", "f:1: name is 1, but must be a text"),
    ("{\"name\": \"a\",\n\"rate\": \"1\"}", "f:2: rate is \"1\", but must be a number"),
    (
      "{\"name\": \"a\",\n\"name\": \"a\"}", "f:2: the key \"name\" is there twice, first in line 1"
    ),
    ("{\"name\": \"a\",}", "f:1: it is no JSON: a key in double quotes is wanted"),
    ("{\"name\": \"a\n\"}", "f:1: it is no JSON: a text must end on its line"),
    ("{\"rate\": 01}", "f:1: it is no JSON: \"01\" is no value"),
    ("{\"rate\": NaN}", "f:1: it is no JSON: \"NaN\" is no value"),
    ("{\"rate\": 1} x", "f:1: it is no JSON: something stands after the end"),
    ("{\"rate\" 1}", "f:1: it is no JSON: a colon is wanted after a key"),
    ("{\"name\": \"\\ud800\"}", "f:1: it is no JSON: half a character"),
    ("{\"name\": \"\\x\"}", "f:1: it is no JSON: there is no such escape"),
    ("{\"name\": \"\\u00", "f:1: it is no JSON: a text does not end"),
    ("{", "f:1: it is no JSON: a key in double quotes is wanted"),
    ("{name: 1}", "f:1: it is no JSON: a key in double quotes is wanted"), ("", "f: it is empty"),
  ])
  func `a fault in JSON is told with its line`(text: String, expected: String) {
    let error = #expect(throws: StrictFileError.self) { try read(text, .json) }
    #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
  }

  @Test func `text of the file cannot steer a terminal through an error`() {
    let error = #expect(throws: StrictFileError.self) {
      try read("{\"\\u001b[2J\": 1}", .json)
    }
    #expect(error?.description.contains("\u{1B}") == false)
  }

  @Test func `a part of a file changes its defaults and nothing else`() throws {
    let whole = try FileTree(
      Data("{name: a, rate: 1, isQuick: false, parts: []}".utf8), path: "d", format: .yaml)
    let part = try FileTree(Data("rate: 2".utf8), path: "f", format: .yaml)
    let sample: Sample = try part.decode(defaults: whole)
    #expect(sample == Sample(name: "a", rate: 2, isQuick: false, parts: []))
    #expect(throws: StrictFileError.self) {
      let wrong = try FileTree(Data("rat: 2".utf8), path: "f", format: .yaml)
      let _: Sample = try wrong.decode(defaults: whole)
    }
  }

  @Test func `a fault that is found later has the line of its key`() throws {
    let text = "name: a\nparts:\n- width: 1\n- width: 2\n  note: b\n"
    let tree = try FileTree(Data(text.utf8), path: "f", format: .yaml)
    for (place, line) in [
      ("name", 1), ("parts", 2), ("parts.2", 4), ("parts.2.note", 5), ("parts.2.none", 4),
      ("parts.3", 2), ("none", 1), ("", 1),
    ] { #expect(tree.fault(at: place, "wrong").line == line, "\(place)") }
  }
}

@Suite struct NearestWordTests {
  @Test(arguments: [
    ("joint_limts", "joint_limits"), ("jointlimits", "joint_limits"), ("rtae", "rate"),
    ("RATE", "rate"), ("home", "home"), ("xx", nil), ("", nil), ("r", nil),
    (String(repeating: "rate", count: 1000), nil),
  ])
  func `the word that was meant is found, and none where none is near`(word: String, near: String?)
  {
    #expect(NearestWord.of(word, among: ["rate", "home", "joint_limits"]) == near)
  }
}

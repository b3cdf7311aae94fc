import Foundation

/// A value of a dialogue's file.
enum DialogueValue: Hashable, Decodable {
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([DialogueValue])
  case object([String: DialogueValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .truth(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([DialogueValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: DialogueValue].self))
    }
  }

  static func count(_ value: Int) -> DialogueValue { .number(Double(value)) }
}

/// One line of a dialogue: what happens, or what comes of it, and when.
typealias DialogueLine = [String: DialogueValue]

/// What is wrong with the file of a dialogue.
struct DialogueError: Error, CustomStringConvertible {
  var description: String
}

extension DialogueLine {
  func text(_ word: String) -> String? {
    if case .text(let text) = self[word] { text } else { nil }
  }

  func number(_ word: String) -> Double? {
    if case .number(let number) = self[word] { number } else { nil }
  }

  func integer(_ word: String) -> Int? { number(word).flatMap { Int(exactly: $0) } }

  func truth(_ word: String) -> Bool? {
    if case .truth(let truth) = self[word] { truth } else { nil }
  }

  /// A word that is not known would be a rule that is not tested.
  func check(_ known: Set<String>) throws(DialogueError) {
    let unknown = Set(keys).subtracting(known)
    guard unknown.isEmpty else {
      throw DialogueError(description: "\(self): unknown \(unknown.sorted())")
    }
  }
}

/// A dialogue between a coordinator and a robot: Tests/Dialogues/README.md says how it is written.
struct Dialogue {
  static let events: Set = ["hear", "given"]
  static let results: Set = ["send", "do", "keep", "forget", "count"]
  /// Milliseconds from one turn of the endpoint's loop to the next.
  static let turn = 10

  var isSimulated: Bool
  var rate: Double
  var spoolBytes: Int
  var resendBurst: Int
  var without: Set<String>
  var until: Int
  var lines: [DialogueLine]

  init(_ data: Data) throws {
    let file = try JSONDecoder().decode(DialogueLine.self, from: data)
    try file.check(["about", "robot", "limits", "without", "until", "lines"])
    guard file.text("about") != nil, case .list(let entries) = file["lines"] else {
      throw DialogueError(description: "a dialogue has \"about\" and \"lines\"")
    }
    let robot = try Self.object(file["robot"], of: ["simulated", "rate"])
    isSimulated = robot.truth("simulated") ?? true
    rate = robot.number("rate") ?? 10
    let limits = try Self.object(file["limits"], of: ["spoolBytes", "resendBurst"])
    spoolBytes = limits.integer("spoolBytes") ?? 256 << 20
    resendBurst = limits.integer("resendBurst") ?? 32
    without = []
    if case .list(let words) = file["without"] {
      for case .text(let word) in words { without.insert(word) }
    }
    lines = try Self.expand(entries, from: 0)
    let times = lines.map { $0.integer("at") ?? 0 }
    guard times == times.sorted(), times.allSatisfy({ $0.isMultiple(of: Self.turn) }) else {
      throw DialogueError(description: "times must rise, in tens of milliseconds")
    }
    until = file.integer("until") ?? times.last ?? 0
  }

  private static func object(
    _ value: DialogueValue?, of known: Set<String>
  ) throws -> DialogueLine {
    guard case .object(let line) = value else { return [:] }
    try line.check(known)
    return line
  }

  /// The lines without repetitions, each at its own time.
  private static func expand(_ entries: [DialogueValue], from start: Int) throws -> [DialogueLine] {
    var lines: [DialogueLine] = []
    for entry in entries {
      guard case .object(var line) = entry, let at = line.integer("at") else {
        throw DialogueError(description: "\(entry): a line has a time")
      }
      if let turns = line.integer("repeat") {
        try line.check(["at", "repeat", "every", "lines"])
        guard let every = line.integer("every"), case .list(let inner) = line["lines"] else {
          throw DialogueError(description: "\(line): a repetition has \"every\" and \"lines\"")
        }
        for turn in 0..<turns { lines += try expand(inner, from: start + at + turn * every) }
      } else {
        guard Set(line.keys).intersection(events.union(results)).count == 1 else {
          throw DialogueError(description: "\(line): say one of \(events.union(results).sorted())")
        }
        line["at"] = .count(start + at)
        lines.append(line)
      }
    }
    return lines
  }
}

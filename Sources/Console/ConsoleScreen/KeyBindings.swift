internal import RobotData

/// Which key does what.
package struct KeyBindings: Hashable, Sendable {
  private var keys: [KeyCommand: [Key]]

  /// The keys that are there without a file.
  package static let standard = KeyBindings(keys: [
    .stopAll: [.character(" "), .gamepad(.b)], .stopRobot: [.character("x")],
    .releaseRobot: [.character("z")], .releaseAll: [.character("Z")],
    .takeNext: [.enter], .takeThis: [.character("t")],
    .handBack: [.character("b"), .gamepad(.select)],
    .handBackAndNext: [.tab, .gamepad(.x), .spaceMouse(2)],
    .success: [.character("y"), .gamepad(.y)], .failure: [.character("n")],
    .discard: [.character("c")], .changeMark: [.character("m")],
    .forward: [.character("w"), .up], .backward: [.character("s"), .down],
    .left: [.character("a"), .left], .right: [.character("d"), .right],
    .up: [.character("r"), .pageUp], .down: [.character("f"), .pageDown],
    .rollLeft: [.character("u")], .rollRight: [.character("o")], .pitchUp: [.character("i")],
    .pitchDown: [.character("k")], .yawLeft: [.character("j")], .yawRight: [.character("l")],
    .gripper: [.character("g"), .gamepad(.a), .spaceMouse(1)],
    .slower: [.character("["), .gamepad(.l2)], .faster: [.character("]"), .gamepad(.r2)],
    .subtask1: [.character("1")], .subtask2: [.character("2")], .subtask3: [.character("3")],
    .subtask4: [.character("4")], .subtask5: [.character("5")], .subtask6: [.character("6")],
    .subtask7: [.character("7")], .subtask8: [.character("8")], .subtask9: [.character("9")],
    .noSubtask: [.character("0")], .pause: [.character("p"), .gamepad(.start)],
    .taskLower: [.character("{")], .taskHigher: [.character("}")],
    .policyLower: [.character("(")], .policyHigher: [.character(")")],
    .selectUp: [.up], .selectDown: [.down], .view: [.character("v"), .right],
    .back: [.escape, .backspace], .help: [.character("?"), .function(1)],
    .quit: [.character("q"), .control("c")],
  ])

  /// The command of a key in a view; nil where it has none.
  package func command(for key: Key, inRobotView isRobotView: Bool) -> KeyCommand? {
    let elsewhere: KeyCommand.Place = isRobotView ? .fleetView : .robotView
    return KeyCommand.allCases.first { command in
      command.place != elsewhere && keys[command]?.contains(key) == true
    }
  }

  /// The keys of a command.
  package func keys(of command: KeyCommand) -> [Key] { keys[command] ?? [] }

  /// The first key of a command, as people read it.
  package func name(of command: KeyCommand) -> String {
    keys[command]?.first?.name ?? "(no key)"
  }

  /// The bindings of a file over these: lines `command = key key`, `#` begins a comment.
  ///
  /// - Throws: `KeyFileError` with the line's number.
  package func reading(_ text: String) throws(KeyFileError) -> KeyBindings {
    var result = self
    var lines: [KeyCommand: Int] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let content = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
      guard !content.isEmpty else { continue }
      let number = index + 1
      guard content.count >= 2, content[1] == "=" else { throw .notABinding(line: number) }
      guard let command = KeyCommand(rawValue: content[0]) else {
        throw .unknownCommand(line: number, content[0])
      }
      if let first = lines.updateValue(number, forKey: command) {
        throw .givenTwice(line: number, content[0], first: first)
      }
      var keys: [Key] = []
      for name in content.dropFirst(2) {
        guard let key = Key(name: name) else { throw .unknownKey(line: number, name) }
        keys.append(key)
      }
      result.keys[command] = keys
    }
    try result.check()
    return result
  }

  private func check() throws(KeyFileError) {
    guard keys[.stopAll]?.isEmpty == false else { throw .noStop }
    guard keys[.quit]?.isEmpty == false else { throw .noQuit }
    let all = KeyCommand.allCases
    for (index, first) in all.enumerated() {
      for second in all.dropFirst(index + 1) {
        guard let shared = keys(of: first).first(where: { keys(of: second).contains($0) }),
          first.place == second.place || first.place == .everywhere || second.place == .everywhere
        else { continue }
        throw .usedTwice(shared.name, first.rawValue, second.rawValue)
      }
    }
  }

  /// The bindings as a file that can be changed and read again.
  package var file: String {
    var text = "# Keys of Mallard's console: command = key key ...\n"
    var heading = ""
    for command in KeyCommand.allCases {
      if command.heading != heading {
        heading = command.heading
        text += "\n# \(heading)\n"
      }
      let names = keys(of: command).map(\.name).joined(separator: " ")
      text += "\(command.rawValue) = \(names)    # \(command.explanation)\n"
    }
    return text
  }
}

/// Why a file of keys cannot be used.
package enum KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
  case notABinding(line: Int)
  case unknownCommand(line: Int, String)
  case givenTwice(line: Int, String, first: Int)
  case unknownKey(line: Int, String)
  case usedTwice(String, String, String)
  case noStop
  case noQuit

  /// The line; nil where the file as a whole is meant.
  package var line: Int? {
    switch self {
    case .notABinding(let line), .unknownCommand(let line, _), .givenTwice(let line, _, _),
      .unknownKey(let line, _):
      line
    case .usedTwice, .noStop, .noQuit: nil
    }
  }

  /// What is wrong, where, and what to do.
  package var description: String { (line.map { "line \($0): " } ?? "") + reason }

  /// What is wrong, and what to do.
  package var reason: String {
    switch self {
    case .notABinding:
      "expected \"command = key key\", for example \"take-next = enter\""
    case .unknownCommand(_, let name):
      "no command is called \"\(name)\"; "
        + (NearestWord.of(name, among: KeyCommand.allCases.map(\.rawValue))
          .map { "did you mean \"\($0)\"? " } ?? "")
        + "`mallard console --print-keys` lists them"
    case .givenTwice(_, let name, let first):
      "\(name) has keys already, in line \(first); write all of them on one line"
    case .unknownKey(_, let name):
      "no key is called \"\(name)\"; use one character, space, enter, tab, escape, "
        + "backspace, delete, up, down, left, right, home, end, page-up, page-down, hash, ctrl-a "
        + "to ctrl-z, f1 to f12, pad-a, pad-b, pad-x, pad-y, pad-l1, pad-l2, pad-r2, pad-select, "
        + "pad-start, pad-left-stick, pad-right-stick, puck-1 to puck-15"
    case .usedTwice(let key, let first, let second):
      "the key \(key) is both \(first) and \(second); give one of them another key"
    case .noStop: "stop-all has no key; the emergency stop must always have one"
    case .noQuit: "quit has no key; the console could not be left"
    }
  }
}

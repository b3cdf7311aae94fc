/// A button of a gamepad, by the name that is printed beside it on most.
package enum GamepadButton: String, Hashable, Sendable, CaseIterable {
  case a, b, x, y, l1, l2, r2, select, start
  case leftStick = "left-stick"
  case rightStick = "right-stick"
}

/// A key as a terminal reports it, or a button of another device.
package enum Key: Hashable, Sendable {
  /// A key that writes.
  case character(Unicode.Scalar)
  case enter, tab, backTab, escape, backspace, delete
  case up, down, left, right, home, end, pageUp, pageDown
  /// With the control key: a letter in lower case.
  case control(Unicode.Scalar)
  /// F1 to F12.
  case function(Int)
  /// A gamepad's button.
  case gamepad(GamepadButton)
  /// A SpaceMouse's button, from 1.
  case spaceMouse(Int)

  private static let named: [(Key, String)] = [
    (.character(" "), "space"), (.enter, "enter"), (.tab, "tab"), (.backTab, "shift-tab"),
    (.escape, "escape"), (.backspace, "backspace"), (.delete, "delete"), (.up, "up"),
    (.down, "down"), (.left, "left"), (.right, "right"), (.home, "home"), (.end, "end"),
    (.pageUp, "page-up"), (.pageDown, "page-down"), (.character("#"), "hash"),
  ]

  /// What people call the key; what `init(name:)` reads.
  package var name: String {
    if let known = Self.named.first(where: { $0.0 == self }) { return known.1 }
    switch self {
    case .character(let scalar): return String(Character(scalar))
    case .control(let scalar): return "ctrl-\(Character(scalar))"
    case .function(let number): return "f\(number)"
    case .gamepad(let button): return "pad-\(button.rawValue)"
    case .spaceMouse(let number): return "puck-\(number)"
    default: return "?"
    }
  }

  /// The key of this name: a character, `space`, `page-up`, `ctrl-k`, `f5`, `pad-a`, `puck-1`…; nil for others.
  package init?(name: String) {
    if let known = Self.named.first(where: { $0.1 == name }) {
      self = known.0
      return
    }
    let scalars = name.unicodeScalars
    if scalars.count == 1, let only = scalars.first, (0x21...0x7E).contains(only.value) {
      self = .character(only)
      return
    }
    if name.hasPrefix("ctrl-"), scalars.count == 6, let last = scalars.last,
      ("a"..."z").contains(last)
    {
      self = .control(last)
      return
    }
    if name.hasPrefix("pad-"), let button = GamepadButton(rawValue: String(name.dropFirst(4))) {
      self = .gamepad(button)
      return
    }
    if name.hasPrefix("puck-"), let number = Int(name.dropFirst(5)), (1...15).contains(number) {
      self = .spaceMouse(number)
      return
    }
    if name.hasPrefix("f"), let number = Int(name.dropFirst()), (1...12).contains(number) {
      self = .function(number)
      return
    }
    return nil
  }
}

/// JSON that keeps the order of its keys: loaders take columns in the order of features.
enum OrderedJSON {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([OrderedJSON])
  case object([(String, OrderedJSON)])

  /// The text, indented by four spaces as LeRobot writes it, or on one line.
  func text(isIndented: Bool) -> String {
    var result = ""
    write(to: &result, indent: isIndented ? 0 : nil)
    return result
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? value.description : "null"
    case .text(let value): Self.quote(value, into: &text)
    case .list(let items):
      Self.enclose("[", "]", items, &text, indent) { $0.write(to: &$1, indent: $2) }
    case .object(let members):
      Self.enclose("{", "}", members, &text, indent) { member, text, indent in
        Self.quote(member.0, into: &text)
        text += ": "
        member.1.write(to: &text, indent: indent)
      }
    }
  }

  private static func enclose<Item>(
    _ open: String, _ close: String, _ items: [Item], _ text: inout String, _ indent: Int?,
    _ write: (Item, inout String, Int?) -> Void
  ) {
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += indent == nil ? ", " : "," }
      newLine(&text, indent.map { $0 + 1 })
      write(item, &text, indent.map { $0 + 1 })
    }
    if !items.isEmpty { newLine(&text, indent) }
    text += close
  }

  private static func newLine(_ text: inout String, _ indent: Int?) {
    guard let indent else { return }
    text += "\n" + String(repeating: "    ", count: indent)
  }

  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    for character in value.unicodeScalars {
      switch character {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\u{0}"..<" ":
        let digits = String(character.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(character)
      }
    }
    text += "\""
  }
}

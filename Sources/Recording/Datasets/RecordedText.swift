public import RobotData

/// What has no fixed size, as JSON. Numbers are written so that they are read back to the bit.
public enum RecordedText {
  /// `{"completed": [...], "available": [...], "isSuccess": ...}`
  public static func text(_ progress: TaskProgress) -> String {
    func list(_ names: [SubtaskName]) -> String {
      // Names hold letters, digits, '.', '_' and '-' only: nothing to escape.
      names.map { "\"\($0.name)\"" }.joined(separator: ",")
    }
    return "{\"completed\":[\(list(progress.completed))],"
      + "\"available\":[\(list(progress.available))],\"isSuccess\":\(progress.isSuccess)}"
  }

  /// `{"time": s, "positions": [...], "velocities": [...], "objects": [{"name", "pose"}, ...]}`
  public static func text(_ state: SimulatedState) -> String {
    var text = "{\"time\":"
    text.append(state.time.description)
    text.append(",\"positions\":")
    append(state.positions, to: &text)
    text.append(",\"velocities\":")
    append(state.velocities, to: &text)
    text.append(",\"objects\":[")
    for (index, object) in state.objects.enumerated() {
      if index > 0 { text.append(",") }
      text.append("{\"name\":\"")
      text.append(escaped(object.name))
      text.append("\",\"pose\":")
      append(object.pose.position.components + object.pose.orientation.components, to: &text)
      text.append("}")
    }
    text.append("]}")
    return text
  }

  private static func append(_ numbers: [Double], to text: inout String) {
    text.append("[")
    for (index, number) in numbers.enumerated() {
      if index > 0 { text.append(",") }
      text.append(number.description)
    }
    text.append("]")
  }

  private static func escaped(_ name: String) -> String {
    guard name.contains(where: { $0 == "\"" || $0 == "\\" || $0 < " " }) else { return name }
    return name.unicodeScalars.reduce(into: "") { result, character in
      switch character {
      case "\"", "\\": result += "\\" + String(character)
      case "\u{0}"..<" ":
        let digits = String(character.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(character)
      }
    }
  }
}

/// Text that others wrote, made harmless before it reaches a terminal or a log: names of files,
/// messages of robots, words of operators, what stands in a recording.
///
/// A character that a terminal would act on, or that would hide or reorder what stands beside it, is
/// written as its code: `\u{1B}`. Nothing else changes, so that what people typed stays readable.
public enum HarmlessText {
  /// One record of a log: line breaks are written as codes too, so that no one can add a record.
  public static func line(_ text: String) -> String { escape(text, keeping: []) }

  /// Several lines: line breaks and tabs stay.
  public static func lines(_ text: String) -> String { escape(text, keeping: ["\n", "\t"]) }

  /// JSON, in which these characters can stand inside strings only and have a code of their own.
  public static func json(_ text: String) -> String {
    guard needsLook(text) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard isActive(scalar), scalar != "\n", scalar != "\t" else {
        result.append(scalar)
        continue
      }
      guard let units = UTF16.encode(scalar) else { continue }
      for unit in units {
        let digits = String(unit, radix: 16)
        let code = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        result.append(contentsOf: code.unicodeScalars)
      }
    }
    return String(result)
  }

  private static func escape(_ text: String, keeping kept: Set<Unicode.Scalar>) -> String {
    guard needsLook(text) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if !isActive(scalar) || kept.contains(scalar) {
        result.append(scalar)
      } else {
        result.append(contentsOf: code(of: scalar).unicodeScalars)
      }
    }
    return String(result)
  }

  private static func code(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  /// Most text is plain ASCII without controls, which is seen at once.
  private static func needsLook(_ text: String) -> Bool {
    text.utf8.contains { $0 < 0x20 || $0 >= 0x7F }
  }

  /// Whether a terminal acts on the character, or it changes how others are shown.
  static func isActive(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true  // C0, DEL and C1: escape sequences begin with them
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction of writing
    case 0x2028, 0x2029: true  // line and paragraph separators
    case 0x200B, 0x2060, 0xFEFF, 0xFFF9...0xFFFB: true  // of no width
    case 0xE0000...0xE007F: true  // tags
    default: false
    }
  }
}

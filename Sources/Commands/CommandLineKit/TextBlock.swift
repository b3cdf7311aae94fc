/// Several lines for people, each of them harmless. A value that others wrote stands on one line,
/// whatever it holds.
public struct TextBlock: Hashable, Sendable, CustomStringConvertible {
  /// The lines, joined.
  public let description: String

  /// One record a line.
  public init(lines: [String]) {
    description = lines.map(HarmlessText.line).joined(separator: "\n")
  }

  /// Text of our own making, which holds nothing that others wrote, such as help or JSON.
  public init(own text: String) { description = HarmlessText.lines(text) }

  private init(joined text: String) { description = text }

  /// One block after the other, with an empty line between them.
  public static func + (first: TextBlock, second: TextBlock) -> TextBlock {
    TextBlock(joined: first.description + "\n\n" + second.description)
  }
}

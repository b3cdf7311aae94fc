internal import Foundation

/// Numbers and tables as people read them.
public enum PlainText {
  /// 1.4 MB
  public static func bytes(_ count: Int) -> String {
    count < 1_000_000
      ? String(format: "%.0f kB", Double(count) / 1e3)
      : String(format: "%.1f MB", Double(count) / 1e6)
  }

  /// 2.50
  public static func decimal(_ value: Double, places: Int) -> String {
    String(format: "%.*f", places, value)
  }

  /// 3.1 %
  public static func share(_ part: Int, of whole: Int) -> String {
    whole == 0 ? "–" : String(format: "%.1f %%", 100 * Double(part) / Double(whole))
  }

  /// Columns of text, padded; numbers stay as they are. A cell is one line, whatever it holds.
  public static func table(_ rows: [[String]]) -> TextBlock {
    let rows = rows.map { $0.map(HarmlessText.line) }
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return TextBlock(
      lines: rows.map { row in
        zip(row, widths).map { cell, width in
          cell + String(repeating: " ", count: width - cell.count)
        }.joined(separator: "  ").replacing(/\s+$/, with: "")
      })
  }
}

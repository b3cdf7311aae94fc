internal import Numbers

/// A short history as one row of bars.
enum Sparkline {
  private static let bars: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// The newest `width` values; a value at the threshold is half as high as a cell.
  static func text(_ values: [Double], threshold: Double, width: Int) -> String {
    var text = String.UnicodeScalarView()
    let shown = values.suffix(max(width, 0))
    for _ in 0..<max(width - shown.count, 0) { text.append(" ") }
    for value in shown {
      let height = threshold > 0 && value.isFinite ? value / threshold * 4 : 8
      text.append(bars[min(max(Int(saturating: min(height, 8)), 0), bars.count - 1)])
    }
    return String(text)
  }

  /// The newest values as rows from the top, with the threshold as a line that they cross.
  static func chart(_ values: [Double], threshold: Double, width: Int, height: Int) -> [String] {
    guard height > 1, width > 0 else { return [] }
    let shown = Array(values.suffix(width))
    let top = max(shown.filter(\.isFinite).max() ?? 0, threshold * 1.5)
    guard top > 0 else { return [] }
    let line = min(Int(saturating: threshold / top * Double(height)), height - 1)
    return (0..<height).reversed().map { row in
      var text = String.UnicodeScalarView()
      for column in 0..<width {
        let index = column - (width - shown.count)
        let eighths =
          index >= 0 && shown[index].isFinite
          ? Int(saturating: (shown[index] / top * Double(height) - Double(row)) * 8) : 0
        if eighths > 0 {
          text.append(bars[min(eighths, 8) - 1])
        } else {
          text.append(row == line ? "─" : " ")
        }
      }
      return String(text)
    }
  }
}

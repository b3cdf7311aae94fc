/// The frame that all plots share: title, axes with their numbers, and a legend.
struct Chart {
  /// Told apart by people with any colour vision (Okabe and Ito 2008).
  static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b5b5b", "#8c6d31",
  ]
  static let dashes = ["", "7 3", "2 3", "9 3 2 3"]

  let width = 760.0
  let height = 460.0
  let left = 76.0
  let right: Double
  let top = 44.0
  let bottom = 62.0
  let horizontal: Axis?
  let vertical: Axis
  private(set) var parts: [String] = []

  /// Entries of a legend that lies over the plot; more of them lie beside it.
  private static let entriesOverPlot = 3

  /// An empty chart; without a horizontal axis the caller writes its own names below.
  init(
    title: String, horizontal: Axis?, vertical: Axis, below: String? = nil, legend names: [String]
  ) {
    let named = names.filter { !$0.isEmpty }
    right = named.count > Self.entriesOverPlot ? 24 + Self.legendWidth(named) : 24
    self.horizontal = horizontal
    self.vertical = vertical
    add("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>")
    text(title, x: (left + width - right) / 2, y: 24, size: 15)
    text(horizontal?.title ?? below ?? "", x: (left + width - right) / 2, y: height - 14)
    let middle = (top + height - bottom) / 2
    add(
      "<text transform=\"translate(18 \(place(middle))) rotate(-90)\" "
        + "text-anchor=\"middle\">\(Self.escaped(vertical.title))</text>")
    drawGrid()
  }

  private mutating func drawGrid() {
    for tick in horizontal?.ticks ?? [] {
      guard let x = x(tick.value) else { continue }
      line(x, top, x, height - bottom, colour: "#e4e4e4")
      text(tick.text, x: x, y: height - bottom + 18)
    }
    for tick in vertical.ticks {
      guard let y = y(tick.value) else { continue }
      line(left, y, width - right, y, colour: "#e4e4e4")
      text(tick.text, x: left - 8, y: y + 4, anchor: "end")
    }
    line(left, top, left, height - bottom, colour: "#555")
    line(left, height - bottom, width - right, height - bottom, colour: "#555")
  }

  /// From the left, in the picture.
  func x(_ value: Double) -> Double? {
    horizontal?.fraction(of: value).map { left + $0 * (width - left - right) }
  }

  /// From the top, in the picture.
  func y(_ value: Double) -> Double? {
    vertical.fraction(of: value).map { height - bottom - $0 * (height - top - bottom) }
  }

  mutating func add(_ part: String) { parts.append(part) }

  mutating func line(
    _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, colour: String, width: Double = 1,
    dash: String = ""
  ) {
    let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    add(
      "<path d=\"M\(place(x0)) \(place(y0))L\(place(x1)) \(place(y1))\" fill=\"none\" "
        + "stroke=\"\(colour)\" stroke-width=\"\(place(width))\"\(dashes)/>")
  }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Int = 12, anchor: String = "middle",
    colour: String = "#222"
  ) {
    guard !text.isEmpty else { return }
    add(
      "<text x=\"\(place(x))\" y=\"\(place(y))\" text-anchor=\"\(anchor)\" "
        + "font-size=\"\(size)\" fill=\"\(colour)\">\(Self.escaped(text))</text>")
  }

  private static func legendWidth(_ names: [String]) -> Double {
    Double(names.map(\.count).max() ?? 0) * 6.6 + 44
  }

  /// What the colours mean: in the upper right corner, or right of the plot where there are many.
  mutating func legend(_ entries: [(name: String, colour: String, dash: String)]) {
    let named = entries.filter { !$0.name.isEmpty }
    guard !named.isEmpty else { return }
    let extent = Self.legendWidth(named.map(\.name))
    let x = width - 24 - extent + (named.count > Self.entriesOverPlot ? 14 : 0)
    add(
      "<rect x=\"\(place(x - 6))\" y=\"\(place(top + 4))\" width=\"\(place(extent))\" "
        + "height=\"\(place(Double(named.count) * 17 + 8))\" fill=\"white\" fill-opacity=\"0.85\"/>"
    )
    for (index, entry) in named.enumerated() {
      let y = top + 20 + Double(index) * 17
      line(x, y - 4, x + 24, y - 4, colour: entry.colour, width: 2.5, dash: entry.dash)
      text(entry.name, x: x + 30, y: y, anchor: "start")
    }
  }

  /// The whole picture.
  var svg: String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(place(width)) \(place(height))\" "
      + "font-family=\"sans-serif\" font-size=\"12\">\n" + parts.joined(separator: "\n")
      + "\n</svg>\n"
  }

  static func colour(_ index: Int) -> String { colours[index % colours.count] }

  static func dash(_ index: Int) -> String { dashes[index / colours.count % dashes.count] }

  /// Text that may stand between tags; control characters, which XML forbids, become spaces.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// A place in the picture, to a tenth of a pixel.
func place(_ value: Double) -> String { NumberText.fixed(value, decimals: 1) }

// Aim: pictures are well-formed XML whatever is plotted, and show numbers where they belong. Method: an
// XML parser collects elements and texts; awkward values and names go in.
import Foundation
import Plots
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a parser finds in a picture.
private final class Picture: NSObject, XMLParserDelegate {
  var texts: [(text: String, x: Double, y: Double)] = []
  var paths: [String] = []
  var rectangles: [[String: String]] = []
  private var current: (text: String, x: Double, y: Double)?

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    try #require(
      parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") in \(svg.prefix(300))")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    switch name {
    case "text":
      current = ("", Double(attributes["x"] ?? "") ?? -1, Double(attributes["y"] ?? "") ?? -1)
    case "path": paths.append(attributes["d"] ?? "")
    case "rect": rectangles.append(attributes)
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { current?.text += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    guard name == "text", let done = current else { return }
    texts.append(done)
    current = nil
  }

  /// Where the text stands, if it does.
  func place(of text: String) -> (x: Double, y: Double)? {
    texts.first { $0.text == text }.map { ($0.x, $0.y) }
  }
}

@Suite struct PlotTests {
  private func curve(_ points: [(Double, Double)], name: String = "a") -> LinePlot.Series {
    LinePlot.Series(name: name, points: points.map { LinePlot.Point(x: $0.0, y: $0.1) })
  }

  @Test func `a line's ends lie at the numbers of its axes`() throws {
    let plot = LinePlot(title: "t", x: "steps", y: "loss", series: [curve([(0, 1), (10, 3)])])
    let picture = try Picture(plot.svg)
    let (left, right) = (
      try #require(picture.place(of: "0")), try #require(picture.place(of: "10"))
    )
    let (low, high) = (
      try #require(picture.place(of: "1.00") ?? picture.place(of: "1.0")),
      try #require(picture.place(of: "3.00") ?? picture.place(of: "3.0"))
    )
    // Numbers on the vertical axis stand 4 below their height.
    let line = "M\(left.x) \(low.y - 4)L\(right.x) \(high.y - 4)"
    #expect(picture.paths.contains(line), "\(line) in \(picture.paths)")
    #expect(low.y > high.y)
  }

  @Test func `decades are equally far apart on a logarithmic axis`() throws {
    var plot = LinePlot(
      title: "", x: "", y: "", series: [curve([(0, 0.001), (1, 10), (2, 0), (3, -1)])])
    plot.yScale = .logarithmic
    let picture = try Picture(plot.svg)
    let heights = try ["0.001", "0.01", "0.1", "1", "10"].map { number in
      try #require(picture.texts.first { $0.x < 70 && $0.text == number }).y
    }
    for index in 1..<heights.count - 1 {
      let (a, b) = (heights[index - 1] - heights[index], heights[index] - heights[index + 1])
      #expect(abs(a - b) < 0.3)
    }
  }

  @Test(
    arguments: [
      [], [(0, 0)], [(5, 5), (5, 5)], [(0, .nan), (1, .infinity)], [(1e-300, 1e300), (2, -1e300)],
      [(-1e-9, 1e-9), (0, 0)], [(1e9, 3), (1e9 + 1, 4)],
    ] as [[(Double, Double)]])
  func `awkward values make a picture`(points: [(Double, Double)]) throws {
    for scale in [AxisScale.linear, .logarithmic] {
      var plot = LinePlot(
        title: "<&>\"\u{7}'", x: "ω", y: "γ", series: [curve(points, name: "a & b < c")])
      (plot.xScale, plot.yScale) = (scale, scale)
      plot.levels = [Mark(name: "<", value: 0.5)]
      let picture = try Picture(plot.svg)
      #expect(picture.place(of: "a & b < c") != nil)
      var histogram = Histogram(
        title: "", x: "", series: [.init(name: "h", values: points.map(\.1))])
      histogram.scale = scale
      _ = try Picture(histogram.svg)
    }
  }

  @Test func `a histogram shows shares of each distribution, and its threshold`() throws {
    var plot = Histogram(
      title: "u", x: "uncertainty",
      series: [
        .init(name: "calm", values: [0.1, 0.1, 0.1, 0.2]), .init(name: "choice", values: [0.9]),
      ])
    plot.bins = 10
    plot.marks = [Mark(name: "ω", value: 0.5)]
    let picture = try Picture(plot.svg)
    #expect(picture.place(of: "ω 0.5") != nil)
    #expect(picture.place(of: "100") != nil, "the single value is all of its distribution")
    #expect(picture.place(of: "calm") != nil && picture.place(of: "choice") != nil)
  }

  @Test func `bars are as high as their values`() throws {
    let plot = BarPlot(
      title: "d", x: "robots", y: "demonstrations", series: ["PATO", "flat"],
      groups: [
        .init(name: "1", bars: [.init(10, error: 2), .init(5)]),
        .init(name: "2", bars: [.init(20, error: 1), nil]),
      ])
    let picture = try Picture(plot.svg)
    let heights = picture.rectangles.compactMap { rectangle in
      rectangle["fill-opacity"] == "0.85" && rectangle["fill"] != "white"
        ? Double(rectangle["height"] ?? "") : nil
    }
    #expect(heights.count == 3)
    #expect(abs(heights[0] - 2 * heights[1]) < 0.3 && abs(heights[2] - 2 * heights[0]) < 0.3)
    #expect(picture.place(of: "robots") != nil && picture.place(of: "2") != nil)
  }
}

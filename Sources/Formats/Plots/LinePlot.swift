/// Curves over a common axis, as SVG.
public struct LinePlot: Sendable {
  /// One point of a curve.
  public struct Point: Hashable, Sendable {
    /// Along the horizontal axis.
    public var x: Double
    /// Along the vertical axis.
    public var y: Double

    /// A point of these coordinates.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// One curve.
  public struct Series: Sendable {
    /// Its name in the legend; empty ones have no entry.
    public var name: String
    /// Its points, in the order in which they are joined.
    public var points: [Point]
    /// Whether each point gets a dot.
    public var hasDots: Bool

    /// A curve through these points.
    public init(name: String, points: [Point], hasDots: Bool = false) {
      self.name = name
      self.points = points
      self.hasDots = hasDots
    }

    /// A curve through values at 1, 2, 3...
    public init(name: String, values: [Double]) {
      self.init(
        name: name,
        points: values.enumerated().map { Point(x: Double($0.offset + 1), y: $0.element) })
    }
  }

  /// Above the plot.
  public var title: String
  /// Below the horizontal axis.
  public var x: String
  /// Beside the vertical axis.
  public var y: String
  /// The curves.
  public var series: [Series]
  /// Places on the horizontal axis.
  public var xScale = AxisScale.linear
  /// Places on the vertical axis.
  public var yScale = AxisScale.linear
  /// Whether a linear vertical axis shows zero.
  public var includesZero = false
  /// Levels across the plot, for example thresholds.
  public var levels: [Mark] = []

  /// A plot of curves.
  public init(title: String, x: String, y: String, series: [Series]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }

  /// The picture; points that an axis cannot show interrupt their curve.
  public var svg: String {
    let points = series.flatMap(\.points)
    var chart = Chart(
      title: title, horizontal: Axis(title: x, scale: xScale, showing: points.map(\.x)),
      vertical: Axis(
        title: y, scale: yScale, showing: points.map(\.y) + levels.map(\.value),
        includesZero: includesZero), legend: series.map(\.name))
    for level in levels {
      guard let at = chart.y(level.value) else { continue }
      chart.line(chart.left, at, chart.width - chart.right, at, colour: "#444", dash: "4 4")
      chart.text(level.name, x: chart.left + 6, y: at - 4, size: 11, anchor: "start")
    }
    for (index, one) in series.enumerated() { draw(one, index, in: &chart) }
    chart.legend(
      series.enumerated().map { ($0.element.name, Chart.colour($0.offset), Chart.dash($0.offset)) })
    return chart.svg
  }

  private func draw(_ one: Series, _ index: Int, in chart: inout Chart) {
    var path = ""
    var isBroken = true
    for point in one.points {
      guard let x = chart.x(point.x), let y = chart.y(point.y) else {
        isBroken = true
        continue
      }
      path += "\(isBroken ? "M" : "L")\(place(x)) \(place(y))"
      isBroken = false
      if one.hasDots {
        chart.add(
          "<circle cx=\"\(place(x))\" cy=\"\(place(y))\" r=\"3\" fill=\"\(Chart.colour(index))\"/>")
      }
    }
    guard !path.isEmpty else { return }
    let dash = Chart.dash(index)
    let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    chart.add(
      "<path d=\"\(path)\" fill=\"none\" stroke=\"\(Chart.colour(index))\" "
        + "stroke-width=\"1.8\"\(dashes)/>")
  }
}

/// A value with a name that is marked in a plot, for example a threshold.
public struct Mark: Hashable, Sendable {
  /// What is written beside it.
  public var name: String
  /// Where it lies.
  public var value: Double

  /// A mark at this value.
  public init(name: String, value: Double) {
    self.name = name
    self.value = value
  }
}

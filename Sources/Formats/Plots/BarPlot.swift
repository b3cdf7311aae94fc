/// Groups of bars with error bars, as SVG.
public struct BarPlot: Sendable {
  /// One bar.
  public struct Bar: Hashable, Sendable {
    /// Its height.
    public var value: Double
    /// How far the error bar reaches up and down; zero draws none.
    public var error: Double

    /// A bar of this height.
    public init(_ value: Double, error: Double = 0) {
      self.value = value
      self.error = error
    }
  }

  /// Bars that stand together.
  public struct Group: Sendable {
    /// What is written below them.
    public var name: String
    /// One bar a series, in the order of the plot's `series`; nil leaves a gap.
    public var bars: [Bar?]

    /// A group of these bars.
    public init(name: String, bars: [Bar?]) {
      self.name = name
      self.bars = bars
    }
  }

  /// Above the plot.
  public var title: String
  /// Below the groups' names.
  public var x: String
  /// Beside the vertical axis.
  public var y: String
  /// What the colours mean.
  public var series: [String]
  /// The groups, from the left.
  public var groups: [Group]

  /// A plot of bars.
  public init(title: String, x: String, y: String, series: [String], groups: [Group]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.groups = groups
  }

  /// The picture; a bar that is not finite is left out.
  public var svg: String {
    let bars = groups.flatMap(\.bars).compactMap { $0 }
    var chart = Chart(
      title: title, horizontal: nil,
      vertical: Axis(
        title: y, scale: .linear,
        showing: bars.flatMap { [$0.value - $0.error, $0.value + $0.error] }, includesZero: true),
      below: x, legend: series)
    let room = (chart.width - chart.left - chart.right) / Double(max(groups.count, 1))
    let width = min(room * 0.8 / Double(max(series.count, 1)), 60)
    for (index, group) in groups.enumerated() {
      let middle = chart.left + room * (Double(index) + 0.5)
      chart.text(group.name, x: middle, y: chart.height - chart.bottom + 18)
      let start = middle - width * Double(series.count) / 2
      for (place, bar) in zip(series.indices, group.bars) {
        guard let bar else { continue }
        draw(bar, place, x: start + Double(place) * width, width: width, in: &chart)
      }
    }
    chart.legend(series.enumerated().map { ($0.element, Chart.colour($0.offset), "") })
    return chart.svg
  }

  private func draw(
    _ bar: Bar, _ index: Int, x: Double, width: Double, in chart: inout Chart
  ) {
    guard let top = chart.y(bar.value), let ground = chart.y(0) else { return }
    let (upper, lower) = (min(top, ground), max(top, ground))
    chart.add(
      "<rect x=\"\(place(x + 1.5))\" y=\"\(place(upper))\" width=\"\(place(width - 3))\" "
        + "height=\"\(place(lower - upper))\" fill=\"\(Chart.colour(index))\" "
        + "fill-opacity=\"0.85\"/>")
    let middle = x + width / 2
    var above = upper
    if bar.error > 0, let low = chart.y(bar.value - bar.error),
      let high = chart.y(bar.value + bar.error)
    {
      chart.line(middle, low, middle, high, colour: "#222", width: 1.4)
      for end in [low, high] {
        chart.line(middle - 4, end, middle + 4, end, colour: "#222", width: 1.4)
      }
      above = min(above, high)
    }
    chart.text(NumberText.short(bar.value), x: middle, y: above - 5, size: 11)
  }
}

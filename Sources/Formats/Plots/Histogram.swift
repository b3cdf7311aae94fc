internal import Numbers
internal import RealModule

/// Distributions over a common axis, each as the share of its own values, as SVG.
public struct Histogram: Sendable {
  /// One distribution.
  public struct Series: Sendable {
    /// Its name in the legend.
    public var name: String
    /// Its values, in any order.
    public var values: [Double]

    /// The distribution of these values.
    public init(name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// Above the plot.
  public var title: String
  /// Below the horizontal axis.
  public var x: String
  /// The distributions, drawn over one another.
  public var series: [Series]
  /// Places on the horizontal axis.
  public var scale = AxisScale.linear
  /// Vertical lines, for example thresholds.
  public var marks: [Mark] = []
  /// Bins from the lowest to the highest value.
  public var bins = 50

  /// A plot of distributions.
  public init(title: String, x: String, series: [Series]) {
    self.title = title
    self.x = x
    self.series = series
  }

  /// The share of a series' shown values in each bin of an axis, in per cent.
  private func shares(_ values: [Double], on axis: Axis) -> [Double] {
    var counts = [Double](repeating: 0, count: bins)
    for value in values {
      guard let at = axis.fraction(of: value), (0...1).contains(at) else { continue }
      counts[min(Int(saturating: at * Double(bins)), bins - 1)] += 1
    }
    let total = counts.reduce(0, +)
    return total == 0 ? counts : counts.map { 100 * $0 / total }
  }

  /// The picture; values that are not finite (or, on a logarithmic axis, not positive) are left
  /// out.
  public var svg: String {
    guard bins > 0 else { return "" }
    let axis = Axis(title: x, scale: scale, showing: series.flatMap(\.values) + marks.map(\.value))
    let all = series.map { shares($0.values, on: axis) }
    var chart = Chart(
      title: title, horizontal: axis,
      vertical: Axis(
        title: "share of values, %", scale: .linear, showing: all.flatMap { $0 },
        includesZero: true), legend: series.map(\.name))
    for (index, shares) in all.enumerated() { draw(shares, index, in: &chart) }
    for (index, mark) in marks.enumerated() {
      guard let x = chart.x(mark.value) else { continue }
      chart.line(
        x, chart.top, x, chart.height - chart.bottom, colour: "#222", width: 1.5,
        dash: Chart.dashes[(index + 1) % Chart.dashes.count])
      chart.text(
        "\(mark.name) \(NumberText.short(mark.value))", x: x + 5,
        y: chart.top + 12 + Double(index % 3) * 15, size: 11, anchor: "start")
    }
    chart.legend(series.enumerated().map { ($0.element.name, Chart.colour($0.offset), "") })
    return chart.svg
  }

  private func draw(_ shares: [Double], _ index: Int, in chart: inout Chart) {
    guard let ground = chart.y(0), shares.contains(where: { $0 > 0 }) else { return }
    let step = (chart.width - chart.left - chart.right) / Double(bins)
    var path = "M\(place(chart.left)) \(place(ground))"
    for (bin, share) in shares.enumerated() {
      let y = chart.y(share) ?? ground
      let x = chart.left + Double(bin) * step
      path += "L\(place(x)) \(place(y))L\(place(x + step)) \(place(y))"
    }
    path += "L\(place(chart.width - chart.right)) \(place(ground))Z"
    let colour = Chart.colour(index)
    chart.add(
      "<path d=\"\(path)\" fill=\"\(colour)\" fill-opacity=\"0.28\" stroke=\"\(colour)\" "
        + "stroke-width=\"1.3\"/>")
  }
}

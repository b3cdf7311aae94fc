import Foundation

/// A scatter plot on logarithmic axes, as SVG.
struct ScatterPlot {
  struct Series {
    var name: String
    var points: [(Double, Double)]
  }

  var title: String
  var x: String
  var y: String
  var series: [Series]

  private static let colours = ["#2a6fbb", "#c0392b", "#1e8449", "#8e44ad", "#b9770e", "#34495e"]
  private let width = 760.0
  private let height = 480.0

  /// Shapes differ as well as colours.
  private func mark(_ index: Int, _ x: Double, _ y: Double) -> String {
    let colour = Self.colours[index % Self.colours.count]
    switch index % 4 {
    case 0: return "<circle cx='\(x)' cy='\(y)' r='4' fill='\(colour)'/>"
    case 1:
      return
        "<rect x='\(x - 3.5)' y='\(y - 3.5)' width='7' height='7' fill='none' stroke='\(colour)' stroke-width='1.6'/>"
    case 2: return "<path d='M\(x) \(y - 5)l4.5 8h-9z' fill='\(colour)'/>"
    default:
      return
        "<path d='M\(x) \(y - 5)l5 5l-5 5l-5 -5z' fill='none' stroke='\(colour)' stroke-width='1.6'/>"
    }
  }

  private func decades(_ values: [Double]) -> (Double, Double) {
    let positive = values.filter { $0 > 0 }
    guard let low = positive.min(), let high = positive.max() else { return (0, 1) }
    return (log10(low) - 0.05, max(log10(high) + 0.05, log10(low) + 0.1))
  }

  private func ticks(_ range: (Double, Double)) -> [Double] {
    (-12...12).flatMap { power in [1.0, 2, 5].map { $0 * pow(10, Double(power)) } }
      .filter { log10($0) >= range.0 && log10($0) <= range.1 }
  }

  /// The picture.
  var svg: String {
    let xs = decades(series.flatMap { $0.points.map(\.0) })
    let ys = decades(series.flatMap { $0.points.map(\.1) })
    func place(_ x: Double, _ y: Double) -> (Double, Double) {
      (
        70 + (log10(x) - xs.0) / (xs.1 - xs.0) * (width - 100),
        height - 60 - (log10(y) - ys.0) / (ys.1 - ys.0) * (height - 110)
      )
    }
    var parts = [
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(width) \(height)' font-family='sans-serif' font-size='12'>",
      "<rect width='100%' height='100%' fill='white'/>",
      "<text x='\(width / 2)' y='24' text-anchor='middle' font-size='15'>\(title)</text>",
      "<text x='\(width / 2)' y='\(height - 14)' text-anchor='middle'>\(x)</text>",
      "<text transform='translate(18 \(height / 2)) rotate(-90)' text-anchor='middle'>\(y)</text>",
    ]
    for tick in ticks(xs) {
      let at = place(tick, pow(10, ys.0))
      parts.append(
        "<path d='M\(at.0) 50V\(height - 60)' stroke='#ddd'/><text x='\(at.0)' y='\(height - 42)' text-anchor='middle'>\(String(format: "%g", tick))</text>"
      )
    }
    for tick in ticks(ys) {
      let at = place(pow(10, xs.0), tick)
      parts.append(
        "<path d='M70 \(at.1)H\(width - 30)' stroke='#ddd'/><text x='64' y='\(at.1 + 4)' text-anchor='end'>\(String(format: "%g", tick))</text>"
      )
    }
    for (index, one) in series.enumerated() {
      for point in one.points where point.0 > 0 && point.1 > 0 {
        let at = place(point.0, point.1)
        parts.append(mark(index, at.0, at.1))
      }
      let row = 66 + Double(index) * 18
      parts.append(mark(index, 90, row - 4))
      parts.append("<text x='102' y='\(row)'>\(one.name)</text>")
    }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }
}

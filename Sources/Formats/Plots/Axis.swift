internal import Numbers
internal import RealModule

/// How an axis places numbers.
public enum AxisScale: Hashable, Sendable {
  /// Equal differences are equally far apart.
  case linear
  /// Equal factors are equally far apart; numbers that are not positive are left out.
  case logarithmic
}

/// One axis: which numbers lie where, and what is written beside it.
struct Axis {
  let title: String
  let scale: AxisScale
  let low: Double
  let high: Double

  /// An axis on which all of `values` that it can show have room.
  ///
  /// - Parameters:
  ///   - title: What is written along it.
  ///   - scale: How numbers are placed.
  ///   - values: What is to be shown.
  ///   - includesZero: Whether a linear axis begins (or ends) at zero.
  init(title: String, scale: AxisScale, showing values: [Double], includesZero: Bool = false) {
    self.title = title
    self.scale = scale
    let shown = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    switch scale {
    case .linear:
      let all = includesZero ? shown + [0] : shown
      let (low, high) = (all.min() ?? 0, all.max() ?? 1)
      let step = Self.step(over: max(high - low, 1e-12 * max(abs(high), abs(low), 1e-300)))
      let start = (low / step).rounded(.down) * step
      let end = (high / step).rounded(.up) * step
      (self.low, self.high) = end > start ? (start, end) : (start - step, start + step)
    case .logarithmic:
      let low = Double.log10(shown.min() ?? 0.1)
      let high = Double.log10(shown.max() ?? 1)
      let room = max((high - low) * 0.03, 0.05)
      (self.low, self.high) = (low - room, high + room)
    }
  }

  /// Where a number lies, 0 at the beginning and 1 at the end; nil where it cannot be shown.
  func fraction(of value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return (value - low) / (high - low)
    case .logarithmic:
      return value > 0 ? (Double.log10(value) - low) / (high - low) : nil
    }
  }

  /// The numbers that are written beside the axis.
  var ticks: [(value: Double, text: String)] {
    switch scale {
    case .linear:
      let step = Self.step(over: high - low)
      let decimals = max(0, Int(saturating: (-Double.log10(step) - 1e-9).rounded(.up)))
      let count = Int(saturating: ((high - low) / step).rounded())
      return (0...max(count, 0)).map { index in
        let value = low + Double(index) * step
        return (value, NumberText.of(value, decimals: decimals, step: step))
      }
    case .logarithmic:
      let powers = Int(saturating: low.rounded(.down))...Int(saturating: high.rounded(.up))
      // Few decades have room for what lies between the powers of ten.
      let mantissas: [Double] = high - low < 1.2 ? [1, 2, 3, 5, 7] : high - low < 3 ? [1, 3] : [1]
      return powers.flatMap { power in mantissas.map { ($0, power) } }.compactMap {
        mantissa, power in
        let value = mantissa * Double.exp10(Double(power))
        guard (low...high).contains(Double.log10(value)) else { return nil }
        return (value, NumberText.ofPower(mantissa: mantissa, power: power))
      }
    }
  }

  /// 1, 2 or 5 times a power of ten, so that four to nine of them fill `extent`.
  static func step(over extent: Double) -> Double {
    let raw = extent / 8
    let power = Double.exp10(Double.log10(raw).rounded(.down))
    return ([1.0, 2, 5].first { $0 * power >= raw * 0.999999 } ?? 10) * power
  }
}

/// Numbers as text, without Foundation.
enum NumberText {
  /// With this many decimals; very large and very small ones as a power of ten.
  static func of(_ value: Double, decimals: Int, step: Double) -> String {
    guard abs(value) > step * 1e-6 else { return "0" }
    guard abs(value) < 1e6, decimals <= 5 else {
      let power = Int(saturating: Double.log10(abs(value)).rounded(.down))
      let mantissa = value / Double.exp10(Double(power))
      return trimmed(fixed(mantissa, decimals: 2)) + "e\(power)"
    }
    return fixed(value, decimals: decimals)
  }

  /// A mantissa of one digit times a power of ten.
  static func ofPower(mantissa: Double, power: Int) -> String {
    let digit = "\(Int(saturating: mantissa))"
    switch power {
    case 0...5: return digit + String(repeating: "0", count: power)
    case -4 ... -1: return "0." + String(repeating: "0", count: -power - 1) + digit
    default: return digit + "e\(power)"
    }
  }

  /// Three figures, or as many as the number needs before its point.
  static func short(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    let power = Int(saturating: Double.log10(abs(value)).rounded(.down))
    guard (-4...5).contains(power) else {
      return trimmed(fixed(value / Double.exp10(Double(power)), decimals: 2)) + "e\(power)"
    }
    return trimmed(fixed(value, decimals: max(0, 2 - power)))
  }

  /// With this many decimals; for places in a picture and for axes.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "0" }
    let factor = Double.exp10(Double(decimals))
    let scaled = Int(saturating: (abs(value) * factor).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard decimals > 0 else { return sign + "\(scaled)" }
    let digits = "\(scaled)"
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = Substring(text)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }
}

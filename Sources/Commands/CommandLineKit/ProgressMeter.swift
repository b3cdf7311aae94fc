internal import Foundation
internal import Numbers

/// A bar with the speed and the time left; only where people watch.
public struct ProgressMeter {
  private let began = Date()
  private var shown = Date.distantPast

  /// A meter that begins now.
  public init() {}

  /// Shows how far it is, at most ten times a second.
  ///
  /// - Parameters:
  ///   - done: How many are done.
  ///   - total: How many there are.
  ///   - startedAt: How many were done when the meter began.
  ///   - unit: What is counted.
  public mutating func show(done: Int, of total: Int, startedAt: Int = 0, unit: String) {
    guard Terminal.isInteractive else { return }
    let now = Date()
    guard now.timeIntervalSince(shown) > 0.1 || done == total else { return }
    shown = now
    let share = total > 0 ? Double(done) / Double(total) : 1
    let speed = Double(done - startedAt) / max(now.timeIntervalSince(began), 1e-3)
    let filled = Int(saturating: share * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let left = speed > 0 ? Self.text(Double(total - done) / speed) : "–"
    Terminal.progress(
      "\(bar) \(Int(saturating: share * 100)) %  \(done) of \(total) \(unit), \(Int(saturating: speed)) \(unit)/s, "
        + "\(left) left")
  }

  private static func text(_ seconds: Double) -> String {
    let whole = Int(saturating: seconds.rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }
}

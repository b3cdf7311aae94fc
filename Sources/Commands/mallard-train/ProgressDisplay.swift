import CommandLineKit
import Foundation
import Numbers
import PolicyTraining
import Synchronization

/// Shows how far a training is: five times a second on a terminal, every ten seconds in a log.
final class ProgressDisplay: Sendable {
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  func show(_ progress: TrainingProgress) {
    let now = ContinuousClock().now
    let pause: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(10)
    let isDue = last.withLock { last in
      if let last, now - last < pause { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let line = Self.line(progress)
    if Terminal.isInteractive { Terminal.progress(line) } else { Terminal.say(line) }
  }

  private static func line(_ progress: TrainingProgress) -> String {
    var parts = [
      progress.stage?.rawValue ?? "reading", String(format: "%3.0f %%", 100 * progress.share),
      "\(progress.done) \(progress.unit)",
    ]
    if progress.rate > 0 { parts.append(String(format: "%.1f/s", progress.rate)) }
    if let left = progress.secondsLeft, left.isFinite { parts.append(duration(left) + " left") }
    for (name, value) in progress.losses.sorted(by: { $0.key < $1.key }) {
      parts.append(name + String(format: " %.3f", value))
    }
    return parts.joined(separator: "  ")
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(saturating: min(seconds, 1e7).rounded())
    return whole < 60
      ? "\(whole) s"
      : whole < 3_600
        ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3_600) h \(whole / 60 % 60) min"
  }
}

internal import Foundation
internal import GRDB

/// A step before which a robot's clock was set: its captures went another way than the coordinator's
/// clock, which says when they were received.
public struct ClockJump: Hashable, Sendable, Encodable {
  /// The first step by the clock as it was set.
  public var step: Int
  /// From the capture of the step before, s; not above 0 where the clock went back that far.
  public var captured: Double
  /// From the receipt of the step before, s.
  public var received: Double
  /// How far the robot's clock was set forward, s; back, where it is below 0.
  public var seconds: Double

  /// How both clocks went, in a sentence's end.
  public var text: String {
    func text(_ seconds: Double) -> String { "\((seconds * 1_000).rounded() / 1_000) s" }
    guard captured > 0 else { return "was captured \(text(-captured)) before the step before it" }
    return "was captured \(text(captured)) after the step before it and received "
      + "\(text(received)) after it: the robot's clock was set "
      + (seconds > 0 ? "forward" : "back") + " by \(text(abs(seconds))), or the coordinator's "
      + (seconds > 0 ? "back" : "forward")
  }
}

/// Finds where a clock was set in mid-episode, from when steps were captured (on the robot's clock) and
/// received (on the coordinator's).
///
/// What lies between capture and receipt is the difference of the clocks, and how long a step was on its
/// way. The way may take long: a step that was lost, or waited for a coordinator that was down, is sent
/// again. But it takes no less than nothing, so that the least that was seen is the difference of the
/// clocks, and a step before which that least falls, or after which it has risen for good, is one before
/// which a clock was set. A robot that waits, or is stopped, moves both times alike.
struct ClockJumps {
  /// Less than this is how a step travels, s.
  static let limit = 0.5

  private struct Step {
    var index: Int
    var capture: Double
    var receipt: Double
    var delay: Double { receipt - capture }
  }

  private var steps: [Step] = []

  /// Takes the next step of the episode; times in ns since 1970.
  mutating func add(_ index: Int, captured: Int64, received: Int64) {
    steps.append(
      Step(index: index, capture: Double(captured) / 1e9, receipt: Double(received) / 1e9))
  }

  /// Where a clock was set, in order.
  var all: [ClockJump] {
    let ahead = lookahead
    var jumps: [ClockJump] = []
    // Of the steps since the clock was last set: the least delay, and whether some came as they were
    // captured. Of steps that all came late, together, nothing can be said.
    var least = Double.infinity
    var cameAsCaptured = false
    for (position, step) in steps.enumerated() {
      if position > 0 {
        let before = steps[position - 1]
        let isBack = step.capture <= before.capture
        let isForward = cameAsCaptured && step.delay < least - Self.limit
        let isBehind =
          ahead[position].cameAsCaptured && ahead[position].least > least + Self.limit
          && before.delay < ahead[position].least - Self.limit
        if isBack || isForward || isBehind {
          let (captured, received) = (
            step.capture - before.capture, step.receipt - before.receipt
          )
          jumps.append(
            ClockJump(
              step: step.index, captured: captured, received: received,
              seconds: before.delay - step.delay))
          (least, cameAsCaptured) = (.infinity, false)
        } else if Self.cameAsCaptured(before, step) {
          cameAsCaptured = true
        }
      }
      least = min(least, step.delay)
    }
    return jumps
  }

  /// Of each step and all after it: the least delay, and whether some came as they were captured.
  private var lookahead: [(least: Double, cameAsCaptured: Bool)] {
    var ahead = [(least: Double, cameAsCaptured: Bool)](
      repeating: (.infinity, false), count: steps.count)
    var (least, came) = (Double.infinity, false)
    for position in steps.indices.reversed() {
      least = min(least, steps[position].delay)
      if position + 1 < steps.count, Self.cameAsCaptured(steps[position], steps[position + 1]) {
        came = true
      }
      ahead[position] = (least, came)
    }
    return ahead
  }

  /// Whether two steps came one after the other about as they were captured, and not in one burst.
  private static func cameAsCaptured(_ first: Step, _ second: Step) -> Bool {
    let captured = second.capture - first.capture
    let received = second.receipt - first.receipt
    return captured > 0 && abs(received - captured) < captured / 2
  }
}

extension RecordingReader {
  /// Where a clock was set while an episode was recorded: the times of its steps are not to be believed.
  ///
  /// - Throws: `RecordingError`.
  public func clockJumps(of episode: String) throws(RecordingError) -> [ClockJump] {
    try read(of: episode) { database in
      let rows = try CheckedRow.cursor(
        database,
        sql: "SELECT step, captureTime, receiveTime FROM step WHERE episode = ? ORDER BY step",
        arguments: [episode])
      var jumps = ClockJumps()
      while let row = try rows.next() {
        // Rows that are damaged are what `recording check` looks for.
        guard
          let (step, captured, received) = try? (
            row.value(0) as Int, row.value(1) as Int64, row.value(2) as Int64
          )
        else { continue }
        jumps.add(step, captured: captured, received: received)
      }
      return jumps.all
    }
  }
}

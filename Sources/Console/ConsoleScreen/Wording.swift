internal import Numbers
package import RobotData
package import Wire

/// What is said in words, in the one place where it is worded.
package enum Wording {
  /// A robot's state as one word.
  package static func word(_ state: RobotStatus.State) -> String {
    switch state {
    case .offline: "offline"
    case .idle: "idle"
    case .assisted: "policy"
    case .awaiting: "WAITS"
    case .teleoperated: "driven"
    case .stopped: "STOPPED"
    }
  }

  /// The sign before a state, so that it is told apart without colour.
  package static func sign(_ state: RobotStatus.State) -> String {
    switch state {
    case .offline: "×"
    case .idle: "○"
    case .assisted: "∿"
    case .awaiting: "?"
    case .teleoperated: "▶"
    case .stopped: "■"
    }
  }

  /// The ink of a state.
  package static func ink(_ state: RobotStatus.State) -> Ink {
    switch state {
    case .offline, .idle: .quiet
    case .assisted: .policy
    case .awaiting: .waiting
    case .teleoperated: .human
    case .stopped: .alarm
    }
  }

  /// Why a robot waits, for the person who will help.
  package static func reason(_ robot: RobotStatus) -> String {
    switch robot.reason {
    case nil: robot.note
    case .unassisted: "no policy: drive it"
    case .taskUncertainty(let value):
      "which subtask" + clusters(robot.subgoal) + " (\(number(value)))"
    case .policyUncertainty(let value): "unfamiliar state (\(number(value)))"
    case .policyFailed: "the policy failed"
    case .noProgress(let seconds): "gets nowhere for \(fixed(seconds, places: 0)) s"
    case .interrupted: "interrupted: no one holds it"
    }
  }

  private static func clusters(_ subgoal: Subgoal?) -> String {
    guard let samples = subgoal?.samples, samples.count > 1 else { return "" }
    let count = SubgoalClusters.groups(of: samples).count
    return count == 1 ? ": goals in one wide cluster" : ": \(count) clusters"
  }

  /// Why control passed on.
  package static func cause(_ cause: HandoverCause) -> String {
    switch cause {
    case .episodeStarted: "the episode began"
    case .episodeEnded: "the episode ended"
    case .helpRequested: "it asked for you"
    case .requestServed: "it had asked for you"
    case .operatorTookOver: "you took it"
    case .handedBack: "handed back"
    case .uncertaintyFell: "the policy is sure again"
    case .operatorLost: "the operator's link was lost"
    case .robotLost: "the robot's link was lost"
    case .robotReturned: "the robot came back"
    case .emergencyStop: "emergency stop"
    case .robotFault: "a fault of the robot"
    case .stopReleased: "the stop was released"
    case .fleetPaused: "the fleet was paused"
    case .fleetResumed: "the fleet continues"
    }
  }

  /// A change of control between two statuses.
  package static func change(from last: RobotStatus?, to status: RobotStatus) -> String {
    let before = last.map { $0.holder?.name ?? word($0.state) }
    let after: String =
      switch status.state {
      case .teleoperated: status.holder?.name ?? "a person"
      case .awaiting: "waits: " + reason(status)
      case .stopped: "STOPPED: " + status.note
      case .assisted, .idle, .offline: word(status.state)
      }
    return before.map { "\($0) → \(after)" } ?? after
  }

  /// How an episode ended.
  package static func word(_ outcome: EpisodeOutcome) -> String {
    switch outcome {
    case .success: "success"
    case .failure: "failure"
    case .discarded: "discarded"
    case .interrupted: "interrupted"
    }
  }

  /// Three significant places, without a library: 0.127, 12.7, 127.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let size = abs(value)
    return fixed(value, places: size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
  }

  /// This many places after the point.
  package static func fixed(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "-" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = Int64(saturating: (abs(value) * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard places > 0 else { return sign + "\(scaled)" }
    let whole = scaled / Int64(saturating: scale)
    let rest = "\(scaled % Int64(saturating: scale))"
    return sign + "\(whole)." + String(repeating: "0", count: places - rest.count) + rest
  }

  /// A time as people read it: 4.2 s, 3:07, 1:02:07.
  package static func time(_ duration: Duration) -> String {
    let seconds = max(duration.inSeconds, 0)
    if seconds < 60 { return fixed(seconds, places: seconds < 10 ? 1 : 0) + " s" }
    let whole = Int(saturating: seconds)
    let parts = [whole / 3600, whole / 60 % 60, whole % 60]
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return parts[0] > 0
      ? "\(parts[0]):\(two(parts[1])):\(two(parts[2]))" : "\(parts[1]):\(two(parts[2]))"
  }

  /// A time in milliseconds.
  package static func milliseconds(_ duration: Duration) -> String {
    fixed(duration.inSeconds * 1000, places: 0) + " ms"
  }

  /// 1.4 MB
  package static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return fixed(value, places: unit == 0 ? 0 : 1) + " " + units[unit]
  }

  /// 31 %
  package static func share(_ value: Double) -> String { fixed(100 * value, places: 0) + " %" }

  /// Text in exactly `width` cells, cut with an ellipsis or filled with blanks.
  package static func column(_ text: String, _ width: Int) -> String {
    let length = text.count
    if length <= width { return text + String(repeating: " ", count: width - length) }
    return width > 1 ? text.prefix(width - 1) + "…" : String(text.prefix(max(width, 0)))
  }
}

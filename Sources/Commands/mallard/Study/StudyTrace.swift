import CommandLineKit
import FleetSimulation
import Foundation
import RobotData

/// A run of a study in words, one line for each thing that changes.
final class StudyTrace {
  private var done: [RobotID: [SubtaskName]] = [:]
  private var branches: Set<RobotID> = []
  private var steps: [RobotID: Int] = [:]

  /// Prints what happened; single steps are counted, not told.
  func note(_ event: StudyEvent, at now: FleetInstant) {
    switch event {
    case .episodeStarted(let robot):
      done[robot] = []
      steps[robot] = 0
      say(robot, "episode begins", now)
    case .episodeEnded(let robot, let outcome): say(robot, "episode ends: \(outcome)", now)
    case .handover(let robot, _, let to, let cause):
      let author =
        switch to {
        case .hold: "no one"
        case .policy: "policy"
        case .human: "person"
        }
      say(robot, "\(author) has control: \(cause)", now)
    case .helpWanted: break
    case .observed(let robot, let isBranchPoint, let completed):
      if completed != done[robot, default: []] {
        say(robot, "done: \(completed.map(\.name).joined(separator: ", "))", now)
      }
      done[robot] = completed
      if isBranchPoint != branches.contains(robot) {
        if isBranchPoint { branches.insert(robot) } else { branches.remove(robot) }
        say(robot, isBranchPoint ? "at a branch point" : "past the branch point", now)
      }
    case .step(let robot, _, _): steps[robot, default: 0] += 1
    }
  }

  private func say(_ robot: RobotID, _ text: String, _ now: FleetInstant) {
    let seconds = String(format: "%7.2f s", (now - .origin).inSeconds)
    Terminal.result("\(seconds)  \(robot) step \(steps[robot] ?? 0): \(text)")
  }
}

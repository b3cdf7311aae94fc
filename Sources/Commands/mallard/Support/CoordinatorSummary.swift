import CommandLineKit
import Coordinator
import Foundation
import RobotData
import TrainedPolicies

/// What a coordinator did, for people and scripts.
struct CoordinatorSummary: Codable {
  struct Policy: Codable {
    var name: String
    var answers: Int
    /// Later than the robot's control period.
    var lateAnswers: Int
    /// Never looked at, because the robot's next question came before.
    var overtakenQuestions: Int
    var meanMilliseconds: Double
    var slowestMilliseconds: Double
    /// What the eyes have seen, and what it would have cost on the modelled machine.
    var eyes: [PolicyAccounts]
  }

  struct Robot: Codable {
    var robot: String
    var steps: Int
    var lateSteps: Int
  }

  var session: String
  var recording: String
  var recordingBytes: Int
  var seconds: Double
  var begunEpisodes: Int
  var successes: Int
  var failures: Int
  var discarded: Int
  var interrupted: Int
  var committedSteps: Int
  var robots: [Robot]
  var malformedMessages: Int
  var unwrittenEntries: Int
  /// Those entries by kind and where they are kept; empty where there are none.
  var unwritten: String
  var contradictions: [String]
  var policy: Policy?

  init(_ result: CoordinatorResult, path: String, seconds: Double, team: PolicyTeam?) {
    session = result.session.description
    recording = path
    recordingBytes = result.recordingBytes
    self.seconds = seconds
    begunEpisodes = result.begunEpisodes
    successes = result.outcomes[.success] ?? 0
    failures = result.outcomes[.failure] ?? 0
    discarded = result.outcomes[.discarded] ?? 0
    interrupted = result.outcomes[.interrupted] ?? 0
    committedSteps = result.committedSteps
    robots = result.lateSteps.sorted { $0.key < $1.key }.map { robot, steps in
      Robot(robot: robot.name, steps: steps.all, lateSteps: steps.late)
    }
    malformedMessages = result.malformedMessages
    unwrittenEntries = result.unwrittenEntries
    unwritten = result.unwritten
    contradictions = result.contradictions
    guard let team, let timing = result.policyTiming else { return }
    policy = Policy(
      name: team.name, answers: timing.answers, lateAnswers: timing.late,
      overtakenQuestions: timing.overtaken,
      meanMilliseconds: 1e3 * timing.total.inSeconds / Double(max(timing.answers, 1)),
      slowestMilliseconds: 1e3 * timing.slowest.inSeconds, eyes: team.accounts)
  }

  /// A few lines for people.
  var text: TextBlock {
    let late = robots.reduce(0) { $0 + $1.lateSteps }
    let steps = robots.reduce(0) { $0 + $1.steps }
    var lines = [
      "episodes   \(successes) success, \(failures) failure, \(discarded) discarded, "
        + "\(interrupted) interrupted",
      "steps      \(committedSteps) on disk in \(String(format: "%.1f", seconds)) s: "
        + String(format: "%.1f", Double(committedSteps) / max(seconds, 0.001)) + " steps/s",
      "deadlines  \(late) of \(steps) steps began late: " + PlainText.share(late, of: steps),
      "recording  \(recording), \(PlainText.bytes(recordingBytes))",
    ]
    lines += policy.map(Self.lines) ?? []
    if malformedMessages > 0 { lines.append("dropped    \(malformedMessages) malformed messages") }
    if unwrittenEntries > 0 { lines.append("UNWRITTEN  \(unwritten)") }
    for text in contradictions { lines.append("BUG        \(text)") }
    return TextBlock(lines: lines)
  }

  private static func lines(of policy: Policy) -> [String] {
    var lines = [
      "policy     \(policy.name): \(policy.answers) answers in "
        + String(
          format: "%.1f ms, %.1f at most", policy.meanMilliseconds, policy.slowestMilliseconds)
        + "; \(policy.lateAnswers) later than the control period, "
        + "\(policy.overtakenQuestions) overtaken"
    ]
    for eye in policy.eyes where eye.frames > 0 {
      let each = Double(eye.frames)
      lines.append(
        "eye        \(eye.frames) pictures in \(eye.batches) batches"
          + (eye.machine.map {
            String(
              format: "; each %.3f ms, %.3f mJ and %.3f mJ of DRAM on the modelled ",
              1e3 * eye.modelledSeconds / each, eye.millijoules / each,
              eye.dramMillijoules / each) + $0
          } ?? ""))
    }
    return lines
  }
}

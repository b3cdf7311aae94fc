import ArgumentParser
import CommandLineKit
import Datasets
import RecordingStore
import RobotData

/// By what episodes are listed, the worst first.
enum EpisodeOrder: String, CaseIterable, ExpressibleByArgument {
  case jerk, idle, late
  case taskUncertainty = "task-uncertainty"
  case policyUncertainty = "policy-uncertainty"
  case duration

  /// What is large for an episode that is worth a look.
  func value(_ quality: EpisodeQuality) -> Double {
    switch self {
    case .jerk: quality.jerk
    case .idle: quality.idleShare
    case .late: quality.deadlineMissShare
    case .taskUncertainty: quality.meanTaskUncertainty ?? -1
    case .policyUncertainty: quality.meanPolicyUncertainty ?? -1
    case .duration: abs(quality.durationScore)
    }
  }
}

/// An episode with its measures.
struct MeasuredEpisode: Encodable {
  var episode: EpisodeSummary
  var quality: EpisodeQuality

  /// Measures all of `episodes`; durations are compared with those of the same task among them.
  static func measure(
    _ episodes: [EpisodeSummary], of reader: RecordingReader
  ) throws -> [MeasuredEpisode] {
    var progress = ProgressMeter()
    var measured: [MeasuredEpisode] = []
    for episode in episodes {
      if let damage = try reader.damage(of: episode.id) {
        Terminal.say("left out: \(damage)")
        continue
      }
      let rate = try reader.description(ofRobotIn: episode.id)?.rate ?? 10
      var meter = QualityMeter(rate: rate)
      try reader.glance(at: episode.id) { step in
        meter.add(
          StepOutline(
            captureTime: step.captureTime, author: step.author,
            executedAction: step.executedAction, velocity: step.velocity,
            uncertainty: step.uncertainty, isLate: step.isLate))
      }
      measured.append(MeasuredEpisode(episode: episode, quality: meter.quality))
      progress.show(done: measured.count, of: episodes.count, unit: "episodes")
    }
    Terminal.progress("")
    for task in Set(episodes.map(\.task)) {
      let members = measured.indices.filter { measured[$0].episode.task == task }
      let scores = EpisodeQuality.durationScores(members.map { measured[$0].quality.seconds })
      for (member, score) in zip(members, scores) { measured[member].quality.durationScore = score }
    }
    return measured
  }

  /// Columns for people.
  var cells: [String] {
    func percent(_ share: Double) -> String { PlainText.decimal(100 * share, places: 1) + " %" }
    func number(_ value: Double?) -> String {
      value.map { PlainText.decimal($0, places: 3) } ?? "–"
    }
    return [
      episode.id, episode.robot, episode.task, episode.outcome ?? "in progress",
      "\(episode.steps)", PlainText.decimal(quality.seconds, places: 1),
      PlainText.decimal(quality.jerk, places: 2), percent(quality.idleShare),
      percent(quality.deadlineMissShare), number(quality.meanTaskUncertainty),
      number(quality.meanPolicyUncertainty),
      PlainText.decimal(quality.durationScore, places: 1)
        + (quality.isDurationOutlier ? " outlier" : ""), episode.tags.joined(separator: " "),
    ]
  }

  static let head = [
    "episode", "robot", "task", "outcome", "steps", "s", "jerk m/s³", "idle", "late",
    "task unc.", "policy unc.", "duration score", "tags",
  ]
}

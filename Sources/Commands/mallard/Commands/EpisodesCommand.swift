import ArgumentParser
import CommandLineKit
import Foundation
import Numbers
import RecordingStore
import RobotData

struct EpisodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "episodes",
    abstract: "The episodes of a recording: list, show, tag, mark, delete, merge.",
    subcommands: [
      List.self, Show.self, Tag.self, Mark.self, Delete.self, Restore.self, Purge.self, Merge.self,
    ], defaultSubcommand: List.self)

  struct Source: ParsableArguments {
    @Option(help: "The recording. [default: the one in Recordings/ that was written last]")
    var recording: String?

    @Flag(help: "Print JSON.")
    var json = false

    func open() throws -> RecordingReader {
      guard let path = recording ?? Places.latestRecording() else {
        throw RecordingError.notFound(path: "Recordings/; name one with --recording")
      }
      return try RecordingReader(path: path)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A line for each episode.",
      discussion: """
          mallard episodes list --outcome success --task stack --json
          mallard episodes list --sort jerk
        """)

    @OptionGroup var source: Source

    @Option(help: "Only this robot's.")
    var robot: String?

    @Option(help: "Only this task's.")
    var task: String?

    @Option(help: "Only these: success, failure, discarded, interrupted.")
    var outcome: String?

    @Option(help: "Only those with this tag.")
    var tag: String?

    @Option(help: "Only those that this person drove in.")
    var `operator`: String?

    @Option(
      help: ArgumentHelp(
        "The worst first, with measures of each: jerk, idle, late, task-uncertainty, "
          + "policy-uncertainty, duration. [default: in the order of their beginning]",
        valueName: "measure"))
    var sort: EpisodeOrder?

    @Flag(help: "Those that were deleted.")
    var deleted = false

    func run() throws {
      var filter = EpisodeFilter()
      filter.robot = try robot.map { try RobotID($0) }
      filter.task = try task.map { try TaskName($0) }
      filter.outcome = try outcome.map { try .named($0, "--outcome") }
      filter.tag = tag
      filter.person = try self.operator.map { try OperatorID($0) }
      filter.kept = deleted ? .not : .only
      let reader = try source.open()
      let episodes = try reader.episodes(filter)
      if let sort { return try list(episodes, of: reader, by: sort) }
      if source.json {
        try Terminal.result(json: episodes)
        return
      }
      let counts = try reader.counts()
      Terminal.result(
        "\(reader.path): \(counts.episodes) episodes, \(counts.steps) steps, "
          + "\(counts.pictures) pictures, \(PlainText.bytes(counts.bytes))\n")
      Terminal.result(Self.table(episodes))
    }

    private func list(
      _ episodes: [EpisodeSummary], of reader: RecordingReader, by order: EpisodeOrder
    ) throws {
      let measured = try MeasuredEpisode.measure(episodes, of: reader)
        .sorted { order.value($0.quality) > order.value($1.quality) }
      if source.json { return try Terminal.result(json: measured) }
      Terminal.result(PlainText.table([MeasuredEpisode.head] + measured.map(\.cells)))
    }

    private static func table(_ episodes: [EpisodeSummary]) -> TextBlock {
      let head = [
        "episode", "robot", "task", "outcome", "steps", "s", "human", "policy", "hold", "late",
        "hand-overs", "tags",
      ]
      return PlainText.table(
        [head]
          + episodes.map { episode in
            [
              episode.id, episode.robot, episode.task, episode.outcome ?? "in progress",
              episode.missingSteps > 0
                ? "\(episode.steps) (\(episode.missingSteps) missing)" : "\(episode.steps)",
              String(Double(Int(saturating: episode.seconds * 10)) / 10),
              PlainText.share(episode.humanSteps, of: episode.steps),
              PlainText.share(episode.policySteps, of: episode.steps),
              PlainText.share(episode.heldSteps, of: episode.steps),
              PlainText.share(episode.lateSteps, of: episode.steps), "\(episode.handovers)",
              episode.tags.joined(separator: " "),
            ]
          })
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Everything about one episode: its hand-overs, cameras, shares.",
      discussion: """
        The identifier may be shortened to its beginning or its number, where that is unique.
        """)

    @Argument(help: "The episode's identifier, or its beginning, or its number.")
    var episode: String

    @OptionGroup var source: Source

    struct Report: Encodable {
      var episode: EpisodeSummary
      var cameras: [CameraSummary]
      var handovers: [HandoverSummary]
      var marks: [MarkSummary]
      var timing: TimingSummary?
      var droppedPictures: Int
    }

    func run() throws {
      let reader = try source.open()
      let episode = try reader.episode(self.episode)
      let report = Report(
        episode: episode, cameras: try reader.cameras(of: episode.id),
        handovers: try reader.handovers(of: episode.id), marks: try reader.marks(of: episode.id),
        timing: try reader.timing(of: episode.id),
        droppedPictures: try reader.droppedPictures(of: episode.id))
      if source.json { try Terminal.result(json: report) } else { Self.show(report) }
    }

    private static func text(of timing: TimingSummary) -> String {
      func milliseconds(_ seconds: Double) -> String { String(format: "%.1f ms", 1e3 * seconds) }
      return "every \(milliseconds(timing.meanPeriod))"
        + (timing.nominalPeriod.map { " (meant: \(milliseconds($0)))" } ?? "")
        + ", jitter \(milliseconds(timing.jitter)), longest \(milliseconds(timing.longestPeriod))"
    }

    private static func show(_ report: Report) {
      let episode = report.episode
      Terminal.result(
        PlainText.table([
          ["episode", episode.id], ["robot", episode.robot], ["task", episode.task],
          [
            // As imports write it where the dataset has no times.
            "began", episode.startedAt.hasPrefix("1970-01-01") ? "not known" : episode.startedAt,
          ],
          ["outcome", episode.outcome ?? "in progress"],
          ["task done", episode.isTaskDone.map { $0 ? "yes" : "no" } ?? "the robot cannot tell"],
          [
            "steps",
            "\(episode.steps)"
              + (episode.missingSteps > 0
                ? ", \(episode.missingSteps) missing" : ", none missing"),
          ],
          ["human", "\(episode.humanSteps)"], ["policy", "\(episode.policySteps)"],
          ["hold", "\(episode.heldSteps)"],
          ["late", "\(episode.lateSteps)"], ["without command", "\(episode.uncommandedSteps)"],
          ["tags", episode.tags.isEmpty ? "none" : episode.tags.joined(separator: " ")],
          ["captured", report.timing.map { Self.text(of: $0) } ?? "less than two steps"],
          ["dropped", "\(report.droppedPictures) pictures"],
        ]))
      for jump in report.timing?.clockJumps ?? [] {
        Terminal.result("clock: step \(jump.step) \(jump.text)")
      }
      for camera in report.cameras {
        Terminal.result(
          "camera \(camera.camera): \(camera.pictures) pictures, \(camera.width)×\(camera.height) "
            + "\(camera.encoding), \(PlainText.bytes(camera.bytes))")
      }
      let rows = report.handovers.map { handover in
        [
          handover.step.map { "\($0)" } ?? "–", handover.from, "→", handover.to, handover.cause,
          handover.reason ?? "",
          handover.waitedSeconds.map {
            "waited " + String(Double(Int(saturating: $0 * 100)) / 100) + " s"
          }
            ?? "",
        ]
      }
      for mark in report.marks {
        Terminal.result(
          "marked \(mark.outcome) \(mark.time) by \(mark.person ?? "no one") (\(mark.source))")
      }
      Terminal.result("\nhand-overs (step, from, to, cause):")
      Terminal.result(PlainText.table(rows))
    }
  }
}

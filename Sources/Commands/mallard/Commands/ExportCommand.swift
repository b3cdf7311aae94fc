import ArgumentParser
import Clocks
import CommandLineKit
import DatasetExport
import Datasets
import Foundation
import RecordingStore
import RobotData

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write episodes as a dataset that other tools train with.",
    discussion: """
      mallard export Recordings/today.sqlite --format lerobot --output datasets/today
      mallard export Recordings/*.sqlite --format lerobot --video --success --output datasets/good
      mallard export Recordings/today.sqlite --format robomimic --output datasets/robomimic
      mallard export Recordings/today.sqlite --format mcap --output datasets/foxglove
      mallard export Recordings/today.sqlite --output datasets/today --dry-run

      The dataset appears at --output when it is whole, and not before; it is made in \
      OUTPUT.partial beside it. An export that was interrupted continues when the same command is \
      given again. The same recordings and options give the same bytes.

      Every step says who acted, why control changed hands, which part of the episode it belongs \
      to (demonstration, policy, pre-intervention, intervention, hold), how uncertain the policy \
      was, and how much it weighs in training on human corrections.
      """)

  @Argument(help: "Recordings. [default: the one in Recordings/ that was written last]")
  var recordings: [String] = []

  @Option(help: "The format: \(DatasetFormat.allowed).")
  var format = DatasetFormat.lerobot

  @Option(
    help: "The folder that the dataset is to be; it must not exist.", transform: OutputPath.init)
  var output: OutputPath?

  @OptionGroup(title: "Which episodes") var filter: ExportFilterOptions

  @Flag(help: "Show what would be written, with counts, and write nothing.")
  var dryRun = false

  @Flag(
    exclusivity: .exclusive,
    help: "How lerobot's pictures are stored: compressed as recorded, or AV1.")
  var pictures = Pictures.images

  @Option(help: "Held out for validation: this part of the episodes, chosen by their identifiers.")
  var validShare = 0.1

  @Option(help: "Policy steps before a take-over that are labelled pre-intervention.")
  var preIntervention = SegmentFinder.usualWindow

  @Option(help: "Megabytes of a data file of lerobot, after which the next is begun.")
  var fileMegabytes = 100

  @Flag(help: "Print JSON.")
  var json = false

  enum Pictures: String, EnumerableFlag {
    case images
    case video
  }

  func validate() throws {
    guard dryRun || output != nil else {
      throw ValidationError("say with --output where the dataset is to be, or give --dry-run")
    }
    guard (0...1).contains(validShare) else {
      throw ValidationError("--valid-share is \(validShare); allowed: 0 to 1")
    }
    guard preIntervention >= 0 else {
      throw ValidationError("--pre-intervention is \(preIntervention); allowed: 0 or more")
    }
    guard format == .lerobot || pictures == .images else {
      throw ValidationError("--video is for --format lerobot; \(format.rawValue) holds pictures")
    }
    guard (1...1_000_000).contains(fileMegabytes) else {
      throw ValidationError("--file-megabytes is \(fileMegabytes); allowed: 1 to 1000000")
    }
  }

  func run() throws {
    var options = ExportOptions(software: "mallard \(SoftwareVersion.text)")
    options.filter = try filter.filter()
    options.validShare = validShare
    options.preInterventionWindow = preIntervention
    let readers = try openRecordings()
    let stop = StopFlag()
    let interruption = Interruption { stop.set() }
    let planned = try ExportPlanner(readers, options).plan { done, all in
      Terminal.progress("looking at episodes: \(done) of \(all)")
      return !stop.isSet
    }
    for episode in planned.clockJumps { Terminal.say("note: \(episode.text)") }
    for damage in planned.damages { Terminal.say("left out: \(damage)") }
    if dryRun {
      try ExportReport(planned).show(asJSON: json)
    } else if let output = try output?.checked() {
      try write(planned, readers, options, to: output, stop)
    }
    withExtendedLifetime(interruption) {}
  }

  private func openRecordings() throws -> [RecordingReader] {
    guard recordings.isEmpty else { return try recordings.map { try RecordingReader(path: $0) } }
    guard let latest = Places.latestRecording() else {
      throw RecordingError.notFound(path: "Recordings/; name one")
    }
    return [try RecordingReader(path: latest)]
  }

  private func write(
    _ planned: PlannedExport, _ readers: [RecordingReader], _ options: ExportOptions,
    to output: String, _ stop: StopFlag
  ) throws {
    let writer = try format.writer(
      pictures: pictures == .video ? .video : .images, fileBytes: fileMegabytes << 20)
    var meter = ProgressMeter()
    let began = SystemClock.now
    let summary = try DatasetExporter(readers, options).run(
      planned, with: writer.writer, format: writer.name, to: output
    ) { progress in
      meter.show(
        done: progress.steps, of: progress.totalSteps, startedAt: progress.resumedSteps,
        unit: "steps")
      return !stop.isSet
    }
    if json {
      return try Terminal.result(
        json: Result(
          summary, planned.clockJumps, seconds: (SystemClock.now - began).inSeconds))
    }
    let resumed = summary.resumedEpisodes > 0 ? " (\(summary.resumedEpisodes) were there)" : ""
    Terminal.say("")
    Terminal.result(
      "\(summary.path): \(summary.episodes) episodes\(resumed), \(summary.steps) steps, "
        + "\(summary.pictures) pictures, \(PlainText.bytes(summary.bytes)); "
        + "left out: \(ExportPlanner.text(of: planned.refusals))")
  }
}

/// What an export says of itself in JSON.
private struct Result: Encodable {
  var path: String
  var episodes: Int
  var steps: Int
  var pictures: Int
  var bytes: Int
  var resumedEpisodes: Int
  var clockJumps: [EpisodeClockJumps]
  /// From the first episode to the finished dataset.
  var seconds: Double
  var peakMemoryBytes: Int

  init(_ summary: ExportSummary, _ clockJumps: [EpisodeClockJumps], seconds: Double) {
    path = summary.path
    episodes = summary.episodes
    steps = summary.steps
    pictures = summary.pictures
    bytes = summary.bytes
    resumedEpisodes = summary.resumedEpisodes
    self.clockJumps = clockJumps
    self.seconds = seconds
    peakMemoryBytes = PeakMemory.bytes
  }
}

/// A format that episodes can be exported in.
enum DatasetFormat: String, CaseIterable, ExpressibleByArgument {
  case lerobot
  case robomimic
  case mcap

  static var allowed: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// What writes it, and the name of the format with all options of the writer.
  func writer(
    pictures: LeRobotPictures, fileBytes: Int
  ) throws -> (writer: any DatasetWriter, name: String) {
    switch self {
    case .lerobot:
      let writer = try LeRobotWriter(pictures: pictures, volumeBytes: fileBytes)
      return (writer, writer.format)
    case .robomimic: return (try RobomimicWriter(), "robomimic HDF5, first layout")
    case .mcap: return (McapDatasetWriter(), "MCAP, first layout")
    }
  }
}

/// What a dry run shows.
struct ExportReport: Encodable {
  var episodes: Int
  var steps: Int
  var pictures: Int
  var tasks: [String: Int]
  var outcomes: [String: Int]
  var leftOut: [String: Int]
  var segments: [String: Int]
  var trainingWeights: [String: Double]
  var features: [String]
  var clockJumps: [EpisodeClockJumps]

  init(_ planned: PlannedExport) {
    let plan = planned.plan
    clockJumps = planned.clockJumps
    episodes = plan.episodes.count
    steps = plan.steps
    pictures = plan.steps * plan.schema.cameras.count
    tasks = Dictionary(plan.episodes.map { ($0.task, 1) }, uniquingKeysWith: +)
    outcomes = Dictionary(plan.episodes.map { ($0.outcome ?? "", 1) }, uniquingKeysWith: +)
    leftOut = Dictionary(planned.refusals.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
    segments = Dictionary(
      Segment.allCases.map { ($0.rawValue, plan.segments[$0] ?? 0) }, uniquingKeysWith: +)
    trainingWeights = Dictionary(
      Segment.allCases.map { ($0.rawValue, plan.weights[$0]) }, uniquingKeysWith: +)
    features =
      plan.schema.features.map(\.name)
      + plan.schema.cameras.map { "observation.images.\($0.name)" }
  }

  func show(asJSON: Bool) throws {
    if asJSON { return try Terminal.result(json: self) }
    func list(_ counts: [String: Int]) -> String {
      counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
    Terminal.say("")
    Terminal.result(
      PlainText.table([
        ["episodes", "\(episodes)"], ["steps", "\(steps)"], ["pictures", "\(pictures)"],
        ["tasks", list(tasks)], ["outcomes", list(outcomes)],
        ["left out", leftOut.isEmpty ? "none" : list(leftOut)],
      ]))
    Terminal.result("")
    Terminal.result(
      PlainText.table(
        [["segment", "steps", "share", "training weight"]]
          + Segment.allCases.map { segment in
            let count = segments[segment.rawValue] ?? 0
            let weight = trainingWeights[segment.rawValue] ?? 0
            return [
              segment.rawValue, "\(count)", PlainText.share(count, of: steps),
              String(format: "%.3f", weight),
            ]
          }))
    Terminal.result("\ncolumns: \(features.joined(separator: ", "))")
  }
}

import ArgumentParser
import Clocks
import Coordinator
import Fleet
import Foundation
import RobotData
import ZeroMQ

struct CoordinatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Run a fleet's coordinator: robots and operators connect to it.",
    discussion: """
      It decides who controls which robot, and writes the recording. Killed at any instant and \
      started again with the same --recording, it goes on with the same episodes; no step that \
      was acknowledged is lost.

      Without keys only programs on this machine may connect:

        mallard keys create coordinator --folder keys
        mallard keys create robot/arm-1 --folder keys
        mallard coordinator --address 'tcp://*:7447' --keys keys
      """)

  @OptionGroup var fleet: FleetOptions

  @Option(
    help: ArgumentHelp(
      "A folder with the coordinator's key and the public keys of all who may connect.",
      valueName: "folder"))
  var keys: String?

  @Flag(help: "Listen without encryption where other machines can reach it.")
  var allowPlaintext = false

  @Flag(help: "End when the last of --episodes has ended and is on disk.")
  var exitWhenDone = false

  @Flag(help: "Print what was done as JSON at the end.")
  var json = false

  @Flag(help: .hidden)
  var supervised = false

  func run() throws {
    try reporting {
      let path = try fleet.recording ?? Places.newRecording()
      var configuration = CoordinatorConfiguration(
        recordingPath: path, fleet: try rules(), software: "mallard \(SoftwareVersion.text)")
      configuration.address = fleet.address
      configuration.telemetryAddress = fleet.telemetry == "none" ? nil : fleet.telemetry
      configuration.isLockstep = fleet.pacing == .lockstep
      configuration.allowsPlaintextOnNetwork = allowPlaintext
      configuration.endsWithLastEpisode = exitWhenDone
      configuration.settings = settings
      if let keys {
        let folder = KeyFolder(keys)
        configuration.keys = try folder.pair(of: "coordinator")
        configuration.allowedKeys = try folder.allowed()
      }
      let stopping = try Mailbox<Void>()
      let interruption = Interruption(isSupervised: supervised) { stopping.post(()) }
      let began = SystemClock.now
      let isQuiet = supervised
      // Without a policy every robot is teleoperated in turn, and the recording says so.
      Terminal.say("recording to \(path); unassisted: no policy drives")
      let coordinator = try Coordinator(
        configuration, policy: nil, context: try Context(), stopping: stopping
      ) { news in
        if !isQuiet || news.isImportant { Terminal.say("\(Terminal.clock) \(news)") }
      }
      let result = try coordinator.run()
      withExtendedLifetime(interruption) {}
      try report(
        CoordinatorSummary(result, path: path, seconds: (SystemClock.now - began).inSeconds))
    }
  }

  private func rules() throws -> FleetConfiguration {
    var rules = FleetConfiguration(
      session: SessionID(.random(in: 0 ... .max)), seed: fleet.seed)
    rules.strategy = fleet.strategy
    rules.stepLimit = fleet.stepLimit
    rules.episodeLimit = fleet.episodes
    // Rises faster than commands are sent: a successor's numbers are above its predecessor's.
    rules.sequenceOrigin = UInt64(SystemClock.wall.nanosecondsSinceEpoch / 1_000)
    return rules
  }

  private var settings: String {
    struct Settings: Encodable {
      var strategy: String
      var stepLimit: Int
      var seed: UInt64
      var episodes: Int?
      var pacing: String
    }
    let settings = Settings(
      strategy: fleet.strategy.rawValue, stepLimit: fleet.stepLimit, seed: fleet.seed,
      episodes: fleet.episodes, pacing: fleet.pacing.rawValue)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(settings)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private func report(_ summary: CoordinatorSummary) throws {
    if json {
      try Terminal.result(json: summary)
    } else {
      Terminal.result(summary.text)
    }
    guard summary.unwrittenEntries == 0, summary.contradictions.isEmpty else {
      throw ExitCode.failure
    }
  }
}

extension CoordinatorNews {
  /// Whether people should read it even beside a progress line.
  var isImportant: Bool {
    switch self {
    case .refused, .malformedMessage, .fault, .recording: true
    case .listening, .robotJoined, .handover, .episodeStarted, .episodeEnded: false
    }
  }
}

/// What a coordinator did, for people and scripts.
struct CoordinatorSummary: Codable {
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
  var contradictions: [String]

  init(_ result: CoordinatorResult, path: String, seconds: Double) {
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
    contradictions = result.contradictions
  }

  /// A few lines for people.
  var text: String {
    let late = robots.reduce(0) { $0 + $1.lateSteps }
    let steps = robots.reduce(0) { $0 + $1.steps }
    var lines = [
      "episodes   \(successes) success, \(failures) failure, \(discarded) discarded, "
        + "\(interrupted) interrupted",
      "steps      \(committedSteps) on disk in \(String(format: "%.1f", seconds)) s: "
        + String(format: "%.1f", Double(committedSteps) / max(seconds, 0.001)) + " steps/s",
      "deadlines  \(late) of \(steps) steps began late: " + Wording.share(late, of: steps),
      "recording  \(recording), \(Wording.bytes(recordingBytes))",
    ]
    if malformedMessages > 0 { lines.append("dropped    \(malformedMessages) malformed messages") }
    if unwrittenEntries > 0 { lines.append("UNWRITTEN  \(unwrittenEntries) entries: disk full?") }
    for text in contradictions { lines.append("BUG        \(text)") }
    return lines.joined(separator: "\n")
  }
}

import ArgumentParser
import Clocks
import CommandLineKit
import Coordinator
import CoordinatorSession
import Fleet
import FleetSupervisor
import Foundation
import RobotData
import TrainedPolicies
import ZeroMQ

struct CoordinatorCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Run a fleet's coordinator: robots and operators connect to it.",
    discussion: """
      It decides who controls which robot, and writes the recording. Killed at any instant and \
      started again with the same --recording, it continues with the same episodes; no step that \
      was acknowledged is lost.

      Without keys only programs on this machine may connect:

        mallard keys create coordinator --folder keys
        mallard keys create robot/arm-1 --folder keys
        mallard coordinator --address 'tcp://*:7447' --keys keys

      With a trained policy robots drive themselves, and ask for a person where they are unsure:

        mallard coordinator --policy Policies/stack --method pato
      """)

  @OptionGroup var fleet: FleetOptions

  @OptionGroup var collection: PlanOption

  @OptionGroup(title: "Policy") var assistance: PolicyOptions

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

  @Option(help: .hidden)
  var fleetId: FleetID?

  func run() throws {
    let team = try assistance.team(seed: fleet.seed)
    let recording = try fleet.newOrNamedRecording()
    defer { recording.discardIfEmpty() }
    let path = recording.path
    var rules = rules(for: team)
    rules.plan = try collection.read(for: nil)
    var configuration = CoordinatorConfiguration(
      recordingPath: path, fleet: rules, software: "mallard \(SoftwareVersion.text)")
    configuration.address = fleet.address
    configuration.telemetryAddress = fleet.telemetry == "none" ? nil : fleet.telemetry
    configuration.rotateSize = fleet.rotateSize?.bytes
    configuration.fleetID = fleetId
    configuration.isLockstep = fleet.pacing == .lockstep
    configuration.allowsPlaintextOnNetwork = allowPlaintext
    configuration.endsWithLastEpisode = exitWhenDone
    configuration.settings = try settings(rules)
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
    Terminal.say(
      "recording to \(path); "
        + (team.map { "\($0.name) drives" } ?? "unassisted: no policy drives"))
    let coordinator = try Coordinator(
      configuration, policy: team, context: try Context(), stopping: stopping
    ) { [isSupervised = supervised] news in
      if isSupervised, case .listening = news {
        Terminal.result(CoordinatorReport.listening(rules.session).line)
      }
      if !isQuiet || news.isImportant { Terminal.say("\(Terminal.clock) \(news)") }
    }
    let result = try coordinator.run()
    withExtendedLifetime(interruption) {}
    try report(
      CoordinatorSummary(
        result, path: path, seconds: (SystemClock.now - began).inSeconds, team: team))
  }

  private func rules(for team: PolicyTeam?) -> FleetConfiguration {
    var rules = FleetConfiguration(
      session: SessionID(.random(in: 0 ... .max)), seed: fleet.seed)
    rules.strategy = fleet.strategy
    rules.stepLimit = fleet.stepLimit
    rules.episodeLimit = fleet.episodes
    // Rises faster than commands are sent: a successor's numbers are above its predecessor's.
    rules.sequenceOrigin = UInt64(SystemClock.wall.nanosecondsSinceEpoch / 1_000)
    assistance.apply(to: &rules, team: team)
    return rules
  }

  private func settings(_ rules: FleetConfiguration) throws -> String {
    struct Settings: Encodable {
      var strategy: String
      var stepLimit: Int
      var seed: UInt64
      var episodes: Int?
      var pacing: String
      var endsOnSuccess: Bool
      var plan: [[String]]?
      var fleet: String?
      var assistance: PolicyOptions.Settings?
    }
    let settings = Settings(
      strategy: fleet.strategy.rawValue, stepLimit: fleet.stepLimit, seed: fleet.seed,
      episodes: fleet.episodes, pacing: fleet.pacing.rawValue,
      endsOnSuccess: rules.endsOnSuccess,
      plan: rules.plan?.orders.map { $0.map(\.name) }, fleet: fleetId?.description,
      assistance: assistance.settings(rules))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(settings), as: UTF8.self)
  }

  private func report(_ summary: CoordinatorSummary) throws {
    if supervised {
      let encoded = String(decoding: try JSONEncoder().encode(summary), as: UTF8.self)
      Terminal.result(CoordinatorReport.summary(encoded).line)
    } else if json {
      try Terminal.result(json: summary)
    } else {
      Terminal.result(summary.text)
    }
    guard summary.unwrittenEntries == 0, summary.contradictions.isEmpty else {
      throw ExitCode.failure
    }
  }
}

extension CoordinatorLogEvent {
  /// Whether people should read it even beside a progress line.
  var isImportant: Bool {
    switch self {
    case .unplanned, .refused, .malformedMessage, .fault, .policyFailed, .recording: true
    case .listening, .robotJoined, .handover, .episodeStarted, .episodeEnded: false
    }
  }
}

import ArgumentParser
import CommandLineKit
import ConsoleScreen
import OperatorConsole
import RecordingStore
import RobotData
import ZeroMQ

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Play a recorded episode in a terminal: pictures, motion, uncertainties, hand-overs.",
    discussion: """
      Space plays and pauses, left and right go step by step, [ and ] change the speed.

        mallard replay 3
        mallard replay 3 --recording Recordings/today.sqlite --from 120
        mallard replay 3 --plain                     a line for each step
      """)

  @Argument(help: "The episode: its identifier, or the end of it (see `mallard episodes list`).")
  var episode: String

  @Option(help: "The recording. [default: the one in Recordings/ that was written last]")
  var recording: String?

  @Option(help: "The step to begin with.")
  var from = 0

  @OptionGroup var look: ConsoleLookOptions

  func run() throws {
    guard let path = recording ?? Places.latestRecording() else {
      throw RecordingError.notFound(path: "Recordings/; name one with --recording")
    }
    let reader = try RecordingReader(path: path)
    let summary = try reader.episode(episode)
    let steps = try reader.steps(of: summary.id, in: max(from, 0)..<Int.max)
    guard !steps.isEmpty else {
      throw ValidationError(
        "the episode \(summary.id) has no step from \(from) on; it has \(summary.steps)")
    }
    let player = EpisodeContent(
      summary: summary, steps: steps, handovers: try reader.handovers(of: summary.id),
      thresholds: try reader.thresholds(ofSessionOf: summary.id))
    if look.plain {
      for index in steps.indices { Terminal.result(player.line(of: index)) }
      return
    }
    let rate = try reader.description(ofRobotIn: summary.id)?.rate ?? 10
    let stopping = try Mailbox<Void>()
    let interruption = Interruption { stopping.post(()) }
    var console = ReplayConsole(
      count: steps.count, rate: rate,
      title: "\(path)  episode \(summary.id)  \(summary.outcome ?? "in progress")",
      appearance: look.appearance, content: player.content)
    try console.run(stopping: stopping)
    withExtendedLifetime(interruption) {}
  }
}

/// What a step of a recorded episode shows.
struct EpisodeContent {
  let summary: EpisodeSummary
  let steps: [RecordedStep]
  let handovers: [HandoverSummary]
  let thresholds: UncertaintyThresholds?

  /// A step in one line: who drove, toward what, how fast; the policy's uncertainties; hand-overs.
  func line(of index: Int) -> String {
    let step = steps[index]
    let author =
      switch step.author {
      case .human(let name): "human \(name)"
      case .policy: "policy"
      case .hold: "hold"
      }
    let speed = Wording.fixed(step.executedAction.twist.linear.length, places: 2)
    var parts = [
      "step \(step.index)", author, "\(speed) m/s", "gripper \(step.executedAction.gripper)",
    ]
    if let subtask = step.subtask { parts.append("toward \(subtask)") }
    if let uncertainty = step.uncertainty {
      parts.append("task uncertainty \(Wording.fixed(uncertainty.task, places: 3))")
      parts.append("policy uncertainty \(Wording.fixed(uncertainty.policy, places: 3))")
    }
    parts += handovers.filter { ($0.step ?? 0) == step.index }.map {
      "\($0.from) → \($0.to): \($0.cause)"
    }
    return parts.joined(separator: ", ")
  }

  func content(of index: Int) -> RobotContent {
    let step = steps[min(max(index, 0), steps.count - 1)]
    let (state, ink): (String, Ink) =
      switch step.author {
      case .human(let name): ("▶ driven by \(name)", .human)
      case .policy: ("∿ policy", .policy)
      case .hold: ("○ holds", .quiet)
      }
    var content = RobotContent(
      name: summary.robot, state: state, ink: ink,
      place: "\(summary.task) step \(step.index)" + (step.subtask.map { " \($0)" } ?? ""))
    content.reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 0), proprioception: step.proprioception,
      frames: step.frames, progress: step.progress, simulatedState: nil)
    let first = max(index - RobotHistory.length, 0)
    content.uncertainties = steps[first...min(index, steps.count - 1)].compactMap(\.uncertainty)
    content.thresholds = thresholds
    content.completed = step.progress?.completed ?? []
    content.choices = step.progress?.available ?? []
    content.open = content.choices
    content.chosen = step.subtask.map { [$0] } ?? []
    content.changes = handovers.filter { $0.step ?? 0 <= step.index }.map { handover in
      RobotContent.Change(
        text: "\(handover.from) → \(handover.to), \(handover.cause)",
        when: "step \(handover.step.map(String.init) ?? "-")")
    }
    let speed = step.executedAction.twist.linear.length
    content.driving =
      "did \(Wording.fixed(speed, places: 2)) m/s, gripper \(step.executedAction.gripper)"
    return content
  }
}

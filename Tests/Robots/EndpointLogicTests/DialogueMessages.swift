import RobotData
import Wire

// Messages as the lines of dialogues say them.

private let causes: [String: HandoverCause] = [
  "episode-started": .episodeStarted, "episode-ended": .episodeEnded,
  "help-requested": .helpRequested(.unassisted), "request-served": .requestServed,
  "operator-took-over": .operatorTookOver, "handed-back": .handedBack,
  "uncertainty-fell": .uncertaintyFell, "operator-lost": .operatorLost, "robot-lost": .robotLost,
  "robot-returned": .robotReturned, "emergency-stop": .emergencyStop, "robot-fault": .robotFault,
  "stop-released": .stopReleased, "fleet-paused": .fleetPaused, "fleet-resumed": .fleetResumed,
]

private let outcomes: [String: EpisodeOutcome] = [
  "success": .success, "failure": .failure, "discarded": .discarded, "interrupted": .interrupted,
]

extension DialogueLine {
  private var episode: EpisodeID {
    EpisodeID(session: SessionID(3), ordinal: UInt32(integer("episode") ?? 1))
  }

  /// The bytes of a line that says them.
  func bytes() throws(WireError) -> [UInt8] {
    var bytes: [UInt8] = []
    var digits = (text("hex") ?? "")[...]
    while let byte = UInt8(digits.prefix(2), radix: 16) {
      bytes.append(byte)
      digits = digits.dropFirst(2)
    }
    return bytes
  }

  /// The message of a line that says one.
  func message() throws -> CoordinatorToRobot {
    try check([
      "at", "hear", "episode", "seed", "outcome", "lockstep", "text", "steps", "sequence",
      "answers", "validity", "move", "author", "cause",
    ])
    switch text("hear") {
    case "welcome": return .welcome(session: SessionID(3), lockstep: truth("lockstep") ?? false)
    case "refused": return .refused(reason: text("text") ?? "")
    case "start-episode": return .startEpisode(episode, seed: UInt64(integer("seed") ?? 5))
    case "end-episode":
      guard let outcome = outcomes[text("outcome") ?? "success"] else { break }
      return .endEpisode(episode, outcome)
    case "command": return .command(try command())
    case "stop": return .stop(reason: text("text") ?? "")
    case "release": return .release
    case "acknowledge": return .acknowledge(episode, steps: integer("steps") ?? 0)
    case "heartbeat-reply":
      return .heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0))
    case "goodbye": return .goodbye
    default: break
    }
    throw DialogueError(description: "\(self): unknown message")
  }

  private func command() throws -> Command {
    let words = (text("author") ?? "human ann").split(separator: " ").map(String.init)
    let author: Author
    switch words.first {
    case "human": author = .human(try OperatorID(words.last ?? ""))
    case "policy": author = .policy
    case "hold": author = .hold
    default: throw DialogueError(description: "\(self): unknown author")
    }
    guard let cause = causes[text("cause") ?? "request-served"],
      let sequence = integer("sequence")
    else { throw DialogueError(description: "\(self): unknown cause, or no sequence") }
    return Command(
      sequence: UInt64(sequence), episode: episode, respondsTo: integer("answers"),
      validity: .milliseconds(integer("validity") ?? 300),
      action: Action(
        twist: Twist(linear: Vector3(number("move") ?? 0, 0, 0), angular: .zero), gripper: .hold),
      annotation: StepAnnotation(author: author, cause: cause, uncertainty: nil, subtask: nil))
  }
}

extension RobotToCoordinator {
  /// What the message says, as a line tells it.
  var dialogueLine: DialogueLine {
    switch self {
    case .hello(_, _, _, let episode, let next, _):
      var line: DialogueLine = ["send": .text("hello"), "step": .count(next)]
      line["episode"] = episode.map { .count(Int($0.ordinal)) }
      return line
    case .heartbeat: return ["send": .text("heartbeat")]
    case .ready: return ["send": .text("ready")]
    case .observation(let observation, _):
      return Self.line("observation", observation)
    case .outcome(let outcome): return Self.line("outcome", outcome)
    case .step(let record):
      return Self.line("step", record.observation).merging(
        Self.line("step", StepOutcome(of: record))
      ) { $1 }
    case .episodeClosed(let episode, let count):
      return [
        "send": .text("episode-closed"), "episode": .count(Int(episode.ordinal)),
        "steps": .count(count),
      ]
    case .fault(let message): return ["send": .text("fault"), "text": .text(message)]
    case .goodbye: return ["send": .text("goodbye")]
    }
  }

  private static func line(_ word: String, _ observation: Observation) -> DialogueLine {
    [
      "send": .text(word), "episode": .count(Int(observation.episode.ordinal)),
      "step": .count(observation.step),
      "success": .truth(observation.reading.progress?.isSuccess ?? false),
    ]
  }

  private static func line(_ word: String, _ outcome: StepOutcome) -> DialogueLine {
    let author =
      switch outcome.annotation.author {
      case .hold: "hold"
      case .policy: "policy"
      case .human(let name): "human \(name)"
      }
    var line: DialogueLine = [
      "send": .text(word), "episode": .count(Int(outcome.episode.ordinal)),
      "step": .count(outcome.step), "author": .text(author),
      "asked": .number(outcome.requestedAction.twist.linear.x),
      "moved": .number(outcome.executedAction.twist.linear.x), "late": .truth(outcome.isLate),
    ]
    line["cause"] = causes.first { $0.value == outcome.annotation.cause }.map { .text($0.key) }
    line["sequence"] = outcome.commandSequence.map { .number(Double($0)) }
    return line
  }
}

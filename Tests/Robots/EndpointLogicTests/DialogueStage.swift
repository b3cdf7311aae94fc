import EndpointLogic
import RobotData
import Wire

/// An endpoint's logic that plays a dialogue, with a robot that does everything at once and exactly as it
/// is told.
struct DialogueStage {
  private var machine: EndpointStateMachine
  private let without: Set<String>
  private var events: [DialogueLine]
  private var counts: [DialogueLine]
  private var until: Int
  private var at = 0
  private var isSuccess = false
  private var breakage: String?
  /// What was expected, and what came of it.
  let expected: [DialogueLine]
  private(set) var results: [DialogueLine] = []

  init(_ dialogue: Dialogue) {
    var configuration = EndpointConfiguration()
    configuration.spoolBytesLimit = dialogue.spoolBytes
    configuration.resendBurst = dialogue.resendBurst
    var description = RobotDescription.bench(simulated: dialogue.isSimulated)
    description.rate = dialogue.rate
    machine = EndpointStateMachine(
      robot: "r", instance: 1, description: description, configuration: configuration,
      firstSeed: 9)
    without = dialogue.without
    until = dialogue.until
    events = dialogue.lines.filter { !Dialogue.events.isDisjoint(with: $0.keys) }
    expected = dialogue.lines.filter { !Dialogue.results.isDisjoint(with: $0.keys) }
    counts = expected.filter { $0["count"] != nil }
  }

  private var now: FleetInstant {
    FleetInstant(nanoseconds: 1_000_000_000 + Int64(at) * 1_000_000)
  }

  private var wall: WallTime { WallTime(nanosecondsSinceEpoch: now.nanoseconds) }

  /// Plays it; the first difference, nil where there is none.
  mutating func play() throws -> String? {
    while at <= until {
      while let event = events.first, event.integer("at") == at {
        events.removeFirst()
        try happen(event)
      }
      try settle()
      while let count = counts.first, count.integer("at") == at {
        counts.removeFirst()
        note(["count": .object(countsNow)])
      }
      at += Dialogue.turn
    }
    return difference
  }

  private var difference: String? {
    for index in 0..<max(expected.count, results.count) {
      let wanted = index < expected.count ? expected[index] : nil
      let got = index < results.count ? results[index] : nil
      if let wanted, let got, Self.fits(wanted, got) { continue }
      func text(_ line: DialogueLine?) -> String {
        line.map { "\($0.sorted { $0.key < $1.key })" } ?? "nothing"
      }
      return "line \(index): expected \(text(wanted)), got \(text(got))"
    }
    return nil
  }

  /// Whether they are the same; a count names only what it is about.
  private static func fits(_ expected: DialogueLine, _ got: DialogueLine) -> Bool {
    guard case .object(let wanted) = expected["count"], case .object(let counted) = got["count"]
    else { return expected == got }
    return wanted.allSatisfy { counted[$0.key] == $0.value }
  }

  private var countsNow: DialogueLine {
    let counters = machine.counters
    return [
      "steps": .count(counters.steps), "late": .count(counters.lateSteps),
      "missed": .count(counters.missedCommands), "refused": .count(counters.refusedCommands),
      "resent": .count(counters.resentSteps), "malformed": .count(counters.malformedMessages),
    ]
  }

  private mutating func note(_ line: DialogueLine) {
    var line = line
    // What a line need not say.
    for (word, usual) in [
      ("success", DialogueValue.truth(false)), ("late", .truth(false)),
      ("asked", line["moved"] ?? .number(0)),
    ] where line[word] == usual {
      line[word] = nil
    }
    guard !without.contains(line.text("send") ?? line.text("do") ?? "") else { return }
    line["at"] = .count(at)
    results.append(line)
  }

  /// Notes what a call of the endpoint sends, keeps and forgets.
  private mutating func tell(_ call: (inout EndpointStateMachine) -> [RobotToCoordinator]) {
    struct Step: Hashable {
      var episode: EpisodeID
      var step: Int
    }
    func kept() -> [Step] {
      machine.keptSteps.map { Step(episode: $0.episode, step: $0.step) }
    }
    let before = kept()
    let messages = call(&machine)
    let after = kept()
    for (word, steps) in [
      ("keep", after.filter { !before.contains($0) }),
      ("forget", before.filter { !after.contains($0) }),
    ] {
      for step in steps {
        note([word: .count(step.step), "episode": .count(Int(step.episode.ordinal))])
      }
    }
    for message in messages { note(message.dialogueLine) }
  }

  private mutating func happen(_ line: DialogueLine) throws {
    switch (line.text("hear"), line.text("given")) {
    case ("bytes", _):
      try line.check(["at", "hear", "hex", "why"])
      do throws(WireError) {
        _ = try CoordinatorToRobot(frames: [try line.bytes()])
      } catch {
        machine.dropMalformed()
        return
      }
      throw DialogueError(description: "\(line): these bytes are a message")
    case (.some, _):
      // As it travels: what the codec cannot carry is no message either.
      let message = try CoordinatorToRobot(frames: try line.message().frames())
      let now = now
      tell { $0.handle(message, at: now) }
    case (_, "success"): isSuccess = true
    case (_, "breakage"): breakage = line.text("text") ?? ""
    case (_, "shut-down"): machine.shutDown(because: line.text("text") ?? "", at: now)
    case (_, "suspended"): at += line.integer("for") ?? 0
    default: throw DialogueError(description: "\(line): unknown")
    }
  }

  /// Carries out everything that is due now.
  private mutating func settle() throws {
    for _ in 0..<100 {
      let (now, wall) = (now, wall)
      tell { $0.tick(at: now, wall: wall) }
      switch machine.nextTask(at: now) {
      case .wait: return
      case .leave(let reason):
        note(["do": .text("leave"), "text": .text(reason)])
        until = at
        return
      case .stop:
        note(["do": .text("stop")])
        machine.didStop()
      case .reset(let seed):
        note(["do": .text("reset"), "seed": .number(Double(seed))])
        act { $0.didReset(at: now) }
      case .observe:
        note(["do": .text("observe")])
        var reading = SensorReading.rest
        reading.progress = TaskProgress(completed: [], available: [], isSuccess: isSuccess)
        act { $0.didObserve(reading, at: now, wall: wall) }
      case .execute(let command):
        let action = command?.action ?? .hold
        let speed = action.twist.linear.x
        note(
          speed == 0
            ? ["do": .text("hold")] : ["do": .text("move"), "speed": .number(speed)])
        act { $0.didExecute(command, executed: action, at: now) }
      }
    }
    throw DialogueError(description: "the endpoint does not come to rest at \(at) ms")
  }

  /// The body does it, or is broken.
  private mutating func act(_ done: (inout EndpointStateMachine) -> [RobotToCoordinator]) {
    if let text = breakage {
      breakage = nil
      tell { $0.didFail(text) }
    } else {
      tell(done)
    }
  }
}

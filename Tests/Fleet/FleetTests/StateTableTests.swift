import Fleet
import RobotData
import Testing

/// Aim: every cell of (what a robot is doing) × (what happens) does what the design says. Method:
/// the table below is played cell by cell; `!` after a state means that someone is refused.
@Suite struct StateTableTests {
  /// `off+` and `stp+`: offline or stopped in the middle of an episode. `pa`, `ph`: paused while the
  /// policy, or a person, had control.
  static let table = """
    event            | off   off+  idle  ass   wait  hum   pa    ph    stp   stp+
    rejoin           | idle  idle  idle  idle  idle  idle  idle  idle  stp   stp
    rejoin-in-midst  | wait  wait  wait  ass   wait  hum   pa    ph    stp+  stp+
    other-process    | idle  idle  idle! ass!  wait! hum!  pa!   ph!   stp!  stp+!
    heartbeat        | off!  off+! idle  ass   wait  hum   pa    ph    stp   stp+
    leave            | off   off+  off   off   off   off   off   off   off   off
    ready            | off   off+  ass   ass   wait  hum   pa    ph    stp   stp+
    see              | off   off+  idle  ass   wait  hum   pa    ph    stp   stp+
    see-stale        | off   off+  idle  ass   wait  hum   pa    ph    stp   stp+
    see-nonsense     | off   off+  idle  stp+  stp+  stp+  stp+  stp+  stp   stp+
    see-success      | off   off+  idle  idle  idle  idle  idle  idle  stp   stp+
    fault            | off   off+  stp   stp+  stp+  stp+  stp+  stp+  stp   stp+
    sure             | off   off+  idle  ass   ass   hum   pa    ph    stp   stp+
    unsure           | off   off+  idle  wait  wait  hum   pa    ph    stp   stp+
    nonsense         | off   off+  idle  wait  wait  hum   pa    ph    stp   stp+
    policy-fails     | off   off+  idle  wait  wait  hum   pa    ph    stp   stp+
    ann-leaves       | off   off+  idle  ass   wait  wait  pa    wait  stp   stp+
    bob-takes-next   | off!  off+! idle! ass!  hum   hum!  pa!   ph!   stp!  stp+!
    bob-takes        | off!  off+! idle! hum   hum   hum!  pa!   ph!   stp!  stp+!
    ann-hands-back   | off!  off+! idle! ass!  wait! ass   pa!   pa    stp!  stp+!
    ann-drives       | off!  off+! idle! ass!  wait! hum   pa!   ph!   stp!  stp+!
    ann-chooses      | off!  off+! idle! ass!  wait! hum   pa!   ph    stp!  stp+!
    ann-marks        | off!  off+! idle! ass!  idle  idle  pa!   idle  stp!  stp+!
    stop             | off   off+  stp   stp+  stp+  stp+  stp+  stp+  stp   stp+
    stop-all         | off   off+  stp   stp+  stp+  stp+  stp+  stp+  stp   stp+
    release          | off   off+  idle  ass   wait  hum   pa    ph    idle  wait
    release-all      | off   off+  idle  ass   wait  hum   pa    ph    idle  wait
    pause            | off   off+  idle  pa    wait  ph    pa    ph    stp   stp+
    resume           | off   off+  idle  ass   wait  hum   ass   hum   stp   stp+
    silence          | off   off+  off   off+  off+  off+  off+  off+  off   off+
    long-silence     | off   off   off   off   off   off   off   off   off   off
    """

  @Test func `every state meets every event as the table says`() throws {
    let rows = Self.table.split(separator: "\n").map { row in
      row.split(whereSeparator: { $0 == " " || $0 == "|" }).map(String.init)
    }
    let states = try #require(rows.first).dropFirst()
    #expect(rows.count == 31 && states.count == 10)
    for row in rows.dropFirst() {
      for (state, expected) in zip(states, row.dropFirst()) {
        var stage = try Stage.with("r", in: state)
        #expect(stage.word == state, "the stage for \(state)")
        stage.now = stage.now + .milliseconds(1)
        let effects = try stage.play(row[0])
        let found = stage.word + (effects.contains(where: \.isRefusal) ? "!" : "")
        #expect(found == expected, "\(row[0]) in \(state)")
      }
    }
  }

  @Test func `without a policy robots wait instead of being assisted`() {
    var stage = Stage()
    stage.begin("r")
    #expect(stage.state("r") == .awaiting(.unassisted))
    stage.enter("ann")
    stage.ask("ann", .takeNext)
    stage.ask("ann", .handBack("r"))
    #expect(stage.state("r") == .awaiting(.unassisted))
    stage.ask("ann", .takeNext)
    stage.ask("ann", .pauseFleet)
    stage.ask("ann", .handBack("r"))
    #expect(stage.state("r") == .awaiting(.unassisted))
  }
}

extension FleetEffect {
  var isRefusal: Bool {
    switch self {
    case .refuseRobot, .refuseOperator, .refuseRequest: true
    default: false
    }
  }
}

struct UnknownWord: Error { var word: String }

extension Stage {
  /// A stage with robot `r` in this state, operators ann (who holds it, where someone does) and
  /// bob.
  static func with(_ id: RobotID, in state: String) throws -> Stage {
    var stage = Stage {
      $0.isAssisted = true
      $0.endsOnSuccess = true
    }
    stage.enter("ann")
    stage.enter("bob")
    stage.join("r")
    if !["idle", "off", "stp"].contains(state) {
      stage.ready("r")
      stage.see("r", 0)
    }
    switch state {
    case "idle", "ass": break
    case "off", "off+":
      stage.alive["r"] = nil
      stage.pass(.milliseconds(2100))
    case "stp", "stp+": stage.ask("bob", .emergencyStop(.one("r")))
    case "wait": stage.decide("r", 0, task: 0.5)
    case "pa": stage.ask("bob", .pauseFleet)
    case "hum", "ph":
      stage.ask("ann", .takeOver("r"))
      stage.see("r", 1)
      if state == "ph" { stage.ask("bob", .pauseFleet) }
    default: throw UnknownWord(word: state)
    }
    return stage
  }

  /// The word for what robot `r` is doing.
  var word: String {
    guard let status = status("r") else { return "unknown" }
    let isPaused = fleet.status(at: now).isPaused
    return switch status.state {
    case .offline: status.episode == nil ? "off" : "off+"
    case .idle: "idle"
    case .assisted: isPaused ? "pa" : "ass"
    case .awaiting: "wait"
    case .teleoperated: isPaused ? "ph" : "hum"
    case .stopped: status.episode == nil ? "stp" : "stp+"
    }
  }

  /// Lets happen what a row of the table says.
  mutating func play(_ event: String) throws -> [FleetEffect] {
    let earlier = EpisodeID(session: SessionID(1), ordinal: 3)
    switch event {
    case "rejoin": return join("r")
    case "rejoin-in-midst":
      let episode = status("r")?.episode ?? earlier
      return join("r", in: EpisodeInProgress(episode: episode, nextStep: 5))
    case "other-process": return join("r", instance: 2)
    case "heartbeat": return tell(.robotHeartbeat("r", instance: 1))
    case "leave": return tell(.robotLeft("r", instance: 1))
    case "ready": return tell(.robotReady("r", instance: 1))
    case "see": return see("r", 9)
    case "see-stale": return see("r", 9, age: .milliseconds(501))
    case "see-nonsense": return see("r", 9, isFinite: false)
    case "see-success": return see("r", 9, success: true)
    case "fault": return tell(.robotFaulted("r", instance: 1, message: "gripper jammed"))
    case "silence", "long-silence":
      alive["r"] = nil
      return pass(.milliseconds(event == "silence" ? 2100 : 61_000)).filter { !$0.isRefusal }
    case "sure", "unsure", "nonsense", "policy-fails": return policySays(event)
    default: return try order(event)
    }
  }

  private mutating func policySays(_ word: String) -> [FleetEffect] {
    see("r", 9)
    switch word {
    case "sure": return decide("r", 9)
    case "unsure": return decide("r", 9, policy: 0.2)
    case "nonsense": return decide("r", 9, .moving(.nan))
    default: return tell(.policyFailed("r", episode(of: "r"), step: 9))
    }
  }

  private mutating func order(_ event: String) throws -> [FleetEffect] {
    switch event {
    case "ann-leaves": return tell(.operatorLeft("ann", instance: 1))
    case "bob-takes-next": return ask("bob", .takeNext)
    case "bob-takes": return ask("bob", .takeOver("r"))
    case "ann-hands-back": return ask("ann", .handBack("r"))
    case "ann-drives": return ask("ann", .drive("r", .reach, respondsTo: nil))
    case "ann-chooses": return ask("ann", .chooseSubtasks("r", ["red"]))
    case "ann-marks": return ask("ann", .mark("r", .success))
    case "stop": return ask("bob", .emergencyStop(.one("r")))
    case "stop-all": return ask("bob", .emergencyStop(.all))
    case "release": return ask("bob", .releaseStop(.one("r")))
    case "release-all": return ask("bob", .releaseStop(.all))
    case "pause": return ask("bob", .pauseFleet)
    case "resume": return ask("bob", .resumeFleet)
    default: throw UnknownWord(word: event)
    }
  }
}

// Aim: the modelled operator helps the robots of an assisted fleet as its guidance says. Method:
// dialogues with a coordinator that the test plays, with robots that stand where it puts them.
import OperatorModel
import RobotData
import ScriptedExpert
import SimulatedTasks
import Testing
import Wire

private func seconds(_ time: Double) -> FleetInstant {
  FleetInstant(nanoseconds: Int64(time * 1e9) + 1_000_000_000)
}

@Suite struct GuidanceTests {
  /// The coordinator's side of a dialogue with an operator.
  private struct Stage {
    let task = StackTask()
    var machine: OperatorModelMachine
    var step = 0
    var time = 0.0
    var lowered: String?
    var completed: [SubtaskName] = []
    /// What the status says that robots were told.
    var told: [SubtaskName] = []
    var hand = Vector3(0.45, 0, 0.2)
    var opening = 1.0
    /// A block that is elsewhere than it was laid, along the table's sides.
    var placed: (name: String, position: Vector3)?

    init(_ guidance: OperatorGuidance, change: (inout OperatorModelParameters) -> Void = { _ in }) {
      var parameters = OperatorModelParameters(seed: 1, guidance: guidance)
      change(&parameters)
      machine = OperatorModelMachine(name: "person", instance: 1, parameters: parameters)
      _ = machine.handle(.welcome(session: SessionID(1), lockstep: false), at: seconds(0))
    }

    /// The fleet's status, in which robots wait for a reason or are driven by the policy.
    mutating func publish(_ robots: [RobotID: HelpReason?], episode: UInt32 = 1) {
      let lines = robots.sorted { $0.key < $1.key }.map { robot, reason in
        var line = RobotStatus(robot: robot, state: reason == nil ? .assisted : .awaiting)
        line.reason = reason
        line.subtask = told.first
        line.laterSubtasks = Array(told.dropFirst())
        line.episode = EpisodeID(session: SessionID(1), ordinal: episode)
        return line
      }
      _ = machine.handle(
        .status(
          FleetStatus(
            session: SessionID(1), time: WallTime(nanosecondsSinceEpoch: 0), isAssisted: true,
            isPaused: false, isLockstep: false,
            thresholds: UncertaintyThresholds(task: 0.2, policy: 0.1), robots: lines, queue: [],
            successes: 0, failures: 0, committedSteps: 0, recordingBytes: 0, freeBytes: 0,
            malformedMessages: 0)), at: seconds(time))
    }

    mutating func assign(_ cause: HandoverCause = .requestServed) {
      let description = RobotDescription(
        profile: "bench-arm", isSimulated: true, rate: 10, joints: [], cameras: [],
        limits: ActionLimits(
          linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 2, angularAcceleration: 6),
        task: task.description)
      _ = machine.handle(.assigned("r", cause, description), at: seconds(time))
      step = 0
    }

    /// A robot sees the scene again, a tenth of a second later; what the operator orders.
    mutating func see(
      _ robot: RobotID = "r", task uncertainty: Double = 0, policy: Double = 0, episode: UInt32 = 1
    ) -> [OperatorOrder] {
      time += 0.1
      step += 1
      var layout = task.layout(seed: 3)
      if let lowered { layout[lowered]?.position.z = -0.4 }
      if let placed {
        layout[placed.name] = Pose(position: placed.position, orientation: .identity)
      }
      var progress = task.progress(in: SceneState(objects: layout, touched: []), after: [])
      progress.completed = completed
      if lowered != nil {
        progress.available = progress.available.filter { $0.name.hasPrefix(lowered ?? "") }
      }
      let observation = Observation(
        episode: EpisodeID(session: SessionID(1), ordinal: episode), step: step,
        reading: SensorReading(
          captureTime: WallTime(nanosecondsSinceEpoch: 0),
          proprioception: Proprioception(
            endEffectorPose: Pose(
              position: hand, orientation: Quaternion(w: 0, x: 0, y: 1, z: 0)),
            endEffectorTwist: .zero, gripperOpening: opening, jointPositions: [],
            jointVelocities: []),
          frames: [], progress: progress,
          simulatedState: SimulatedState(
            time: time, positions: [], velocities: [],
            objects: layout.sorted { $0.key < $1.key }.map {
              .init(name: $0.key, pose: $0.value)
            })))
      _ = machine.handle(
        .heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)), at: seconds(time))
      let said = machine.handle(
        .observation(
          robot, observation, Uncertainty(task: uncertainty, policy: policy)), at: seconds(time))
      return (said + tick()).compactMap {
        if case .order(let order, _) = $0 { order } else { nil }
      }
    }

    mutating func tick() -> [ConsoleToCoordinator] {
      machine.tick(at: seconds(time), wall: WallTime(nanosecondsSinceEpoch: 0))
    }

    /// Sees until the operator drives; what is ordered then.
    mutating func react(
      task: Double = 0.5, policy: Double = 0, episode: UInt32 = 1
    ) -> [OperatorOrder] {
      for _ in 0..<20 {
        let orders = see(task: task, policy: policy, episode: episode)
        if !orders.isEmpty { return orders }
      }
      return []
    }
  }

  private func moves(_ orders: [OperatorOrder]) -> Bool? {
    for case .drive(_, let action, _) in orders { return action != .hold }
    return nil
  }

  private func steady(_ parameters: inout OperatorModelParameters) {
    parameters.skill.hesitationInterval = 0
  }

  @Test func `a nudge ends in rest when the policy is sure, and continues when it is not`() {
    var stage = Stage(.nudge, change: steady)
    stage.publish(["r": .taskUncertainty(0.5)])
    stage.assign()
    let first = stage.react()
    #expect(
      first.contains {
        if case .chooseSubtasks("r", let names) = $0 { names.count == 1 } else { false }
      })
    #expect(moves(first) == true)
    // Sure already, but a nudge is some steps long.
    #expect((0..<2).map { _ in moves(stage.see()) } == [true, true])
    #expect(moves(stage.see()) == false)
    // Unsure again: the operator rests for a while, then continues.
    let answers = (0..<8).map { _ in moves(stage.see(task: 0.5)) }
    #expect(answers.first == false && answers.last == true, "\(answers)")
  }

  @Test func `a robot that the policy does not take, though it is sure, is handed back`() {
    var stage = Stage(.nudge, change: steady)
    stage.publish(["r": .taskUncertainty(0.5)])
    stage.assign()
    _ = stage.react()
    var all: [OperatorOrder] = []
    for _ in 0..<16 where !all.contains(.handBack("r")) { all += stage.see() }
    #expect(all.last == .handBack("r"))
    #expect(stage.see() == [])
  }

  @Test(arguments: [OperatorGuidance.drive, .nudge, .name, .order, .noticing])
  func `a robot that is lost is driven to the end of a subtask`(guidance: OperatorGuidance) {
    var stage = Stage(guidance, change: steady)
    stage.publish(["r": .policyUncertainty(0.5)])
    stage.assign()
    #expect(moves(stage.react(task: 0, policy: 0.5)) == true)
    #expect((0..<10).allSatisfy { _ in moves(stage.see()) == true })
    stage.completed = ["red-left"]
    #expect(stage.see() == [.handBack("r")])
  }

  @Test(arguments: [OperatorHandBack.endOfSubtask, .onItsWay])
  func `a robot that has what it was lost at in its hand is handed back when the policy is sure`(
    handBack: OperatorHandBack
  ) {
    var stage = Stage(.order) { parameters in
      steady(&parameters)
      parameters.handBack = handBack
    }
    stage.publish(["r": .noProgress(4)])
    stage.assign()
    guard case .chooseSubtasks("r", let names) = stage.react(task: 0).first, let name = names.first
    else {
      Issue.record("no subtask named")
      return
    }
    let block = String(name.name.prefix { $0 != "-" })
    func put(_ height: Double, opening: Double = 1) {
      stage.placed = (block, Vector3(0.4, 0.1, max(height, 0.021)))
      stage.opening = opening
    }
    // Above the block, down to it, and closed about it.
    put(0)
    stage.hand = Vector3(0.4, 0.1, 0.12)
    for _ in 0..<3 { #expect(moves(stage.see()) == true) }
    stage.hand = Vector3(0.4, 0.1, 0.021)
    for _ in 0..<9 { #expect(moves(stage.see()) == true) }
    // Lifted, but the policy is not sure of it yet.
    put(0.12, opening: 0.5)
    stage.hand = Vector3(0.4, 0.1, 0.12)
    for _ in 0..<3 { #expect(moves(stage.see(policy: 0.5)) == true) }
    #expect(stage.see().contains(.handBack("r")) == (handBack == .onItsWay))
  }

  @Test func `a named subtask takes a choice, and the robot back at once`() {
    var stage = Stage(.name, change: steady)
    stage.publish(["r": .taskUncertainty(0.5)])
    stage.assign()
    let began = stage.time
    let orders = stage.react()
    guard case .chooseSubtasks("r", let names) = orders.first, names.count == 1 else {
      Issue.record("no subtask named: \(orders)")
      return
    }
    #expect(orders == [.chooseSubtasks("r", names), .handBack("r")])
    // Reaction of 0.4 to 0.8 s, and the choice.
    #expect((0.8...1.4).contains(stage.time - began), "\(stage.time - began)")
    // Asked again for the same at once: the name was no help.
    _ = stage.machine.handle(.unassigned("r", .handedBack), at: seconds(stage.time))
    stage.publish(["r": .taskUncertainty(0.5)])
    stage.assign()
    let again = stage.react()
    #expect(again.first == .chooseSubtasks("r", names) && moves(again) == true)
  }

  @Test func `an order names all subtasks in a breath, and what is left of it when asked again`() {
    var stage = Stage(.order, change: steady)
    stage.publish(["r": .taskUncertainty(0.5)])
    stage.assign()
    let began = stage.time
    let orders = stage.react()
    guard case .chooseSubtasks("r", let names) = orders.first else {
      Issue.record("no subtask named: \(orders)")
      return
    }
    #expect(names.count == 3 && Set(names.map { $0.name.prefix(3) }).count == 3, "\(names)")
    for count in 0..<3 {
      #expect(stage.task.available(after: Array(names[..<count])).contains(names[count]))
    }
    #expect(orders == [.chooseSubtasks("r", names), .handBack("r")])
    // Reaction of 0.4 to 0.8 s, the choice, and two that follow.
    #expect((1.4...2).contains(stage.time - began), "\(stage.time - began)")
    // Lost on its way to the second: driven to its end, and then the rest as it was named.
    _ = stage.machine.handle(.unassigned("r", .handedBack), at: seconds(stage.time))
    stage.time += 10
    stage.completed = [names[0]]
    stage.publish(["r": .policyUncertainty(0.5)])
    stage.assign()
    #expect(stage.react(task: 0, policy: 0.5).first == .chooseSubtasks("r", Array(names[1...])))
    stage.completed = Array(names[..<2])
    #expect(stage.see() == [.handBack("r")])
    _ = stage.machine.handle(.unassigned("r", .handedBack), at: seconds(stage.time))
    // Asked again much later: the last one is named again.
    stage.time += 10
    stage.publish(["r": .taskUncertainty(0.5)])
    stage.assign()
    #expect(
      stage.react() == [.chooseSubtasks("r", [names[2]]), .handBack("r")])
  }

  @Test func `an operator does what the screen says that a robot was told`() {
    for reason in [HelpReason.policyUncertainty(0.5), .taskUncertainty(0.5)] {
      var stage = Stage(.order, change: steady)
      let plan: [SubtaskName] = ["blue-right", "red-left", "green-right"]
      stage.told = plan
      stage.publish(["r": reason])
      stage.assign()
      #expect(stage.react().first == .chooseSubtasks("r", plan), "\(reason)")
    }
  }

  @Test func `what a robot was told in another episode is nothing to go by`() {
    var stage = Stage(.order, change: steady)
    let plan: [SubtaskName] = ["blue-right", "red-left", "green-right"]
    stage.told = plan
    stage.publish(["r": .policyUncertainty(0.5)])
    stage.assign()
    guard case .chooseSubtasks("r", let names) = stage.react(episode: 2).first else {
      Issue.record("no subtask named")
      return
    }
    #expect(names != plan)
  }

  @Test func `in another episode a subtask is named again`() {
    var stage = Stage(.name, change: steady)
    for episode in [1, 2] as [UInt32] {
      stage.publish(["r": .taskUncertainty(0.5)], episode: episode)
      stage.assign()
      var orders: [OperatorOrder] = []
      for _ in 0..<20 where orders.isEmpty { orders = stage.see(task: 0.5, episode: episode) }
      #expect(orders.last == .handBack("r"), "episode \(episode): \(orders)")
      _ = stage.machine.handle(.unassigned("r", .handedBack), at: seconds(stage.time))
    }
  }

  @Test func `what lies out of reach is given up`() {
    var stage = Stage(.drive)
    stage.publish(["r": .policyUncertainty(0.5)])
    stage.assign()
    stage.lowered = "red"
    #expect(stage.react(policy: 0.5) == [.mark("r", .failure)])
  }

  @Test func `glances go from robot to robot`() {
    var stage = Stage(.noticing)
    stage.publish(["a": nil, "b": nil, "c": .taskUncertainty(1)])
    var watched: [[RobotID]] = []
    for _ in 0..<35 {
      _ = stage.machine.handle(
        .heartbeatReply(sentTime: WallTime(nanosecondsSinceEpoch: 0)), at: seconds(stage.time))
      for case .watch(let robots) in stage.tick() { watched.append(robots) }
      stage.time += 0.1
    }
    #expect(watched == [["a"], ["b"], ["a"], ["b"]])
  }

  @Test func `a robot without progress is taken over after a while, one with progress is not`() {
    var stage = Stage(.noticing)
    stage.publish(["r": nil])
    _ = stage.tick()
    for tenth in 0..<300 {
      if tenth == 100 { stage.completed = ["red-left"] }
      let orders = stage.see().filter { $0 != .takeNext }
      if orders.isEmpty { continue }
      #expect(orders == [.takeOver("r")])
      // 14 s after the progress that was made at 10 s.
      #expect((238...245).contains(tenth), "\(tenth)")
      stage.assign(.operatorTookOver)
      #expect(moves(stage.react(task: 0)) == true)
      return
    }
    Issue.record("not noticed")
  }
}

// Aim: the modelled operator keeps to the operator's protocol: one robot at a time, each
// observation answered once, nothing for a robot it does not hold. Method: dialogues.
import OperatorModel
import RobotData
import SimulatedTasks
import Testing
import Wire

private func seconds(_ time: Double) -> FleetInstant {
  FleetInstant(nanoseconds: Int64(time * 1e9) + 1_000_000_000)
}

extension [ConsoleToCoordinator] {
  fileprivate var orders: [OperatorOrder] {
    compactMap { if case .order(let order, _) = $0 { order } else { nil } }
  }
  fileprivate var drives: [Int?] {
    orders.compactMap { order -> Int?? in
      if case .drive(_, _, let step) = order { .some(step) } else { nil }
    }
  }
}

@Suite struct OperatorModelMachineTests {
  let task = StackTask()
  let wall = WallTime(nanosecondsSinceEpoch: 0)

  private func description(_ name: TaskName = "stack") -> RobotDescription {
    RobotDescription(
      profile: "bench-arm", isSimulated: true, rate: 10, joints: [], cameras: [],
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 2, angularAcceleration: 6),
      task: task.description)
  }

  private func observation(_ step: Int, isSuccess: Bool = false) -> Observation {
    let layout = task.layout(seed: 3)
    let scene = SceneState(objects: layout, touched: [])
    var progress = task.progress(in: scene, after: [])
    progress.isSuccess = isSuccess
    return Observation(
      episode: EpisodeID(session: SessionID(1), ordinal: 1), step: step,
      reading: SensorReading(
        captureTime: wall,
        proprioception: Proprioception(
          endEffectorPose: Pose(
            position: Vector3(0.45, 0, 0.2), orientation: Quaternion(w: 0, x: 0, y: 1, z: 0)),
          endEffectorTwist: .zero, gripperOpening: 1, jointPositions: [], jointVelocities: []),
        frames: [], progress: progress,
        simulatedState: SimulatedState(
          time: Double(step) / 10, positions: [], velocities: [],
          objects: layout.sorted { $0.key < $1.key }.map { .init(name: $0.key, pose: $0.value) })))
  }

  private func joined(lockstep: Bool = true) -> OperatorModelMachine {
    var machine = OperatorModelMachine(
      name: "model", instance: 1, parameters: OperatorModelParameters(seed: 1))
    #expect(machine.tick(at: seconds(0), wall: wall).count == 1)
    _ = machine.handle(.welcome(session: SessionID(1), lockstep: lockstep), at: seconds(0))
    return machine
  }

  @Test func `it asks for a robot while it has none, and not while it has one`() {
    var machine = joined()
    #expect(machine.tick(at: seconds(0.1), wall: wall).orders == [.takeNext])
    _ = machine.handle(.assigned("r", .requestServed, description()), at: seconds(0.1))
    for tenth in 2..<12 {
      _ = machine.handle(.heartbeatReply(sentTime: wall), at: seconds(Double(tenth) / 10))
      #expect(machine.tick(at: seconds(Double(tenth) / 10), wall: wall).orders == [])
    }
  }

  @Test func `it answers each observation of its robot once, and no other robot's`() {
    var machine = joined()
    _ = machine.handle(.assigned("r", .requestServed, description()), at: seconds(0))
    #expect(machine.handle(.observation("other", observation(4), nil), at: seconds(0)) == [])
    let said = machine.handle(.observation("r", observation(5), nil), at: seconds(0))
    #expect(said.drives == [5])
    #expect(
      said.orders.contains {
        if case .chooseSubtasks("r", let names) = $0 { names.count == 1 } else { false }
      })
    #expect(machine.tick(at: seconds(0.1), wall: wall).drives == [])
    _ = machine.handle(.unassigned("r", .emergencyStop), at: seconds(0.1))
    #expect(machine.handle(.observation("r", observation(6), nil), at: seconds(0.1)) == [])
  }

  @Test func `it needs a moment to react, then answers the newest observation`() {
    var machine = joined(lockstep: false)
    _ = machine.handle(.assigned("r", .requestServed, description()), at: seconds(0))
    for step in 0..<3 {
      let said = machine.handle(
        .observation("r", observation(step), nil), at: seconds(Double(step) / 10))
      #expect(said == [])
    }
    _ = machine.handle(.heartbeatReply(sentTime: wall), at: seconds(0.9))
    #expect(machine.tick(at: seconds(0.9), wall: wall).drives == [2])
  }

  @Test func `it marks success when the robot says so, and failure when patience is over`() {
    var machine = joined()
    _ = machine.handle(.assigned("r", .requestServed, description()), at: seconds(0))
    let done = machine.handle(
      .observation("r", observation(0, isSuccess: true), nil), at: seconds(0))
    #expect(done.orders == [.mark("r", .success)])
    #expect(machine.handle(.observation("r", observation(1), nil), at: seconds(0)) == [])

    var parameters = OperatorModelParameters(seed: 1)
    parameters.patience = 3
    var impatient = OperatorModelMachine(name: "model", instance: 1, parameters: parameters)
    _ = impatient.handle(.welcome(session: SessionID(1), lockstep: true), at: seconds(0))
    _ = impatient.handle(.assigned("r", .requestServed, description()), at: seconds(0))
    var orders: [OperatorOrder] = []
    for step in 0..<6 {
      orders +=
        impatient.handle(
          .observation("r", observation(step), nil), at: seconds(0)
        ).orders
    }
    #expect(orders.last == .mark("r", .failure))
    #expect(impatient.counters.failures == 1)
  }

  @Test func `it joins anew when the coordinator says goodbye or nothing`() {
    var machine = joined()
    _ = machine.handle(.goodbye, at: seconds(1))
    #expect(machine.tick(at: seconds(1), wall: wall).count == 1)
    var silent = joined()
    let said = silent.tick(at: seconds(2), wall: wall)
    guard case .hello = said.first else {
      Issue.record("no hello after silence: \(said)")
      return
    }
  }

  @Test func `a refusal ends the dialogue with its reason`() {
    var machine = joined()
    _ = machine.handle(.refused(reason: "name taken"), at: seconds(0))
    #expect(machine.ending == "name taken")
  }
}

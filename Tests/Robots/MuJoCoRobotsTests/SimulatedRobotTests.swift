// Aim: the simulated robot is a robot: limited, honest about its task, the same for the same seed,
// and never silent about a fault. Method: real physics and real pictures.
import Foundation
import MallardTesting
import MuJoCoRobots
import RobotData
import RobotProfiles
import ScriptedExpert
import Testing

@Suite struct SimulatedRobotTests {
  @Test(arguments: ["stack", "kitchen-table"])
  func `the scripted expert solves nearly every scene`(task: String) throws {
    let robot = try makeRobot("bench-arm", task: task, rendersCameras: false)
    let seeds = Array(100..<120 as Range<UInt64>)
    let results = try seeds.map { ($0, try runEpisode(robot, seed: $0)) }
    let failed = results.filter { !$0.1.isSuccess }.map(\.0)
    #expect(failed.count <= 1, "failed with seeds \(failed)")
    let lengths = results.map(\.1.steps)
    #expect(lengths.allSatisfy { (100...600).contains($0) }, "\(lengths)")
  }

  @Test func `blocks are stacked by who takes them however they are turned`() throws {
    let robot = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
    // How far the fingers' axis is from the block's sides when they close, rad, 0 to π/4.
    var turns: [Double] = []
    var wasOpen = true
    let done = try (1...4).filter { seed in
      try runEpisode(robot, seed: UInt64(seed), skill: .play) { reading, action in
        defer { wasOpen = action.gripper != .close }
        guard wasOpen, action.gripper == .close, let state = reading.simulatedState else { return }
        let hand = reading.proprioception.endEffectorPose
        let nearest = state.objects.filter { ["red", "green", "blue"].contains($0.name) }
          .min {
            ($0.pose.position - hand.position).length < ($1.pose.position - hand.position).length
          }
        guard let nearest else { return }
        let turn = yaw(nearest.pose.orientation) - yaw(hand.orientation)
        turns.append(abs(turn - (turn / (.pi / 2)).rounded() * .pi / 2))
      }.isSuccess
    }
    #expect(done.count == 4, "only \(done) succeeded")
    #expect(turns.count >= 12 && turns.filter { $0 > 0.3 }.count >= 3, "\(turns)")
  }

  @Test func `the same seed and actions give the same state, bit for bit`() throws {
    var states: [SimulatedState?] = []
    for _ in 0..<2 {
      let robot = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
      states.append(try runEpisode(robot, seed: 5, stepLimit: 60).last?.simulatedState)
    }
    #expect(states[0] != nil && states[0] == states[1])
  }

  @Test(arguments: 0..<5)
  func `no action drives the arm beyond its limits`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let robot = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
    let limits = robot.description.limits
    try robot.reset(seed: seed)
    var before = Twist.zero
    for step in 0..<120 {
      // Long pushes into one corner, far faster than allowed.
      var action = random.action()
      action.twist.linear = random.vector() * 10
      for _ in 0..<3 {
        let executed = try robot.apply(action)
        #expect(executed.twist.linear.length <= limits.linearSpeed + 1e-9, "\(seed) \(step)")
        let change = (executed.twist.linear - before.linear).length
        // Braking at the edge of the workspace is allowed to be harder.
        #expect(change <= limits.linearSpeed * 2, "\(seed) \(step)")
        before = executed.twist
      }
      let pose = try robot.observe().proprioception.endEffectorPose.position
      #expect((0.18...0.72).contains(pose.x) && (-0.44...0.44).contains(pose.y), "\(seed): \(pose)")
      // At its joints' limits the arm follows a wish only roughly; the table stops it.
      #expect((-0.02...0.49).contains(pose.z), "\(seed) \(step): \(pose)")
    }
  }

  @Test func `an action that is no number is refused and moves nothing`() throws {
    let robot = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
    try robot.reset(seed: 1)
    let before = try robot.observe().simulatedState
    let wild = Action(twist: Twist(linear: Vector3(.nan, 0, 0), angular: .zero), gripper: .open)
    #expect(throws: SimulationError.self) { try robot.apply(wild) }
    #expect(try robot.observe().simulatedState == before)
  }

  @Test func `two cameras see different things, and motion`() throws {
    let robot = try makeRobot("bench-arm", task: "kitchen-table", rendersCameras: true)
    try robot.reset(seed: 1)
    let first = try robot.observe().frames
    #expect(first.map(\.camera) == ["scene", "wrist"])
    for frame in first {
      #expect(frame.size == ImageSize(width: 96, height: 96) && Set(frame.bytes).count > 30)
    }
    #expect(first[0].bytes != first[1].bytes)
    for _ in 0..<5 {
      _ = try robot.apply(
        Action(twist: Twist(linear: Vector3(0, 0.2, 0), angular: .zero), gripper: .hold))
    }
    let second = try robot.observe().frames
    #expect(second[0].bytes != first[0].bytes && second[1].bytes != first[1].bytes)
  }

  @Test func `a state can be restored, and another scene's is refused`() throws {
    let robot = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
    let middle = try #require(
      try runEpisode(robot, seed: 7, stepLimit: 90).last?.simulatedState)
    let other = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
    try other.reset(seed: 8)
    try other.restore(middle)
    #expect(try other.observe().simulatedState?.positions == middle.positions)
    let kitchen = try makeRobot("bench-arm", task: "kitchen-table", rendersCameras: false)
    try kitchen.reset(seed: 1)
    #expect(throws: SimulationError.self) { try kitchen.restore(middle) }
  }

  @Test func `a camera or scene that is not there is named`() throws {
    var profile = try RobotProfile.named("bench-arm", in: robotsFolder)
    profile.cameras[1].name = "ceiling"
    let error = #expect(throws: SimulationError.self) {
      try SimulatedRobot(profile: profile, task: "stack")
    }
    #expect(error?.description.contains("camera \"ceiling\"") == true)
    #expect(throws: ProfileError.self) {
      try SimulatedRobot(profile: profile, task: "juggle")
    }
  }
}

/// How far the first axis is turned about the vertical, rad.
private func yaw(_ q: Quaternion) -> Double {
  atan2(2 * (q.w * q.z + q.x * q.y), 1 - 2 * (q.y * q.y + q.z * q.z))
}

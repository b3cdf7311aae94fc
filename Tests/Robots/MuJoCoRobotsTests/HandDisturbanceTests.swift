// Aim: a disturbed hand goes elsewhere than it was told, by as much as was asked for, and what is told and
// recorded is what was commanded. Method: statistics of the disturbance alone; real physics.
import MuJoCoRobots
import RobotData
import RobotProfiles
import Testing

@Suite struct HandDisturbanceTests {
  @Test func `the drift is as strong as wished, and pushes come now and then`() {
    var disturbance = HandDisturbance(strength: 0.03, seed: 1)
    let velocities = (0..<50_000).map { _ in disturbance.next(for: 0.1) }
    // Upward a push is half as fast at most, so that nearly all of this axis is drift.
    let upward = velocities.map(\.z).sorted()
    let middle = upward[50_000 * 84 / 100] - upward[50_000 * 16 / 100]
    #expect((0.056...0.072).contains(middle), "one deviation to both sides: \(middle)")
    let mean = velocities.reduce(Vector3.zero, +) * (1.0 / 50_000)
    #expect(mean.length < 0.004)
    // Faster than three deviations of the drift along an axis.
    let fast = velocities.filter { abs($0.x) > 0.1 }.count
    #expect((200...3_500).contains(fast), "\(fast)")
  }

  @Test func `the same seed gives the same disturbance, another one another`() {
    func first(_ seed: UInt64) -> [Vector3] {
      var disturbance = HandDisturbance(strength: 0.02, seed: seed)
      return (0..<20).map { _ in disturbance.next(for: 0.1) }
    }
    #expect(first(3) == first(3))
    #expect(first(3) != first(4))
  }

  @Test func `a hand that is told to rest is moved, and says that it rested`() throws {
    let profile = try RobotProfile.named("bench-arm", in: robotsFolder)
    let robot = try SimulatedRobot(
      profile: profile, task: "stack", rendersCameras: false, disturbance: 0.03)
    func travel(_ seed: UInt64) throws -> [Vector3] {
      try robot.reset(seed: seed)
      return try (0..<40).map { _ in
        #expect(try robot.apply(.hold).twist == .zero)
        return try robot.observe().proprioception.endEffectorPose.position
      }
    }
    let path = try travel(1)
    let farthest = path.map { ($0 - path[0]).length }.max() ?? 0
    #expect((0.01...0.3).contains(farthest), "\(farthest)")
    #expect(try travel(1) == path, "the same scene, the same disturbance")
    #expect(try travel(2) != path)
  }

  @Test func `an undisturbed hand stays`() throws {
    let robot = try makeRobot("bench-arm", task: "stack", rendersCameras: false)
    try robot.reset(seed: 1)
    let before = try robot.observe().proprioception.endEffectorPose.position
    for _ in 0..<20 { _ = try robot.apply(.hold) }
    let after = try robot.observe().proprioception.endEffectorPose.position
    #expect((after - before).length < 0.003)
  }

  @Test func `the scripted expert answers a disturbance`() throws {
    let profile = try RobotProfile.named("bench-arm", in: robotsFolder)
    let robot = try SimulatedRobot(
      profile: profile, task: "stack", rendersCameras: false, disturbance: 0.02)
    let results = try (200..<210 as Range<UInt64>).map { seed in
      try runEpisode(robot, seed: seed, stepLimit: 1_000)
    }
    #expect(results.filter(\.isSuccess).count >= 7, "\(results.map(\.steps))")
  }
}

// Aim: a fleet with a policy refuses robots that it cannot drive, counts answers that come late, and
// lets robots hold when the policy cannot keep up. Method: a real coordinator over real sockets, a
// policy as slow as the test says, and a robot that is a socket.
import Coordinator
import Fleet
import Foundation
import MallardTesting
import Policy
import RobotData
import Synchronization
import Testing
import Wire
import ZeroMQ

/// Takes its time, then drives along x; some robots it cannot drive.
private struct SlowPolicy: AssistivePolicy {
  let name = "slow"
  let milliseconds: UInt32
  var failure: String?

  func decide(_ questions: [PolicyQuestion]) -> [Result<PolicyDecision, PolicyFailure>] {
    usleep(1_000 * milliseconds)
    return questions.map { _ in
      if let failure { return .failure(PolicyFailure(failure)) }
      return .success(
        PolicyDecision(
          action: Action(
            twist: Twist(linear: Vector3(0.1, 0, 0), angular: .zero), gripper: .hold),
          uncertainty: Uncertainty(task: 0, policy: 0), subgoal: nil))
    }
  }

  func refusal(of robot: RobotDescription) -> String? {
    robot.rate == 10 ? nil : "the robot runs at \(robot.rate) Hz"
  }

  func reset(_ robot: RobotID) {}
}

/// What the coordinator's thread writes down.
private final class Diary: Sendable {
  let news = Mutex<[String]>([])
  let result = Mutex<CoordinatorResult?>(nil)
  let ended = DispatchSemaphore(value: 0)
}

/// A coordinator in a thread of its own, and a robot's side of the link.
private final class AssistedFleet {
  private let diary = Diary()
  private let stopping: Mailbox<Void>
  private let folder: String
  private let context: Context
  private let robot: Socket

  init(_ policy: some AssistivePolicy) throws {
    folder = NSTemporaryDirectory() + "mallard-assisted-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    context = try Context()
    stopping = try Mailbox<Void>()
    var configuration = CoordinatorConfiguration(
      recordingPath: folder + "/r.sqlite",
      fleet: FleetConfiguration(session: SessionID(3), seed: 1), software: "test")
    configuration.address = "inproc://assisted-\(UInt64.random(in: 0 ... .max))"
    configuration.telemetryAddress = nil
    let coordinator = try Coordinator(
      configuration, policy: policy, context: context, stopping: stopping
    ) { [diary] told in diary.news.withLock { $0.append("\(told)") } }
    var options = SocketOptions()
    options.receiveTimeout = .seconds(10)
    options.linger = .zero
    robot = try Socket(.dealer, in: context, options: options)
    _ = try robot.connect(configuration.address)
    // It belongs to the thread that runs it, from here on.
    nonisolated(unsafe) let handed = coordinator
    Thread { [diary] in
      let done = try? handed.run()
      diary.result.withLock { $0 = done }
      diary.ended.signal()
    }.start()
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func say(_ message: RobotToCoordinator) throws { try robot.send(message.frames()) }

  /// The next message that is no heartbeat and no acknowledgement.
  func hear() throws -> CoordinatorToRobot {
    while true {
      let heard = try CoordinatorToRobot(frames: robot.receive().parts)
      switch heard {
      case .heartbeatReply, .acknowledge: continue
      default: return heard
      }
    }
  }

  /// The command that answers a step.
  func command(answering step: Int) throws -> Command {
    while true {
      if case .command(let command) = try hear(), command.respondsTo == step { return command }
    }
  }

  var news: [String] { diary.news.withLock { $0 } }

  func end() throws -> CoordinatorResult {
    stopping.post(())
    #expect(diary.ended.wait(timeout: .now() + 20) == .success)
    return try #require(diary.result.withLock { $0 })
  }
}

@Suite(.serialized) struct AssistedCoordinatorTests {
  private let manifest = SmallPolicy.manifest()

  private func observation(_ episode: EpisodeID, _ step: Int) throws -> RobotToCoordinator {
    var random = SeededGenerator(seed: UInt64(step))
    var reading = try SmallPolicy.reading(for: manifest, using: &random)
    let now = WallTime(nanosecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1e9))
    reading.captureTime = now
    return .observation(
      Observation(episode: episode, step: step, reading: reading), sentTime: now)
  }

  private func begin(_ fleet: AssistedFleet) throws -> EpisodeID {
    try fleet.say(
      .hello(
        robot: "r", instance: 1, try SmallPolicy.robot(for: manifest), episode: nil, nextStep: 0))
    guard case .welcome = try fleet.hear() else { throw CancellationError() }
    try fleet.say(.ready)
    guard case .startEpisode(let episode, _) = try fleet.hear() else { throw CancellationError() }
    return episode
  }

  @Test func `a robot that the policy cannot drive is refused with the reason`() throws {
    let fleet = try AssistedFleet(SlowPolicy(milliseconds: 0))
    var description = try SmallPolicy.robot(for: manifest)
    description.rate = 20
    try fleet.say(.hello(robot: "r", instance: 1, description, episode: nil, nextStep: 0))
    guard case .refused(let reason) = try fleet.hear() else {
      Issue.record("the robot was not refused")
      return
    }
    #expect(reason == "the robot runs at 20.0 Hz")
    let result = try fleet.end()
    #expect(result.begunEpisodes == 0)
    #expect(fleet.news.contains("r was not let in: \(reason)"))
  }

  @Test func `a policy in time drives, and none of its answers counts as late`() throws {
    let fleet = try AssistedFleet(SlowPolicy(milliseconds: 1))
    let episode = try begin(fleet)
    for step in 0..<5 {
      try fleet.say(try observation(episode, step))
      let command = try fleet.command(answering: step)
      #expect(command.action.twist.linear.x == 0.1 && command.annotation.author == .policy)
    }
    let timing = try #require(try fleet.end().policyTiming)
    #expect(timing.answers == 5 && timing.slowest >= .milliseconds(1))
    #expect(timing.total >= .milliseconds(5))
  }

  @Test func `a policy that cannot keep up lets its robot hold, and then ask for a person`() throws
  {
    // The robot's period is 100 ms, answers are thrown away after 500 ms.
    let fleet = try AssistedFleet(SlowPolicy(milliseconds: 650))
    let episode = try begin(fleet)
    for step in 0..<3 {
      try fleet.say(try observation(episode, step))
      let command = try fleet.command(answering: step)
      #expect(command.action == .hold && command.annotation.author == .hold, "step \(step)")
      let isCalled = fleet.news.contains { $0.contains("policyFailed") }
      #expect(isCalled == (step == 2), "the third owed answer calls a person: \(fleet.news)")
    }
    let timing = try #require(try fleet.end().policyTiming)
    #expect(timing.late >= 2 && timing.late == timing.answers, "\(timing)")
    #expect(timing.slowest >= .milliseconds(650))
  }

  @Test func `a policy that fails is named once, and its robot waits`() throws {
    let fleet = try AssistedFleet(SlowPolicy(milliseconds: 0, failure: "no picture"))
    let episode = try begin(fleet)
    for _ in 0..<3 {
      try fleet.say(try observation(episode, 0))
      #expect(try fleet.command(answering: 0).action == .hold)
    }
    _ = try fleet.end()
    let told = fleet.news.filter { $0.contains("cannot decide: no picture") }
    #expect(told.count == 1)
  }
}

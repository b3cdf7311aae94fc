// Aim: what the robot's side promises whatever the coordinator does. Method: dialogues in virtual
// time, with a robot that does exactly as it is told.
import EndpointLogic
import RobotData
import Testing
import Wire

@Suite struct EndpointStateMachineTests {
  @Test func `says hello until someone answers, then that it is ready`() {
    var stage = EndpointStage()
    #expect(stage.settle().hellos == 1)
    #expect(stage.pass(.milliseconds(900)).hellos == 0)
    #expect(stage.pass(.milliseconds(200)).hellos == 1)
    let answer = stage.hear(.welcome(session: SessionID(3), lockstep: false))
    #expect(answer.contains(.ready))
    #expect(stage.pass(.seconds(1)).hellos == 0)
  }

  @Test func `a refusal ends the endpoint with the reason`() {
    var stage = EndpointStage()
    _ = stage.settle()
    _ = stage.hear(.refused(reason: "another robot is named r"))
    #expect(stage.machine.nextTask(at: stage.now) == .leave("another robot is named r"))
  }

  @Test func `a command that answers the observation is carried out at once`() {
    var stage = EndpointStage()
    #expect(stage.begin().observed == [0])
    _ = stage.pass(.milliseconds(20))
    let sent = stage.command(.move, step: 0)
    #expect(stage.carriedOut == [.move])
    #expect(sent.outcomes.map(\.annotation.author) == [.human("ann")])
    #expect(stage.pass(.milliseconds(70)).observed == [], "the next period begins on time")
    #expect(stage.pass(.milliseconds(10)).observed == [1])
  }

  @Test func `a command for another observation is used when half the period has passed`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: nil)
    #expect(stage.carriedOut == [])
    _ = stage.pass(.milliseconds(50))
    #expect(stage.carriedOut == [.move])
  }

  @Test func `when commands stop arriving the robot stops, and a standstill is one step`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: 0)
    let sent = stage.pass(.seconds(1))
    // Valid for 300 ms after its arrival: the periods that begin at 100 and 200 ms.
    #expect(stage.carriedOut.prefix(3) == [.move, .move, .move])
    #expect(stage.carriedOut.dropFirst(3).allSatisfy { $0 == .hold })
    #expect(sent.outcomes.map(\.executedAction) == [.move, .move, .hold])
    #expect(sent.outcomes.last?.annotation.author == .hold)
    #expect(sent.outcomes.last?.commandSequence == nil)
    #expect(Set(sent.observed.suffix(5)) == [4], "a waiting robot looks at the same step again")
    #expect(stage.machine.counters.missedCommands == 1)
  }

  @Test(arguments: [
    (step: 0, sequence: UInt64(1), other: false), (step: 1, sequence: UInt64(9), other: true),
  ])
  func `old commands and those of another episode are refused`(
    step: Int, sequence: UInt64, other: Bool
  ) {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.hold, step: 0, sequence: 5)
    let elsewhere = EpisodeID(session: SessionID(8), ordinal: 8)
    _ = stage.command(.move, step: step, in: other ? elsewhere : nil, sequence: sequence)
    _ = stage.pass(.milliseconds(200))
    #expect(!stage.carriedOut.contains(.move))
    #expect(stage.machine.counters.refusedCommands == 1)
  }

  @Test func `a command that is no number is refused`() {
    var stage = EndpointStage()
    _ = stage.begin()
    let wild = Action(
      twist: Twist(linear: Vector3(.nan, 0, 0), angular: .zero), gripper: .hold)
    _ = stage.command(wild, step: 0)
    _ = stage.pass(.milliseconds(100))
    #expect(stage.carriedOut == [.hold])
  }

  @Test func `a stopped robot moves for no one, and looks again when it is released`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.hear(.stop(reason: "emergency stop by ann"))
    #expect(stage.stops == 1)
    _ = stage.command(.move, step: 0)
    _ = stage.pass(.milliseconds(500))
    #expect(stage.carriedOut == [])
    let sent = stage.hear(.release)
    #expect(sent.observed == [0])
    _ = stage.pass(.milliseconds(200))
    #expect(!stage.carriedOut.contains(.move), "a command from before the release is void")
  }

  @Test func `a silent coordinator makes the robot hold and knock`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: 0)
    let sent = stage.pass(.seconds(3))
    #expect(stage.stops == 1)
    #expect(sent.hellos == 2)
    let observed = sent.observed.count
    #expect(observed < 17, "nothing is observed for a coordinator that is gone: \(observed)")
  }

  @Test func `every step is kept until it is acknowledged, and sent again whole`() {
    var stage = EndpointStage()
    _ = stage.begin()
    for step in 0..<3 {
      _ = stage.command(.move, step: step)
      _ = stage.pass(.milliseconds(100))
    }
    #expect(stage.machine.unacknowledgedSteps == 3)
    _ = stage.hear(.acknowledge(stage.episode, steps: 1))
    #expect(stage.machine.unacknowledgedSteps == 2)
    // The coordinator is killed; its successor knows nothing of the two.
    _ = stage.pass(.seconds(2))
    let sent = stage.hear(.welcome(session: SessionID(4), lockstep: false))
    #expect(sent.resent.contains(1) && sent.resent.contains(2) && !sent.resent.contains(0))
    let hello = stage.machine.nextStep
    #expect(hello == 6, "three driven steps, two more while the command was valid, one standstill")
    #expect(stage.machine.episode == stage.episode)
  }

  @Test func `an episode that ends is closed with its count, until that is acknowledged`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: 0)
    let sent = stage.hear(.endEpisode(stage.episode, .success))
    #expect(sent.contains(.episodeClosed(stage.episode, stepCount: 1)))
    #expect(sent.contains(.ready))
    #expect(stage.stops == 1)
    // Heartbeats keep the link alive; the closing was lost.
    var again: [RobotToCoordinator] = []
    for _ in 0..<3 {
      again += stage.pass(.seconds(1)) + stage.hear(.heartbeatReply(sentTime: stage.wall))
    }
    #expect(again.contains(.episodeClosed(stage.episode, stepCount: 1)))
    _ = stage.hear(.acknowledge(stage.episode, steps: 1))
    again = []
    for _ in 0..<3 {
      again += stage.pass(.seconds(1)) + stage.hear(.heartbeatReply(sentTime: stage.wall))
    }
    #expect(!again.contains(.episodeClosed(stage.episode, stepCount: 1)))
  }

  @Test func `the next episode begins with its own first observation`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: 0)
    _ = stage.hear(.endEpisode(stage.episode, .discarded))
    let next = EpisodeID(session: SessionID(3), ordinal: 2)
    let sent = stage.hear(.startEpisode(next, seed: 6))
    let first = sent.compactMap {
      if case .observation(let observation, _) = $0 { observation } else { nil }
    }
    #expect(first.map(\.episode) == [next] && first.map(\.step) == [0])
    _ = stage.pass(.milliseconds(200))
    #expect(stage.carriedOut.dropFirst().allSatisfy { $0 == .hold })
  }

  @Test
  func `a real robot's scene is laid out before it says ready, a simulated one with its seed`() {
    var real = EndpointStage(simulated: false)
    #expect(real.machine.nextTask(at: real.now) == .reset(seed: 9))
    _ = real.begin()
    #expect(real.machine.episode == real.episode)

    var simulated = EndpointStage()
    _ = simulated.settle()
    _ = simulated.machine.handle(
      .welcome(session: SessionID(3), lockstep: false), at: simulated.now)
    _ = simulated.machine.handle(.startEpisode(simulated.episode, seed: 5), at: simulated.now)
    #expect(simulated.machine.nextTask(at: simulated.now) == .reset(seed: 5))
  }

  @Test func `in lockstep the robot waits for the answer as long as the link lives`() {
    var stage = EndpointStage()
    _ = stage.begin(lockstep: true)
    for _ in 0..<4 {
      _ = stage.pass(.milliseconds(400))
      _ = stage.hear(.heartbeatReply(sentTime: stage.wall))
    }
    #expect(stage.carriedOut == [])
    let sent = stage.command(.move, step: 0)
    #expect(sent.outcomes.count == 1 && sent.observed == [1], "and continues without a pause")
  }

  @Test func `in lockstep an answer counts although a hold came after it`() {
    var stage = EndpointStage()
    _ = stage.begin(lockstep: true)
    // Both are there before the robot looks, as when an operator answers and hands back at once.
    for (number, step) in [(1, 0), (2, nil)] as [(UInt64, Int?)] {
      _ = stage.machine.handle(
        .command(
          Command(
            sequence: number, episode: stage.episode, respondsTo: step,
            validity: .milliseconds(300), action: step == nil ? .hold : .move,
            annotation: StepAnnotation(
              author: .human("ann"), cause: .requestServed, uncertainty: nil, subtask: nil))),
        at: stage.now)
    }
    let sent = stage.settle()
    #expect(stage.carriedOut == [.hold], "the newest command moves it")
    #expect(sent.outcomes.count == 1 && sent.observed == [1])
  }

  @Test func `in lockstep a robot looks again where observation or answer was lost`() {
    var stage = EndpointStage()
    #expect(stage.begin(lockstep: true).observed == [0])
    var sent: [RobotToCoordinator] = []
    for _ in 0..<5 {
      sent += stage.pass(.milliseconds(500))
      sent += stage.hear(.heartbeatReply(sentTime: stage.wall))
    }
    #expect(sent.observed == [0] && stage.carriedOut == [])
    #expect(stage.command(.move, step: 0).observed == [1])
  }

  @Test func `a fault is reported, stops the robot, and ends by a release`() {
    var stage = EndpointStage()
    _ = stage.begin()
    #expect(
      stage.machine.didFail("camera wrist is unplugged") == [
        .fault(message: "camera wrist is unplugged")
      ])
    _ = stage.pass(.milliseconds(300))
    #expect(stage.stops == 1 && stage.carriedOut == [])
    #expect(stage.hear(.release).observed == [0])
  }

  @Test func `a full spool makes the robot hold until something is acknowledged`() {
    var stage = EndpointStage { $0.spoolBytesLimit = 1_200 }
    _ = stage.begin()
    for step in 0..<6 {
      _ = stage.command(.move, step: step)
      _ = stage.pass(.milliseconds(100))
    }
    let held = stage.machine.unacknowledgedSteps
    #expect(held < 6 && held > 0)
    let sent = stage.hear(.acknowledge(stage.episode, steps: held))
    #expect(sent.observed == [held])
  }

  @Test func `an endpoint that is to end waits for its acknowledgements, but not for ever`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: 0)
    stage.machine.shutDown(because: "interrupted", at: stage.now)
    _ = stage.settle()
    #expect(stage.stops == 1)
    #expect(stage.machine.nextTask(at: stage.now) != .leave("interrupted"))
    var other = stage
    _ = stage.hear(.acknowledge(stage.episode, steps: 1))
    #expect(stage.machine.nextTask(at: stage.now) == .leave("interrupted"))
    for _ in 0..<4 {
      _ = other.pass(.milliseconds(800))
      _ = other.hear(.heartbeatReply(sentTime: other.wall))
    }
    #expect(other.machine.nextTask(at: other.now) == .leave("interrupted"))
  }

  @Test func `a loop that falls behind starts a new schedule instead of catching up`() {
    var stage = EndpointStage()
    _ = stage.begin()
    _ = stage.command(.move, step: 0)
    stage.now = stage.now + .milliseconds(450)
    let sent = stage.settle()
    #expect(sent.observed == [1])
    #expect(stage.command(.move, step: 1).outcomes.map(\.isLate) == [true])
    #expect(stage.settle().observed == [], "no burst of steps follows")
  }
}

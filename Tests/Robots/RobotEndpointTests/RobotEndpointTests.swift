// Aim: a robot's hardware faults reach the people, and stop that robot. Method: the real endpoint
// over real sockets, with a body whose camera is unplugged in mid-episode.
import Foundation
import RobotData
import RobotEndpoint
import Synchronization
import Testing
import Wire
import ZeroMQ

/// A body that does as it is told; after some looks its wrist camera gives nothing any more.
private final class BodyWithLooseCamera: RobotBody {
  let description: RobotDescription
  let stops: Mailbox<Void>
  private var looks = 0
  private let looksBeforeFault: Int

  init(looksBeforeFault: Int, stops: Mailbox<Void>) {
    self.looksBeforeFault = looksBeforeFault
    self.stops = stops
    description = RobotDescription(
      profile: "loose", isSimulated: true, rate: 50, joints: [],
      cameras: ["scene", "wrist"].map {
        CameraDescription(
          name: $0, size: ImageSize(width: 8, height: 8), encoding: .png, quality: 90)
      },
      limits: ActionLimits(
        linearSpeed: 1, angularSpeed: 1, linearAcceleration: 9, angularAcceleration: 9),
      task: TaskDescription(name: "none", instruction: "", subtasks: []))
  }

  func reset(seed: UInt64) {}

  func observe() throws -> SensorReading {
    looks += 1
    let names: [CameraName] = looks > looksBeforeFault ? ["scene"] : ["scene", "wrist"]
    return SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: Int64(looks)),
      proprioception: Proprioception(
        endEffectorPose: Pose(position: .zero, orientation: .identity), endEffectorTwist: .zero,
        gripperOpening: 1, jointPositions: [], jointVelocities: []),
      frames: try names.map {
        try CameraFrame(
          camera: $0, size: ImageSize(width: 8, height: 8), encoding: .rgb8,
          bytes: [UInt8](repeating: 7, count: 192))
      }, progress: nil, simulatedState: nil)
  }

  func apply(_ action: Action) -> Action { action }

  func stop() { stops.post(()) }
}

/// A body that knows whether it moves.
private final class MovingBody: RobotBody {
  let description = RobotDescription(
    profile: "moving", isSimulated: true, rate: 50, joints: [], cameras: [],
    limits: ActionLimits(
      linearSpeed: 1, angularSpeed: 1, linearAcceleration: 9, angularAcceleration: 9),
    task: TaskDescription(name: "none", instruction: "", subtasks: []))
  /// Whether it moves, after each change.
  let moves: Mailbox<Bool>
  private let objects: Int

  init(moves: Mailbox<Bool>, objects: Int = 0) {
    self.moves = moves
    self.objects = objects
  }

  func reset(seed: UInt64) {}

  func observe() -> SensorReading {
    let pose = Pose(position: .zero, orientation: .identity)
    return SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 1),
      proprioception: Proprioception(
        endEffectorPose: pose, endEffectorTwist: .zero, gripperOpening: 1, jointPositions: [],
        jointVelocities: []), frames: [], progress: nil,
      simulatedState: SimulatedState(
        time: 0, positions: [], velocities: [],
        objects: (0..<objects).map { .init(name: "object-\($0)", pose: pose) }))
  }

  func apply(_ action: Action) -> Action {
    moves.post(action.twist != .zero)
    return action
  }

  func stop() { moves.post(false) }
}

@Suite struct RobotEndpointTests {
  /// Runs an endpoint in a thread, and answers each observation by a motion, until `isOver` says so.
  private func drive(
    _ body: MovingBody, in context: Context, until isOver: (RobotToCoordinator) -> Bool
  ) throws -> (ended: DispatchSemaphore, stopping: Mailbox<String>) {
    var options = SocketOptions()
    options.receiveTimeout = .seconds(10)
    options.linger = .zero
    let router = try Socket(.router, in: context, options: options)
    let address = try router.bind("inproc://fleet-\(UInt64.random(in: 0 ... .max))")
    let stopping = try Mailbox<String>()
    let ended = DispatchSemaphore(value: 0)
    let endpoint = try RobotEndpoint(
      robot: "moving", body: body, address: address, context: context, stopping: stopping,
      news: { _ in })
    nonisolated(unsafe) let running = endpoint
    Thread {
      _ = try? running.run()
      ended.signal()
    }.start()
    var sequence: UInt64 = 0
    let episode = EpisodeID(session: SessionID(1), ordinal: 1)
    while true {
      let parts = try router.receive().parts
      guard case .robot(let heard) = try ToCoordinator(frames: Array(parts.dropFirst())) else {
        continue
      }
      if isOver(heard) { return (ended, stopping) }
      func answer(_ message: CoordinatorToRobot) throws {
        try router.send([parts[0]] + message.frames())
      }
      switch heard {
      case .hello: try answer(.welcome(session: SessionID(1), lockstep: false))
      case .ready: try answer(.startEpisode(episode, seed: 1))
      case .observation(let observation, _):
        sequence += 1
        let move = Action(
          twist: Twist(linear: Vector3(0.1, 0, 0), angular: .zero), gripper: .hold)
        try answer(
          .command(
            Command(
              sequence: sequence, episode: episode, respondsTo: observation.step,
              validity: .seconds(9), action: move,
              annotation: StepAnnotation(
                author: .human("ann"), cause: .requestServed, uncertainty: nil, subtask: nil))))
      default: break
      }
    }
  }

  @Test func `a moving body is stopped when the endpoint throws`() throws {
    let context = try Context()
    let moves = try Mailbox<Bool>()
    let driven = try drive(MovingBody(moves: moves), in: context) {
      if case .outcome(let outcome) = $0 { outcome.step == 3 } else { false }
    }
    #expect(moves.take().contains(true))
    // Every socket throws from now on.
    context.shutDown()
    #expect(driven.ended.wait(timeout: .now() + 10) == .success)
    #expect(moves.take().last == false)
  }

  @Test func `an observation that no message can carry is a fault, and no end`() throws {
    let context = try Context()
    let moves = try Mailbox<Bool>()
    var fault: String?
    let driven = try drive(MovingBody(moves: moves, objects: 20_000), in: context) {
      if case .fault(let message) = $0 { fault = message }
      return fault != nil
    }
    #expect(fault?.contains("cannot be sent") == true)
    driven.stopping.post("the test is over")
    #expect(driven.ended.wait(timeout: .now() + 10) == .success)
    #expect(moves.take().last == false)
  }

  @Test func `an unplugged camera is named, and stops the robot`() throws {
    let context = try Context()
    var options = SocketOptions()
    options.receiveTimeout = .seconds(10)
    options.linger = .zero
    let router = try Socket(.router, in: context, options: options)
    let address = try router.bind("inproc://fleet-\(UInt64.random(in: 0 ... .max))")
    let stopping = try Mailbox<String>()
    let stops = try Mailbox<Void>()
    let ended = DispatchSemaphore(value: 0)
    Thread {
      defer { ended.signal() }
      let endpoint = try? RobotEndpoint(
        robot: "loose", body: BodyWithLooseCamera(looksBeforeFault: 4, stops: stops),
        address: address, context: context, stopping: stopping, news: { _ in })
      _ = try? endpoint?.run()
    }.start()
    defer {
      stopping.post("the test is over")
      #expect(ended.wait(timeout: .now() + 10) == .success)
    }

    var fault: String?
    var encodings: Set<ImageEncoding> = []
    var sequence: UInt64 = 0
    let episode = EpisodeID(session: SessionID(1), ordinal: 1)
    while fault == nil {
      let parts = try router.receive().parts
      guard case .robot(let heard) = try ToCoordinator(frames: Array(parts.dropFirst())) else {
        continue
      }
      func answer(_ message: CoordinatorToRobot) throws {
        try router.send([parts[0]] + message.frames())
      }
      switch heard {
      case .hello: try answer(.welcome(session: SessionID(1), lockstep: false))
      case .ready: try answer(.startEpisode(episode, seed: 1))
      case .observation(let observation, _):
        encodings.formUnion(observation.reading.frames.map(\.encoding))
        sequence += 1
        try answer(
          .command(
            Command(
              sequence: sequence, episode: episode, respondsTo: observation.step,
              validity: .seconds(1), action: .hold,
              annotation: StepAnnotation(
                author: .human("ann"), cause: .requestServed, uncertainty: nil, subtask: nil))))
      case .fault(let message): fault = message
      default: break
      }
    }
    #expect(fault?.contains("wrist") == true && fault?.contains("unplugged") == true)
    #expect(encodings == [.png], "pictures are sent as the description says")
    #expect(!stops.take().isEmpty, "the body was stopped")
  }
}

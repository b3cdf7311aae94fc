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

@Suite struct RobotEndpointTests {
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

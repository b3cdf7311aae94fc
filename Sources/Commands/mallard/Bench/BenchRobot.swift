import Clocks
import CommandLineKit
import Foundation
import PlainErrors
import RobotData
import RobotEndpoint
import Synchronization
import ZeroMQ

/// A point that moves as it is told, with two cameras whose pictures change: a robot that costs
/// almost nothing, so that a bench measures everything else.
final class BenchRobotBody: RobotBody {
  let description: RobotDescription
  private var position = Vector3(0.4, 0, 0.2)
  private var velocity = Vector3(0, 0, 0)
  private var looks = 0

  /// A robot of `rate` Hz, and two cameras of `pixels` x `pixels`.
  init(rate: Double, pixels: Int) {
    let size = ImageSize(width: pixels, height: pixels)
    description = RobotDescription(
      profile: "bench-point", isSimulated: true, rate: rate, joints: ["x", "y", "z"],
      cameras: (["scene", "wrist"] as [CameraName]).map {
        CameraDescription(name: $0, size: size, encoding: .jpeg, quality: 90)
      },
      limits: ActionLimits(
        linearSpeed: 0.25, angularSpeed: 1, linearAcceleration: 1, angularAcceleration: 4),
      task: TaskDescription(name: "bench", instruction: "Move the point.", subtasks: ["move"]))
  }

  func reset(seed: UInt64) { position = Vector3(0.4, 0, 0.2) }

  func observe() throws -> SensorReading {
    looks += 1
    let frames = try description.cameras.enumerated().map { index, camera in
      try CameraFrame(
        camera: camera.name, size: camera.size, encoding: .rgb8,
        bytes: picture(camera.size, shift: looks * (index + 2)))
    }
    return SensorReading(
      captureTime: SystemClock.wall,
      proprioception: Proprioception(
        endEffectorPose: Pose(position: position, orientation: .identity),
        endEffectorTwist: Twist(linear: velocity, angular: .zero), gripperOpening: 1,
        jointPositions: [position.x, position.y, position.z],
        jointVelocities: [velocity.x, velocity.y, velocity.z]),
      frames: frames, progress: nil, simulatedState: nil)
  }

  /// Colours that wander, `[height, width, 3]`.
  private func picture(_ size: ImageSize, shift: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size.rgbBytes)
    for row in 0..<size.height {
      for column in 0..<size.width {
        let place = (row * size.width + column) * 3
        bytes[place] = UInt8(truncatingIfNeeded: 2 * column + shift)
        bytes[place + 1] = UInt8(truncatingIfNeeded: 2 * row)
        bytes[place + 2] = (row + shift) / 12 % 2 == column / 12 % 2 ? 200 : 40
      }
    }
    return bytes
  }

  func apply(_ action: Action) -> Action {
    velocity = action.twist.linear
    position = position + velocity * (1 / description.rate)
    return action
  }

  func stop() { velocity = Vector3(0, 0, 0) }
}

/// A command that arrived at a robot.
struct Arrival: Sendable {
  var at: FleetInstant
  var action: Action
}

/// Robots of a bench, each with its own socket and thread, that note when commands arrive.
final class BenchFleet: Sendable {
  private let arrived = Mutex<[Arrival]>([])
  private let running = DispatchGroup()
  private let stops = Mutex<[Mailbox<String>]>([])

  /// Starts `count` robots that connect to `address`.
  ///
  /// - Throws: `ZMQError`.
  func start(_ count: Int, rate: Double, pixels: Int, address: String) throws {
    for number in 1...count {
      let stopping = try Mailbox<String>()
      stops.withLock { $0.append(stopping) }
      let name = try RobotID("point-\(number)")
      running.enter()
      Thread { [self] in
        defer { running.leave() }
        do {
          let endpoint = try RobotEndpoint(
            robot: name, body: BenchRobotBody(rate: rate, pixels: pixels), address: address,
            context: try Context(), stopping: stopping
          ) { news in
            guard case .commanded(let command) = news, case .human = command.annotation.author
            else { return }
            let arrival = Arrival(at: SystemClock.now, action: command.action)
            self.arrived.withLock { $0.append(arrival) }
          }
          _ = try endpoint.run()
        } catch {
          Terminal.say("\(name): \(PlainError.sentence(error))")
        }
      }.start()
    }
  }

  /// The commands of people that arrived since the last call.
  func takeArrivals() -> [Arrival] {
    arrived.withLock { arrivals in
      defer { arrivals = [] }
      return arrivals
    }
  }

  /// Stops all robots and waits for them.
  func stop() {
    for stop in stops.withLock({ $0 }) { stop.post("the bench is over") }
    running.wait()
  }
}

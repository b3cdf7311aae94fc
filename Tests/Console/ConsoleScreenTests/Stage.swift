import ConsoleScreen
import Foundation
import RobotData
import Testing
import Wire

/// A console with a fleet in front of it, and hands for its keys; time passes only when told.
struct Stage {
  var machine: ConsoleMachine
  var now = FleetInstant.origin + .seconds(1)
  /// The terminal's size.
  var size = GridSize(columns: 80, rows: 24)
  /// Whether the screen is drawn after everything that happens.
  var isDrawn = true
  static let session = SessionID(7)

  init(role: ConsoleRole = .operator, joined: Bool = true) {
    machine = ConsoleMachine(
      ConsoleSettings(name: "ann", instance: 5, role: role, address: "tcp://127.0.0.1:7447"))
    guard joined else { return }
    tick()
    hear(.welcome(session: Self.session, lockstep: false))
  }

  @discardableResult
  mutating func tick(_ duration: Duration = .zero) -> [ConsoleToCoordinator] {
    now = now + duration
    return machine.tick(at: now, wall: WallTime(nanosecondsSinceEpoch: now.nanoseconds)) + draw()
  }

  /// Draws the screen, as the shell does.
  @discardableResult
  mutating func draw() -> [ConsoleToCoordinator] {
    guard isDrawn else { return [] }
    return machine.showed(machine.screen(size, at: now).shows, at: now)
  }

  @discardableResult
  mutating func hear(_ message: CoordinatorToConsole) -> [ConsoleToCoordinator] {
    machine.handle(message, at: now) + draw()
  }

  @discardableResult
  mutating func press(_ key: Key) -> [ConsoleToCoordinator] {
    machine.press(key, at: now) + draw()
  }

  /// Orders among what was said.
  static func orders(_ said: [ConsoleToCoordinator]) -> [OperatorOrder] {
    said.compactMap { if case .order(let order, _) = $0 { order } else { nil } }
  }

  func lines(_ columns: Int, _ rows: Int) -> [String] {
    machine.screen(GridSize(columns: columns, rows: rows), at: now).grid.lines
  }

  mutating func assign(_ robot: RobotID, because cause: HandoverCause = .requestServed) {
    hear(.assigned(robot, cause, Self.description))
    hear(Self.observation(of: robot))
  }

  static let description = RobotDescription(
    profile: "bench-arm", isSimulated: true, rate: 10, joints: ["a", "b"], cameras: [],
    limits: ActionLimits(
      linearSpeed: 0.25, angularSpeed: 1.2, linearAcceleration: 1.5, angularAcceleration: 6),
    task: TaskDescription(
      name: "stack", instruction: "Stack.", subtasks: ["red-left", "red-right", "green-left"]))

  /// Four robots: one that waits, one of ann's, one under the policy, one offline.
  static func fleet(successes: Int = 3) -> FleetStatus {
    func robot(_ name: RobotID, _ state: RobotStatus.State) -> RobotStatus {
      var robot = RobotStatus(robot: name, state: state)
      robot.task = "stack"
      robot.inState = .seconds(12)
      robot.observationAge = .milliseconds(8)
      return robot
    }
    var driven = robot("arm-1", .teleoperated)
    driven.holder = "bob"
    driven.subtask = "red-left"
    driven.episode = EpisodeID(session: session, ordinal: 4)
    driven.step = 131
    driven.uncertainty = Uncertainty(task: 0.08, policy: 0.031)
    var waiting = robot("arm-2", .awaiting)
    waiting.episode = EpisodeID(session: session, ordinal: 5)
    waiting.step = 88
    waiting.reason = .taskUncertainty(0.31)
    waiting.uncertainty = Uncertainty(task: 0.31, policy: 0.04)
    waiting.available = ["red-left", "green-right"]
    waiting.completed = ["blue-left"]
    waiting.subgoal = Subgoal(
      position: Vector3(0.45, 0.0, 0.1),
      samples: [
        Vector3(0.5, 0.2, 0.1), Vector3(0.51, 0.21, 0.1), Vector3(0.5, -0.2, 0.1),
        Vector3(0.49, -0.21, 0.1),
      ])
    var assisted = robot("arm-3", .assisted)
    assisted.episode = EpisodeID(session: session, ordinal: 6)
    assisted.step = 12
    assisted.uncertainty = Uncertainty(task: 0.05, policy: 0.02)
    assisted.lateSteps = 2
    var offline = robot("arm-4", .offline)
    offline.note = "not connected"
    return FleetStatus(
      session: session, time: WallTime(nanosecondsSinceEpoch: 0), isAssisted: true,
      isPaused: false, isLockstep: false,
      thresholds: UncertaintyThresholds(task: 0.19, policy: 0.1),
      robots: [driven, waiting, assisted, offline], queue: ["arm-2"], successes: successes,
      failures: 1, committedSteps: 4_321, recordingBytes: 123_400_000, freeBytes: 61_000_000_000,
      malformedMessages: 0)
  }

  static func observation(of robot: RobotID, pictures: Bool = true) -> CoordinatorToConsole {
    let size = ImageSize(width: 2, height: 2)
    let names: [CameraName] = ["scene", "wrist"]
    let frames =
      pictures
      ? names.compactMap {
        try? CameraFrame(
          camera: $0, size: size, encoding: .rgb8,
          bytes: [UInt8](repeating: 99, count: size.rgbBytes))
      } : []
    let reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 0),
      proprioception: Proprioception(
        endEffectorPose: Pose(position: Vector3(0.412, -0.031, 0.12), orientation: .identity),
        endEffectorTwist: Twist(linear: Vector3(0.05, 0, 0), angular: .zero),
        gripperOpening: 0.8, jointPositions: [0.1, 0.4, 1.8, 0, 0.9, 0],
        jointVelocities: [0, 0, 0, 0, 0, 0]), frames: frames, progress: nil, simulatedState: nil)
    return .observation(
      robot,
      Observation(
        episode: EpisodeID(session: session, ordinal: 5), step: 88, reading: reading),
      Uncertainty(task: 0.31, policy: 0.04))
  }
}

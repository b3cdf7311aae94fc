internal import CMuJoCo
internal import Clocks
internal import Numbers
public import RobotData
internal import SimulatedTasks

/// A robot in MuJoCo's physics, driven by velocities of its end effector, with cameras rendered
/// off screen. The same seed and the same actions give the same states, bit for bit.
public final class SimulatedRobot: RobotBody {
  /// The greatest disturbance that makes sense, m/s: pushes are as fast as the robot then.
  public static let greatestDisturbance = 0.08

  /// What the robot says of itself.
  public let description: RobotDescription

  let arm: SimulatedArm
  let physics: Physics
  let task: any SimulatedTask
  private let renderer: Renderer?
  private let cameras: [Int]
  private let bodies: [(name: String, index: Int)]
  private let fingerBodies: Set<Int>
  private let fingers: [(position: Int, actuator: Int)]
  private var controller: CartesianController
  private var fingerTargets: [Double]
  private var lastTwist = Twist.zero
  private var completed: [SubtaskName] = []
  private let disturbanceStrength: Double
  private var disturbance: HandDisturbance?

  /// Loads the scene. Without `rendersCameras` the robot gives no pictures: for studies that need
  /// none.
  ///
  /// - Parameters:
  ///   - description: What the robot says of itself.
  ///   - arm: How its scene names its parts.
  ///   - rendersCameras: Whether it gives pictures.
  ///   - disturbance: How strongly the hand is moved besides what it is told, m/s (`HandDisturbance`).
  /// - Throws: `SimulationError` naming the scene and what it lacks.
  public init(
    _ description: RobotDescription, arm: SimulatedArm, rendersCameras: Bool = true,
    disturbance: Double = 0
  ) throws(SimulationError) {
    guard let task = SimulatedTasks.named(description.task.name) else {
      throw .unknownTask(
        description.task.name, known: SimulatedTasks.all.map(\.description.name))
    }
    let physics = try Physics(path: arm.scenePath, attachments: arm.attachments)
    self.description = description
    self.arm = arm
    self.task = task
    self.physics = physics
    controller = try Self.controller(of: description.joints, arm, physics)
    var cameras: [Int] = []
    for camera in description.cameras {
      cameras.append(try physics.index(mjOBJ_CAMERA, "camera", camera.name.name))
    }
    self.cameras = cameras
    var bodies: [(name: String, index: Int)] = []
    for name in task.objects { bodies.append((name, try physics.index(mjOBJ_BODY, "body", name))) }
    self.bodies = bodies
    var fingers: [(position: Int, actuator: Int)] = []
    var fingerBodies: Set<Int> = []
    for name in arm.fingers {
      let joint = try physics.index(mjOBJ_JOINT, "joint", name)
      fingers.append(
        (
          Int(physics.model.pointee.jnt_qposadr[joint]),
          try physics.index(mjOBJ_ACTUATOR, "actuator", name)
        ))
      fingerBodies.insert(Int(physics.model.pointee.jnt_bodyid[joint]))
    }
    self.fingers = fingers
    // The links that hang on a finger touch as the finger.
    for body in 0..<Int(physics.model.pointee.nbody)
    where fingerBodies.contains(Int(physics.model.pointee.body_parentid[body])) {
      fingerBodies.insert(body)
    }
    self.fingerBodies = fingerBodies
    fingerTargets = arm.open
    disturbanceStrength = disturbance
    renderer = rendersCameras ? try Renderer(physics) : nil
  }

  private static func controller(
    of names: [String], _ arm: SimulatedArm, _ physics: Physics
  ) throws(SimulationError) -> CartesianController {
    let site = try physics.index(mjOBJ_SITE, "site", arm.endEffectorSite)
    var joints: [CartesianController.Joint] = []
    for name in names {
      let joint = try physics.index(mjOBJ_JOINT, "joint", name)
      let actuator = try physics.index(mjOBJ_ACTUATOR, "actuator", name)
      let isLimited = physics.model.pointee.jnt_limited[joint]
      let range = physics.model.pointee.jnt_range + 2 * joint
      joints.append(
        CartesianController.Joint(
          position: Int(physics.model.pointee.jnt_qposadr[joint]),
          velocity: Int(physics.model.pointee.jnt_dofadr[joint]), actuator: actuator,
          range: isLimited ? range[0]...range[1] : -6.3...6.3))
    }
    return CartesianController(site: site, joints: joints)
  }

  // MARK: - RobotBody

  /// Lays out the scene as the task does for this seed, with the arm at home.
  public func reset(seed: UInt64) throws {
    mj_resetData(physics.model, physics.data)
    for (joint, angle) in zip(controller.joints, arm.home) {
      physics.data.pointee.qpos[joint.position] = angle
    }
    fingerTargets = arm.open
    for (finger, opening) in zip(fingers, arm.open) {
      physics.data.pointee.qpos[finger.position] = opening
    }
    for (name, pose) in task.layout(seed: seed) { place(name, at: pose) }
    controller.begin(physics)
    mj_forward(physics.model, physics.data)
    lastTwist = .zero
    completed = []
    disturbance =
      disturbanceStrength > 0 ? HandDisturbance(strength: disturbanceStrength, seed: seed) : nil
    // The blocks come to rest before anybody looks.
    try advance(.zero, seconds: 0.2)
    physics.data.pointee.time = 0
  }

  /// What joints, gripper, cameras and the physics say now.
  public func observe() throws -> SensorReading {
    var reading = observeWithoutPictures()
    reading.frames = try takePictures()
    return reading
  }

  /// What joints, gripper and the physics say now, for a simulation whose policy does not look.
  public func observeWithoutPictures() -> SensorReading {
    let progress = task.progress(in: scene, after: completed)
    completed = progress.completed
    return SensorReading(
      captureTime: SystemClock.wall, proprioception: proprioception, frames: [],
      progress: progress, simulatedState: state)
  }

  /// What the cameras see now; nothing where none are rendered.
  public func takePictures() throws -> [CameraFrame] {
    guard let renderer else { return [] }
    return try zip(description.cameras, cameras).map { camera, index in
      let pixels = try renderer.render(camera: index, size: camera.size)
      return try CameraFrame(
        camera: camera.name, size: camera.size, encoding: .rgb8, bytes: pixels)
    }
  }

  /// Drives for one control period, within the limits of speed, acceleration and workspace. What a
  /// disturbance adds is not told.
  public func apply(_ action: Action) throws -> Action {
    guard action.isFinite else { throw SimulationError.notFinite(action) }
    var allowed = description.limits.limit(action, after: lastTwist, period: description.period)
    allowed.twist.linear = keptInside(allowed.twist.linear)
    moveFingers(action.gripper)
    var moved = allowed.twist
    let seconds = description.period.inSeconds
    if let pushed = disturbance?.next(for: seconds) {
      moved.linear = keptInside(moved.linear + pushed)
    }
    try advance(moved, seconds: seconds)
    lastTwist = allowed.twist
    return allowed
  }

  /// Stops at once: the joints' targets stay where they are.
  public func stop() {
    lastTwist = .zero
    controller.begin(physics)
    controller.apply(to: physics)
  }

  // MARK: - More than a real robot can

  /// What a camera of the scene sees, at any size up to the scene's offscreen buffer, as `rgb8`.
  ///
  /// - Throws: `SimulationError` when the scene has no such camera, or nothing is rendered.
  public func render(camera: CameraName, size: ImageSize) throws(SimulationError) -> [UInt8] {
    guard let renderer else { throw .rendering(reason: "this robot renders no cameras") }
    return try renderer.render(
      camera: physics.index(mjOBJ_CAMERA, "camera", camera.name), size: size)
  }

  /// Puts the scene into a recorded state.
  ///
  /// - Throws: `SimulationError.stateSize` when the state is another scene's.
  public func restore(_ state: SimulatedState) throws(SimulationError) {
    let positions = Int(physics.model.pointee.nq)
    let velocities = Int(physics.model.pointee.nv)
    guard state.positions.count == positions, state.velocities.count == velocities else {
      throw .stateSize(expected: positions, got: state.positions.count)
    }
    for object in state.objects { place(object.name, at: object.pose) }
    for index in 0..<positions { physics.data.pointee.qpos[index] = state.positions[index] }
    for index in 0..<velocities { physics.data.pointee.qvel[index] = state.velocities[index] }
    physics.data.pointee.time = state.time
    controller.begin(physics)
    mj_forward(physics.model, physics.data)
  }

  /// Puts arm, fingers and objects where they are wanted, at rest; nothing is simulated, so that objects
  /// may overlap. For pictures of scenes that no episode went through.
  ///
  /// - Parameters:
  ///   - joints: Angles in the order of the description, rad.
  ///   - gripperOpening: 0 to 1.
  ///   - objects: Poses by name; the others stay.
  /// - Throws: `SimulationError.stateSize` for a wrong number of joints.
  public func arrange(
    joints: [Double], gripperOpening: Double, objects: [String: Pose]
  ) throws(SimulationError) {
    guard joints.count == controller.joints.count else {
      throw .stateSize(expected: controller.joints.count, got: joints.count)
    }
    mj_resetData(physics.model, physics.data)
    for (joint, angle) in zip(controller.joints, joints) {
      physics.data.pointee.qpos[joint.position] = angle
    }
    for (finger, open) in zip(fingers, arm.open) {
      physics.data.pointee.qpos[finger.position] = open * gripperOpening
    }
    for (name, pose) in objects { place(name, at: pose) }
    controller.begin(physics)
    mj_forward(physics.model, physics.data)
    completed = []
  }

  // MARK: - Physics

  private func place(_ name: String, at pose: Pose) {
    guard let body = bodies.first(where: { $0.name == name })?.index else { return }
    let numbers = pose.position.components + pose.orientation.components
    let mocap = Int(physics.model.pointee.body_mocapid[body])
    if mocap >= 0 {
      for index in 0..<3 { physics.data.pointee.mocap_pos[3 * mocap + index] = numbers[index] }
      for index in 0..<4 { physics.data.pointee.mocap_quat[4 * mocap + index] = numbers[3 + index] }
    } else {
      let joint = Int(physics.model.pointee.body_jntadr[body])
      guard joint >= 0 else { return }
      let start = Int(physics.model.pointee.jnt_qposadr[joint])
      for index in 0..<7 { physics.data.pointee.qpos[start + index] = numbers[index] }
    }
  }

  private func advance(_ twist: Twist, seconds: Double) throws(SimulationError) {
    let steps = Int(saturating: (seconds / physics.timestep).rounded())
    for _ in 0..<steps {
      controller.drive(twist, physics)
      controller.apply(to: physics)
      for (finger, target) in zip(fingers, fingerTargets) {
        physics.data.pointee.ctrl[finger.actuator] = target
      }
      mj_step(physics.model, physics.data)
    }
    // Velocities are read after the last step, positions from before it, unless this is done.
    mj_forward(physics.model, physics.data)
    if let reason = mallard_instability(physics.data) {
      throw .unstable(time: physics.data.pointee.time, reason: String(cString: reason))
    }
  }

  private func moveFingers(_ command: GripperCommand) {
    let goal =
      switch command {
      case .hold: fingerTargets
      case .open: arm.open
      case .close: arm.closed
      }
    let reach = arm.fingerSpeed * description.period.inSeconds
    for (index, wish) in goal.enumerated() {
      let step = min(max(wish - fingerTargets[index], -reach), reach)
      fingerTargets[index] += step
    }
  }

  /// A velocity that does not lead out of the workspace.
  private func keptInside(_ velocity: Vector3) -> Vector3 {
    let position = endEffector.position
    let seconds = description.period.inSeconds
    // No faster than the edge is reached at the end of the period.
    func kept(_ speed: Double, _ at: Double, _ lower: Double, _ upper: Double) -> Double {
      min(max(speed, min((lower - at) / seconds, 0)), max((upper - at) / seconds, 0))
    }
    let (lower, upper) = (arm.workspaceLower, arm.workspaceUpper)
    return Vector3(
      kept(velocity.x, position.x, lower.x, upper.x),
      kept(velocity.y, position.y, lower.y, upper.y),
      kept(velocity.z, position.z, lower.z, upper.z))
  }

  private var endEffector: Pose {
    let site = controller.site
    var quaternion = [Double](repeating: 0, count: 4)
    mju_mat2Quat(&quaternion, physics.data.pointee.site_xmat + 9 * site)
    return Pose(
      position: Physics.vector(physics.data.pointee.site_xpos, site),
      orientation: Quaternion(
        w: quaternion[0], x: quaternion[1], y: quaternion[2], z: quaternion[3]))
  }

  private var proprioception: Proprioception {
    var velocity = [Double](repeating: 0, count: 6)
    mj_objectVelocity(
      physics.model, physics.data, Int32(mjOBJ_SITE.rawValue), Int32(controller.site), &velocity,
      0)
    // How far the fingers are from where closing would bring them without an object.
    let opening = zip(fingers, arm.open).map { finger, open in
      physics.data.pointee.qpos[finger.position] / open
    }
    return Proprioception(
      endEffectorPose: endEffector,
      endEffectorTwist: Twist(
        linear: Vector3(velocity[3], velocity[4], velocity[5]),
        angular: Vector3(velocity[0], velocity[1], velocity[2])),
      gripperOpening: min(max(opening.reduce(0, +) / Double(max(opening.count, 1)), 0), 1),
      jointPositions: controller.joints.map { physics.data.pointee.qpos[$0.position] },
      jointVelocities: controller.joints.map { physics.data.pointee.qvel[$0.velocity] })
  }

  private var state: SimulatedState {
    SimulatedState(
      time: physics.data.pointee.time,
      positions: physics.numbers(physics.data.pointee.qpos, Int(physics.model.pointee.nq)),
      velocities: physics.numbers(physics.data.pointee.qvel, Int(physics.model.pointee.nv)),
      objects: bodies.map {
        SimulatedState.Object(name: $0.name, pose: physics.pose(ofBody: $0.index))
      })
  }

  private var scene: SceneState {
    var scene = SceneState(state)
    for index in 0..<Int(physics.data.pointee.ncon) {
      let contact = physics.data.pointee.contact[index]
      let pair = [Int(contact.geom.0), Int(contact.geom.1)].map {
        Int(physics.model.pointee.geom_bodyid[$0])
      }
      guard pair.contains(where: fingerBodies.contains) else { continue }
      for (name, body) in bodies where pair.contains(body) { scene.touched.insert(name) }
    }
    return scene
  }
}

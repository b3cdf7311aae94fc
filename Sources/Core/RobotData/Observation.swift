/// What a robot feels of itself.
public struct Proprioception: Hashable, Sendable {
  /// Where the end effector is, in the robot's base frame.
  public var endEffectorPose: Pose
  /// How the end effector moves, in the robot's base frame.
  public var endEffectorTwist: Twist
  /// How far the gripper is open, from 0 (closed) to 1 (open).
  public var gripperOpening: Double
  /// Joint angles in rad (m for a sliding joint), `[joints]`, in the profile's order.
  public var jointPositions: [Double]
  /// Joint velocities in rad/s (m/s), `[joints]`, in the profile's order.
  public var jointVelocities: [Double]

  /// A reading of these values.
  public init(
    endEffectorPose: Pose, endEffectorTwist: Twist, gripperOpening: Double,
    jointPositions: [Double], jointVelocities: [Double]
  ) {
    self.endEffectorPose = endEffectorPose
    self.endEffectorTwist = endEffectorTwist
    self.gripperOpening = gripperOpening
    self.jointPositions = jointPositions
    self.jointVelocities = jointVelocities
  }

  /// Whether every number is finite.
  public var isFinite: Bool {
    endEffectorPose.isFinite && endEffectorTwist.isFinite && gripperOpening.isFinite
      && jointPositions.allSatisfy(\.isFinite) && jointVelocities.allSatisfy(\.isFinite)
  }
}

/// How far the task has come, as the robot (or the simulator's physics) judges it.
public struct TaskProgress: Hashable, Sendable {
  /// The subtasks that are done, in the order in which they were done.
  public var completed: [SubtaskName]
  /// The subtasks that could be done next: more than one at a branch point.
  public var available: [SubtaskName]
  /// Whether the whole task is done.
  public var isSuccess: Bool

  /// Progress of these parts.
  public init(completed: [SubtaskName], available: [SubtaskName], isSuccess: Bool) {
    self.completed = completed
    self.available = available
    self.isSuccess = isSuccess
  }
}

/// What only a simulator knows: for modelled operators, training labels and replays, never an
/// input of a policy.
public struct SimulatedState: Hashable, Sendable {
  /// An object of the scene and where it is.
  public struct Object: Hashable, Sendable {
    /// The body's name in the scene.
    public var name: String
    /// Where the body is, in the robot's base frame.
    public var pose: Pose

    /// An object of this name at this pose.
    public init(name: String, pose: Pose) {
      self.name = name
      self.pose = pose
    }
  }

  /// Simulated time since the scene was reset, in s.
  public var time: Double
  /// Generalised positions of the physics, MuJoCo's `qpos`.
  public var positions: [Double]
  /// Generalised velocities of the physics, MuJoCo's `qvel`.
  public var velocities: [Double]
  /// The free objects of the scene.
  public var objects: [Object]

  /// A state of these parts.
  public init(time: Double, positions: [Double], velocities: [Double], objects: [Object]) {
    self.time = time
    self.positions = positions
    self.velocities = velocities
    self.objects = objects
  }
}

/// What a robot's sensors say at one moment.
public struct SensorReading: Hashable, Sendable {
  /// When the cameras and joints were read, on the robot's clock.
  public var captureTime: WallTime
  /// What the robot feels of itself.
  public var proprioception: Proprioception
  /// The cameras' pictures, in the profile's order.
  public var frames: [CameraFrame]
  /// How far the task has come, where the robot can tell.
  public var progress: TaskProgress?
  /// What only a simulator knows; nil for a real robot.
  public var simulatedState: SimulatedState?

  /// A reading of these parts.
  public init(
    captureTime: WallTime, proprioception: Proprioception, frames: [CameraFrame],
    progress: TaskProgress?, simulatedState: SimulatedState?
  ) {
    self.captureTime = captureTime
    self.proprioception = proprioception
    self.frames = frames
    self.progress = progress
    self.simulatedState = simulatedState
  }
}

/// A sensor reading with its place in an episode.
public struct Observation: Hashable, Sendable {
  /// The episode that it belongs to.
  public var episode: EpisodeID
  /// The step's index within the episode, from 0, without gaps.
  public var step: Int
  /// What the sensors said.
  public var reading: SensorReading

  /// An observation of these parts.
  public init(episode: EpisodeID, step: Int, reading: SensorReading) {
    self.episode = episode
    self.step = step
    self.reading = reading
  }
}

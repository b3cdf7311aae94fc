internal import Numbers

/// A camera as a robot announces it.
public struct CameraDescription: Hashable, Sendable {
  /// The camera's name.
  public var name: CameraName
  /// The size of its pictures.
  public var size: ImageSize
  /// How its pictures are sent and stored.
  public var encoding: ImageEncoding
  /// JPEG quality, 1 to 100; ignored by other encodings.
  public var quality: Int

  /// A camera of these properties.
  public init(name: CameraName, size: ImageSize, encoding: ImageEncoding, quality: Int) {
    self.name = name
    self.size = size
    self.encoding = encoding
    self.quality = quality
  }
}

/// A task that a robot can be given, with the names that its branch points use.
public struct TaskDescription: Hashable, Sendable {
  /// The task's name.
  public var name: TaskName
  /// One sentence for people and for language-conditioned policies.
  public var instruction: String
  /// All subtasks that the task may hold.
  public var subtasks: [SubtaskName]

  /// A task of these parts.
  public init(name: TaskName, instruction: String, subtasks: [SubtaskName]) {
    self.name = name
    self.instruction = instruction
    self.subtasks = subtasks
  }
}

/// What a robot says of itself when it joins a fleet.
public struct RobotDescription: Hashable, Sendable {
  /// The profile's name, for example `bench-arm`.
  public var profile: String
  /// Whether the robot is a simulation.
  public var isSimulated: Bool
  /// Control periods in a second, Hz.
  public var rate: Double
  /// The joints' names, in the order of `Proprioception.jointPositions`.
  public var joints: [String]
  /// The cameras, in the order of `SensorReading.frames`.
  public var cameras: [CameraDescription]
  /// The fastest that the robot may be driven.
  public var limits: ActionLimits
  /// The task that the robot stands ready for.
  public var task: TaskDescription

  /// A description of these parts.
  public init(
    profile: String, isSimulated: Bool, rate: Double, joints: [String],
    cameras: [CameraDescription], limits: ActionLimits, task: TaskDescription
  ) {
    self.profile = profile
    self.isSimulated = isSimulated
    self.rate = rate
    self.joints = joints
    self.cameras = cameras
    self.limits = limits
    self.task = task
  }

  /// The length of one control period.
  public var period: Duration { .saturating(seconds: 1 / rate) }
}

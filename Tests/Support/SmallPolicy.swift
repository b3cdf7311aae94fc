public import Policy
public import PolicyFiles
public import RobotData
internal import VisionTransformer

/// A small policy of random weights and a robot that fits it, for tests.
public enum SmallPolicy {
  /// What the policy drives: two cameras of 16×16 pixels, two subtasks.
  public static func manifest(
    task: String = "stack", bits: Int = 16, cameras: [String] = ["scene", "wrist"],
    executedSteps: Int = 3, samples: Int = 40
  ) -> PolicyManifest {
    let encoder = VisionTransformerConfiguration(
      imageSide: 16, patchSide: 8, dimension: 16, depth: 1, heads: 2)
    return PolicyManifest(
      name: "small-\(task)",
      robot: PolicyManifest.Robot(
        profile: "bench-arm", joints: ["shoulder", "elbow"], rate: 10, cameras: cameras,
        pictureSide: 16, linearSpeed: 0.5, angularSpeed: 1, task: task,
        subtasks: ["left", "right"]),
      eye: PolicyManifest.Eye(
        encoder: encoder, bits: bits, machine: "vitality", ranges: EncoderRanges(encoder)),
      architecture: PolicyManifest.Architecture(
        horizon: 5, executedSteps: executedSteps, latent: 6, code: 3, members: 3,
        samples: samples, predictorWidth: 20, predictorDepth: 2, memberWidth: 17),
      normalisation: PolicyManifest.Normalisation(
        proprioceptionMean: (0..<16).map { 0.01 * Float($0) },
        proprioceptionDeviation: (0..<16).map { 0.5 + 0.1 * Float($0) },
        actionMean: [0, 0.01, -0.01, 0, 0, 0], actionDeviation: [0.1, 0.1, 0.1, 0.3, 0.3, 0.3]),
      thresholds: PolicyManifest.Thresholds(
        task: 0.2, policy: 0.1, flat: 0.3, novelty: 0.25, risk: 0.5),
      provenance: PolicyManifest.Provenance(
        command: "a test", software: "test", recordings: [], sessions: [], episodes: 0, steps: 0,
        seed: 1, measures: [:], calibration: "none"))
  }

  /// The same policy for another robot, whose pictures are square and of one size.
  public static func manifest(for robot: RobotDescription) -> PolicyManifest {
    var manifest = manifest(task: robot.task.name.name)
    let side = robot.cameras.first?.size.width ?? 16
    manifest.robot = PolicyManifest.Robot(
      profile: robot.profile, joints: robot.joints, rate: robot.rate,
      cameras: robot.cameras.map(\.name.name), pictureSide: side,
      linearSpeed: robot.limits.linearSpeed, angularSpeed: robot.limits.angularSpeed,
      task: robot.task.name.name, subtasks: robot.task.subtasks.map(\.name))
    manifest.eye.encoder.imageSide = side
    return manifest
  }

  /// A policy of random weights for a manifest.
  ///
  /// - Throws: `PolicyFileError` where the manifest is wrong.
  public static func randomBundle(for manifest: PolicyManifest, seed: UInt64 = 1)
    throws(PolicyFileError) -> PolicyBundle
  {
    try PolicyBundle.untrained(manifest, seed: seed)
  }

  /// A robot that fits a manifest.
  public static func robot(for manifest: PolicyManifest) throws -> RobotDescription {
    let wanted = manifest.robot
    return RobotDescription(
      profile: wanted.profile, isSimulated: true, rate: wanted.rate, joints: wanted.joints,
      cameras: try wanted.cameras.map { name in
        CameraDescription(
          name: try CameraName(name),
          size: ImageSize(width: wanted.pictureSide, height: wanted.pictureSide), encoding: .rgb8,
          quality: 90)
      },
      limits: ActionLimits(
        linearSpeed: wanted.linearSpeed, angularSpeed: wanted.angularSpeed, linearAcceleration: 1,
        angularAcceleration: 1),
      task: TaskDescription(
        name: try TaskName(wanted.task), instruction: "Do it.",
        subtasks: try wanted.subtasks.map { try SubtaskName($0) }))
  }

  /// What such a robot senses: random, but possible.
  public static func reading(
    for manifest: PolicyManifest, using random: inout SeededGenerator
  ) throws -> SensorReading {
    let side = manifest.robot.pictureSide
    func vector(_ limit: Double) -> Vector3 {
      Vector3(
        Double.random(in: -limit...limit, using: &random),
        Double.random(in: -limit...limit, using: &random),
        Double.random(in: -limit...limit, using: &random))
    }
    let joints = manifest.robot.joints.map { _ in 0.5 }
    return SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 1),
      proprioception: Proprioception(
        endEffectorPose: Pose(
          position: vector(1), orientation: Quaternion(w: 1, x: 0, y: 0, z: 0)),
        endEffectorTwist: Twist(linear: vector(0.3), angular: vector(0.3)),
        gripperOpening: Double.random(in: 0...1, using: &random), jointPositions: joints,
        jointVelocities: joints),
      frames: try manifest.robot.cameras.map { name in
        try CameraFrame(
          camera: try CameraName(name), size: ImageSize(width: side, height: side),
          encoding: .rgb8,
          bytes: (0..<side * side * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
      }, progress: nil, simulatedState: nil)
  }
}

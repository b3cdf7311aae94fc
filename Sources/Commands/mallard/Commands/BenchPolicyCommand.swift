import ArgumentParser
import CommandLineKit
import Foundation
import Policy
import PolicyFiles
import RobotData
import TensorKernels
import TrainedPolicies
import VisionTransformer

struct BenchPolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "How long a policy takes to plan for 1, 2, 4 and 8 robots at once.",
    discussion: """
      Measures a policy of random weights, two cameras of 96 pixels, 16 bit and PATO's sizes, or a \
      trained one. All robots begin a new plan in each batch: in between, sequences cost nothing.
      """)

  @Option(help: "A trained policy's folder. [default: random weights]")
  var policy: String?

  @Option(help: "How it is used.")
  var method = PolicyMethod.pato

  @Option(help: "Threads.")
  var threads = 2

  @Option(help: "Batches of each size; the median counts.")
  var rounds = 15

  @Flag(help: "Print JSON.")
  var json = false

  struct Row: Encodable {
    var robots: Int
    var milliseconds: Double
    var eyeMilliseconds: Double
    var networkMilliseconds: Double
    var slowestMilliseconds: Double
    /// Of all threads: what does not depend on who else uses the machine.
    var processorMilliseconds: Double
  }

  func validate() throws {
    guard (1...64).contains(threads), (1...10_000).contains(rounds) else {
      throw ValidationError("--threads is 1 to 64, --rounds 1 to 10000")
    }
  }

  func run() throws {
    let bundle = try policy.map { try PolicyBundle.read($0) } ?? Self.randomBundle()
    var rows: [Row] = []
    for robots in [1, 2, 4, 8] { rows.append(try measure(bundle, robots: robots)) }
    if json { return try Terminal.result(json: rows) }
    Terminal.result(
      "\(bundle.manifest.name), \(method.rawValue), \(InstructionSet.best), \(threads) threads, "
        + "medians of \(rounds) batches\n")
    Terminal.result(
      PlainText.table(
        [["robots", "ms a batch", "eye ms", "networks ms", "slowest ms", "processor ms"]]
          + rows.map { row in
            ["\(row.robots)"]
              + [
                row.milliseconds, row.eyeMilliseconds, row.networkMilliseconds,
                row.slowestMilliseconds, row.processorMilliseconds,
              ].map { String(format: "%.2f", $0) }
          }))
  }

  private func measure(_ bundle: PolicyBundle, robots: Int) throws -> Row {
    var policy = try TrainedPolicy(
      bundle: bundle, method: method, seed: 1, threads: threads, machines: Places.accelerators)
    let questions = try (0..<robots).map { try Self.question(bundle.manifest, robot: $0) }
    var (all, eye, networks, used): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    // One batch more, which finds caches cold and is not counted.
    for round in 0...rounds {
      let before = policy.time
      let (start, processor) = (ProcessUse.nanoseconds, ProcessUse.processorNanoseconds)
      // The same step is asked about again, and so planned anew.
      for answer in policy.decide(questions) { _ = try answer.get() }
      let milliseconds = Double(ProcessUse.nanoseconds - start) / 1e6
      let processed = Double(ProcessUse.processorNanoseconds - processor) / 1e6
      let after = policy.time
      guard round > 0 else { continue }
      all.append(milliseconds)
      used.append(processed)
      eye.append(1e3 * (after.eye - before.eye).inSeconds)
      networks.append(1e3 * (after.networks - before.networks).inSeconds)
    }
    return Row(
      robots: robots, milliseconds: all.median, eyeMilliseconds: eye.median,
      networkMilliseconds: networks.median, slowestMilliseconds: all.max() ?? 0,
      processorMilliseconds: used.median)
  }

  /// A robot that fits, in a pose of its own, before pictures of noise.
  private static func question(_ manifest: PolicyManifest, robot: Int) throws -> PolicyQuestion {
    var random = SplitMix64(seed: UInt64(robot))
    let wanted = manifest.robot
    let size = ImageSize(width: wanted.pictureSide, height: wanted.pictureSide)
    let cameras = try wanted.cameras.map {
      CameraDescription(name: try CameraName($0), size: size, encoding: .rgb8, quality: 90)
    }
    let description = RobotDescription(
      profile: wanted.profile, isSimulated: true, rate: wanted.rate, joints: wanted.joints,
      cameras: cameras,
      limits: ActionLimits(
        linearSpeed: wanted.linearSpeed, angularSpeed: wanted.angularSpeed,
        linearAcceleration: 1, angularAcceleration: 1),
      task: TaskDescription(
        name: try TaskName(wanted.task), instruction: "",
        subtasks: try wanted.subtasks.map { try SubtaskName($0) }))
    let joints = wanted.joints.map { _ in 0.1 * Double(robot) }
    let reading = SensorReading(
      captureTime: WallTime(nanosecondsSinceEpoch: 0),
      proprioception: Proprioception(
        endEffectorPose: Pose(
          position: Vector3(0.3, 0.05 * Double(robot), 0.2), orientation: .identity),
        endEffectorTwist: .zero, gripperOpening: 1, jointPositions: joints,
        jointVelocities: joints),
      frames: try cameras.map { camera in
        try CameraFrame(
          camera: camera.name, size: size, encoding: .rgb8,
          bytes: (0..<size.rgbBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) })
      }, progress: nil, simulatedState: nil)
    return PolicyQuestion(
      robot: try RobotID("arm-\(robot)"), description: description,
      observation: Observation(
        episode: EpisodeID(session: SessionID(1), ordinal: UInt32(robot + 1)), step: 0,
        reading: reading), subtask: nil)
  }

  /// PATO's sizes (section 2 of its appendix and its authors' code) on the robots' smaller eye.
  private static func randomBundle() throws -> PolicyBundle {
    let encoder = VisionTransformerConfiguration(
      imageSide: 96, patchSide: 12, dimension: 96, depth: 4, heads: 4)
    return try PolicyBundle.untrained(
      PolicyManifest(
        name: "random weights",
        robot: PolicyManifest.Robot(
          profile: "bench-arm", joints: ["one", "two"], rate: 10, cameras: ["scene", "wrist"],
          pictureSide: 96, linearSpeed: 0.25, angularSpeed: 1, task: "stack",
          subtasks: ["left", "right"]),
        eye: PolicyManifest.Eye(
          encoder: encoder, bits: 16, machine: "vitality", ranges: EncoderRanges(encoder)),
        architecture: PolicyManifest.Architecture(
          horizon: 15, executedSteps: 8, latent: 64, code: 8, members: 5, samples: 1_024,
          predictorWidth: 128, predictorDepth: 4, memberWidth: 256),
        normalisation: PolicyManifest.Normalisation(
          proprioceptionMean: [Float](repeating: 0, count: ProprioceptionFeatures.count),
          proprioceptionDeviation: [Float](repeating: 1, count: ProprioceptionFeatures.count),
          actionMean: [Float](repeating: 0, count: 6),
          actionDeviation: [Float](repeating: 0.1, count: 6)),
        thresholds: PolicyManifest.Thresholds(
          task: 0.2, policy: 0.1, flat: 0.1, novelty: 0.1, risk: 0.5),
        provenance: PolicyManifest.Provenance(
          command: "mallard bench policy", software: SoftwareVersion.text, recordings: [],
          sessions: [], episodes: 0, steps: 0, seed: 1, measures: [:], calibration: "none")),
      seed: 1)
  }
}

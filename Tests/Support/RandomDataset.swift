public import DatasetExport
public import Datasets
public import Foundation
import ImageCodecs
public import RobotData

/// A dataset of random values, for writers: what they are given and what their files must hold.
public struct RandomDataset {
  /// What writers are told first.
  public var plan: DatasetPlan
  /// The episodes with their steps.
  public var episodes: [(head: DatasetEpisode, steps: [DatasetStep])]

  /// The robot of all episodes.
  public static let robot = RobotDescription(
    profile: "bench-arm", isSimulated: true, rate: 20, joints: ["j0", "j1", "j2"],
    cameras: [
      CameraDescription(
        name: "wrist", size: ImageSize(width: 16, height: 20), encoding: .jpeg, quality: 90),
      CameraDescription(
        name: "scene", size: ImageSize(width: 32, height: 24), encoding: .png, quality: 90),
    ],
    limits: ActionLimits(
      linearSpeed: 0.25, angularSpeed: 0.5, linearAcceleration: 2, angularAcceleration: 4),
    task: TaskDescription(name: "stack", instruction: "Do “it”.", subtasks: ["a", "b"]))

  /// Episodes of these many steps. Pictures come in every encoding; some are missing.
  public init(seed: UInt64, steps counts: [Int], isSimulated: Bool = true) throws {
    var random = SeededGenerator(seed: seed)
    let schema = DatasetSchema(
      rate: 20, profile: "bench-arm", isSimulated: isSimulated, joints: ["j0", "j1", "j2"],
      cameras: [
        DatasetCamera(name: "scene", width: 32, height: 24),
        DatasetCamera(name: "wrist", width: 16, height: 20),
      ])
    let codec = try CameraFrameCodec()
    episodes = []
    var total = 0
    for (index, count) in counts.enumerated() {
      let steps = try (0..<count).map { place in
        try Self.step(
          place, of: count, episode: index, datasetIndex: total + place, schema: schema,
          codec: codec, &random)
      }
      episodes.append((try Self.head(index, firstStep: total, steps: steps, &random), steps))
      total += count
    }
    var segments: [Segment: Int] = [:]
    for step in episodes.flatMap(\.steps) { segments[step.segment, default: 0] += 1 }
    plan = DatasetPlan(
      schema: schema, episodes: episodes.map(\.head.facts),
      tasks: [DatasetTask(name: "stack", instruction: "Do “it”.")], subtasks: ["a", "b"],
      segments: segments, weights: SegmentWeights(counts: segments), software: "mallard test")
  }

  private static let causes: [(String, String?)] = [
    ("episode-started", nil), ("help-requested", "task-uncertainty"),
    ("help-requested", "policy-failed"), ("handed-back", nil), ("operator-took-over", nil),
  ]

  private static func step(
    _ place: Int, of count: Int, episode: Int, datasetIndex: Int, schema: DatasetSchema,
    codec: CameraFrameCodec, _ random: inout SeededGenerator
  ) throws -> DatasetStep {
    var reading = random.reading()
    reading.proprioception.jointPositions = random.numbers(3)
    reading.proprioception.jointVelocities = random.numbers(3)
    let state = SimulatedState(
      time: random.number(), positions: random.numbers(9), velocities: random.numbers(8),
      objects: ["red", "blue"].map { SimulatedState.Object(name: $0, pose: random.pose()) })
    let frames = try schema.cameras.map { camera -> CameraFrame? in
      let isMissing = random.chance(0.1)
      let encoding = random.one(of: ImageEncoding.allCases)
      if isMissing { return nil }
      let size = ImageSize(width: camera.width, height: camera.height)
      let pixels = (0..<size.rgbBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let name = try CameraName(camera.name)
      let raw = try CameraFrame(camera: name, size: size, encoding: .rgb8, bytes: pixels)
      return try codec.encode(
        raw, as: CameraDescription(name: name, size: size, encoding: encoding, quality: 90))
    }
    let isLast = place == count - 1
    let cause = random.one(of: causes)
    let uncertainty = random.maybe { $0.uncertainty() }
    let record = StepRecord(
      observation: Observation(
        episode: EpisodeID(session: SessionID(0xab), ordinal: UInt32(episode + 1)),
        step: place + 2,
        reading: SensorReading(
          captureTime: WallTime(
            nanosecondsSinceEpoch: 1_700_000_000_000_000_000 + Int64(datasetIndex) * 50_000_001),
          proprioception: reading.proprioception, frames: [],
          progress: random.maybe {
            TaskProgress(
              completed: $0.names(3), available: $0.names(3), isSuccess: $0.chance(0.5))
          }, simulatedState: schema.isSimulated ? state : nil)),
      requestedAction: random.action(), executedAction: random.action(),
      commandSequence: random.maybe { $0.next() >> 1 },
      annotation: StepAnnotation(
        author: random.one(of: [.hold, .policy, .human("ada")]),
        cause: HandoverCause(word: cause.0, reason: cause.1, uncertainty: uncertainty)
          ?? .episodeStarted,
        uncertainty: uncertainty, subtask: random.maybe { $0.name() }),
      isLate: random.chance(0.2))
    return DatasetStep(
      recorded: RecordedStep(record: record, receivedAt: random.time()), index: place,
      datasetIndex: datasetIndex, segment: random.one(of: Segment.allCases),
      weight: Double.random(in: 0...2, using: &random), isLast: isLast,
      isSuccess: isLast && random.chance(0.5), frames: frames)
  }

  private static func head(
    _ index: Int, firstStep: Int, steps: [DatasetStep], _ random: inout SeededGenerator
  ) throws -> DatasetEpisode {
    let started = steps[0].recorded.captureTime.nanosecondsSinceEpoch
    let facts = EpisodeFacts(
      id: "00000000000000ab-\(index + 1)", session: "00000000000000ab", robot: "arm-\(index % 2)",
      task: "stack", outcome: index == 1 ? "failure" : "success", startedAt: started,
      endedAt: started + 9_000_000_000, seed: random.maybe { $0.next() }, tags: ["a", "good"],
      operators: ["ada"], steps: steps.count,
      humanSteps: steps.count { $0.recorded.author.kind == "human" },
      policySteps: steps.count { $0.recorded.author.kind == "policy" })
    let handovers = (0..<3).map { number in
      DatasetHandover(
        step: number, time: started + Int64(number) * 120_000_000, from: "policy",
        fromOperator: nil, to: "human", toOperator: "ada", cause: "help-requested",
        reason: "policy-uncertainty",
        waited: random.maybe { Int64($0.integer(1...1_000_000_000)) })
    }
    return DatasetEpisode(
      index: index, firstStep: firstStep, facts: facts, instruction: "Do “it”.",
      robotDescription: try RobotFacts(robot).text,
      session: DatasetSession(
        id: "00000000000000ab", startedAt: started, software: "mallard", policy: nil,
        isLockstep: false, settings: "{\"threshold\":0.5}"),
      handovers: handovers, segments: [SegmentSpan(segment: .policy, count: steps.count)],
      quality: EpisodeQuality(), split: index == 1 ? .valid : .train)
  }

  /// Gives all of it to a writer.
  ///
  /// - Parameters:
  ///   - folder: Where.
  ///   - killedAfter: After this many episodes and one step more the writer is dropped, and a new one
  ///     continues from its checkpoint.
  ///   - killedAtEnd: The first writer is dropped when it has finished, and a new one continues from the
  ///     checkpoint before the last episode, as after a kill before the dataset got its name.
  public func write(
    _ make: () throws -> any DatasetWriter, in folder: String, killedAfter: Int? = nil,
    killedAtEnd: Bool = false
  ) throws {
    let scratch = try TemporaryFolder()
    var writer = try make()
    var checkpoint: [UInt8]?
    try writer.begin(plan, in: folder, scratch: scratch.path, after: nil)
    for (index, episode) in episodes.enumerated() {
      if index == killedAfter {
        try writer.begin(episode.head)
        try writer.write(episode.steps[0])
        writer = try make()
        try writer.begin(plan, in: folder, scratch: scratch.path, after: checkpoint)
      }
      if killedAtEnd, index == episodes.count - 1 {
        try write(episode, with: writer)
        try writer.finish()
        writer = try make()
        try writer.begin(plan, in: folder, scratch: scratch.path, after: checkpoint)
      }
      checkpoint = try write(episode, with: writer)
    }
    try writer.finish()
  }

  @discardableResult
  private func write(
    _ episode: (head: DatasetEpisode, steps: [DatasetStep]), with writer: any DatasetWriter
  ) throws -> [UInt8]? {
    try writer.begin(episode.head)
    for step in episode.steps { try writer.write(step) }
    return try writer.endEpisode()
  }
}

/// A folder that is removed with its owner.
public final class TemporaryFolder {
  /// Where it is.
  public let path: String

  /// A new folder.
  public init() throws {
    path = DatasetPeers.temporaryFile("dataset").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The names and bytes of all files.
  public func content() throws -> [String: Data] {
    var content: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      content[name] = FileManager.default.contents(atPath: path + "/" + name)
    }
    return content
  }
}

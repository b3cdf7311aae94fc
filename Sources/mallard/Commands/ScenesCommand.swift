import ArgumentParser
import Foundation
import ImageCodecs
import MuJoCoRobots
import RecordingStore
import RobotData
import RobotProfiles
import SimulatedTasks

struct ScenesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenes",
    abstract: "Record pictures of scenes laid out anew, for an encoder to learn from.",
    discussion: """
      Postures of the robot are taken from a recording of a simulated task, and the objects are laid \
      out elsewhere. The recording that it writes holds no demonstrations: its episodes are marked \
      as discarded, and each step is a scene of its own. With a few hundred demonstrations alone an \
      encoder knows the episodes by heart and sees the next one badly.

        mallard scenes --recording Recordings/play.sqlite --task stack \\
          --output Recordings/scenes.sqlite
        mallard train --recording Recordings/play.sqlite --scenes Recordings/scenes.sqlite ...
      """)

  @Option(help: "A recording of simulated robots, whose postures are used.")
  var recording: String

  @Option(help: "The task.")
  var task: String

  @Option(help: "The recording to write.")
  var output: String

  @Option(help: "How many scenes.")
  var count = 20_000

  @Option(help: "Every so many steps of the recording is a posture.")
  var stride = 7

  @Option(help: "Draws postures and layouts.")
  var seed: UInt64 = 1

  @Option(help: "The folder of profiles. [default: Robots]")
  var robotsFolder: String?

  func validate() throws {
    guard count > 0, stride > 0 else {
      throw ValidationError("--count and --stride are 1 or more")
    }
  }

  func run() throws {
    try reporting {
      guard !FileManager.default.fileExists(atPath: output) else {
        throw ValidationError("\(output) is there already; name another file with --output")
      }
      let name = try TaskName(task)
      guard let simulated = SimulatedTasks.named(name) else {
        throw ValidationError("\(task) is no simulated task: its scenes cannot be laid out")
      }
      let stop = StopFlag()
      let interruption = Interruption { stop.set() }
      defer { withExtendedLifetime(interruption) {} }
      let reader = try RecordingReader(path: recording)
      let (postures, profile) = try postures(reader, simulated, stop)
      let robot = try SimulatedRobot(
        profile: try RobotProfile.named(profile, in: robotsFolder ?? Places.robots),
        task: task)
      let writer = try SceneWriter(output, robot.description, seed: seed)
      let mixer = SceneMixer(task: simulated)
      var random = SplitMix64(seed: seed)
      while writer.count < count, !stop.isSet {
        let posture = postures[Int.random(in: postures.indices, using: &random)]
        guard let scene = mixer.scene(about: posture.mixed, using: &random) else { continue }
        try robot.arrange(
          joints: posture.joints, gripperOpening: posture.opening, objects: scene)
        try writer.write(robot.observe())
        if writer.count % 100 == 0 {
          Terminal.progress("scenes \(writer.count) of \(count)")
        }
      }
      try writer.close()
      Terminal.say("\(output): \(writer.count) scenes about \(postures.count) postures")
    }
  }

  private struct RecordedPosture {
    var mixed: SceneMixer.Posture
    var joints: [Double]
    var opening: Double
  }

  private func postures(
    _ reader: RecordingReader, _ task: any SimulatedTask, _ stop: StopFlag
  ) throws -> (postures: [RecordedPosture], profile: String) {
    var filter = EpisodeFilter()
    filter.task = task.description.name
    let episodes = try reader.episodes(filter)
    var found: [RecordedPosture] = []
    for (index, episode) in episodes.enumerated() where !stop.isSet {
      Terminal.progress("reading episode \(index + 1) of \(episodes.count)")
      for step in try reader.steps(of: episode.id) where step.index % stride == 0 {
        let body = step.proprioception
        let scene = SceneState(
          objects: Dictionary(step.objects.map { ($0.name, $0.pose) }) { first, _ in first },
          touched: [])
        let hand = body.endEffectorPose.position
        let held = task.heldObject(in: scene, hand: hand, gripperOpening: body.gripperOpening)
        found.append(
          RecordedPosture(
            mixed: SceneMixer.Posture(
              hand: hand, held: step.objects.first { $0.name == held }),
            joints: body.jointPositions, opening: body.gripperOpening))
      }
    }
    guard let first = episodes.first, !found.isEmpty,
      let description = try reader.description(ofRobotIn: first.id)
    else {
      throw ValidationError("\(reader.path) holds no steps of \(task.description.name)")
    }
    return (found, description.profile)
  }
}

/// Writes scenes as steps that nobody drove, of episodes that are discarded.
private final class SceneWriter {
  private static let scenesOfEpisode = 500

  private let recorder: Recorder
  private let description: RobotDescription
  private let codec: CameraFrameCodec
  private let robot: RobotID = "scenes"
  private let session: SessionID
  private var episode: EpisodeID?
  private var step = 0
  private(set) var count = 0

  init(_ path: String, _ description: RobotDescription, seed: UInt64) throws {
    self.description = description
    codec = try CameraFrameCodec()
    session = SessionID(seed)
    recorder = try Recorder(
      path: path,
      session: SessionRecord(
        id: session, startedAt: Self.now, software: "mallard \(SoftwareVersion.text)", policy: nil,
        isLockstep: true, settings: "{}"),
      onCommit: { _ in },
      onTrouble: { trouble in
        if let trouble { Terminal.say("\(trouble)") }
      })
    try offer(.robotJoined(robot, description))
  }

  private static var now: WallTime {
    WallTime(nanosecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1e9))
  }

  func write(_ reading: SensorReading) throws {
    if episode == nil || step == Self.scenesOfEpisode { try begin() }
    guard let episode else { return }
    var reading = reading
    reading.frames = try zip(reading.frames, description.cameras).map {
      try codec.encode($0, as: $1)
    }
    let record = StepRecord(
      observation: Observation(episode: episode, step: step, reading: reading),
      requestedAction: .hold, executedAction: .hold, commandSequence: UInt64(count),
      annotation: StepAnnotation(
        author: .hold, cause: .episodeStarted, uncertainty: nil, subtask: nil), isLate: false)
    try offer(
      .step(record, of: robot, task: description.task.name, receivedAt: reading.captureTime))
    step += 1
    count += 1
  }

  private func begin() throws {
    try end()
    let next = EpisodeID(
      session: session, ordinal: UInt32(count / Self.scenesOfEpisode + 1))
    try offer(
      .episodeStarted(next, robot, task: description.task.name, seed: nil, at: Self.now))
    (episode, step) = (next, 0)
  }

  private func end() throws {
    guard let episode else { return }
    try offer(.episodeEnded(episode, .discarded, at: Self.now))
  }

  func close() throws {
    try end()
    let lost = recorder.close(patience: 60)
    guard lost == 0 else { throw SceneLoss(entries: lost) }
  }

  private func offer(_ entry: RecordingEntry) throws {
    // A full queue is emptied in some milliseconds; a disk that stays full is told by `onTrouble`.
    for _ in 0..<60_000 {
      if recorder.offer(entry) { return }
      usleep(1_000)
    }
    throw SceneLoss(entries: 1)
  }
}

/// Scenes that could not be written.
private struct SceneLoss: Error, CustomStringConvertible {
  var entries: Int
  var description: String {
    "\(entries) entries could not be written; is there space on the disk?"
  }
}

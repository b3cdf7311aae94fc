import ArgumentParser
import CommandLineKit
import Foundation
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

  @Option(help: "The recording to write.", transform: OutputPath.init)
  var output: OutputPath

  @Option(help: "How many scenes.")
  var count = 20_000

  @Option(help: "Take a posture every N steps of the recording.")
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
    let output = try self.output.checked()
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
    let writer = try SceneRecording(output, robot.description)
    let mixer = SceneMixer(task: simulated)
    var random = SplitMix64(seed: seed)
    var misses = 0
    while writer.count < count, !stop.isSet {
      let posture = postures[Int.random(in: postures.indices, using: &random)]
      guard let scene = mixer.scene(about: posture.mixed, using: &random) else {
        misses += 1
        guard misses < Self.missLimit else { throw NoRoom(recording: recording) }
        continue
      }
      misses = 0
      try robot.arrange(
        joints: posture.joints, gripperOpening: posture.opening, objects: scene)
      try writer.write(robot.observe())
      if writer.count % 100 == 0 {
        Terminal.progress("scenes \(writer.count) of \(count)")
      }
    }
    try writer.close()
    Terminal.say("\(output): \(writer.count) scenes about \(postures.count) postures")
    if stop.isSet { throw ExitCode(130) }
  }

  /// Postures in a row about which no layout leaves the hand free.
  private static let missLimit = 1_000

  private struct NoRoom: Error, CustomStringConvertible {
    var recording: String
    var description: String {
      "none of \(missLimit) layouts leaves the hand free in the postures of \(recording); is it a "
        + "recording of this task?"
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
      for step in try reader.stepsIfReadable(of: episode.id) where step.index % stride == 0 {
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

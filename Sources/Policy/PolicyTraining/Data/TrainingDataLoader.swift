internal import Foundation
internal import ImageCodecs
internal import Numbers
internal import Policy
internal import RecordingStore
internal import RobotData

extension TrainingData {
  /// Which demonstrations are wanted.
  public struct Selection: Sendable {
    /// The recordings' files.
    public var recordings: [String]
    /// The task.
    public var task: String
    /// Pixels along each side of the pictures.
    public var pictureSide: Int
    /// The share of episodes that is kept to measure on.
    public var heldOutShare = 0.1
    /// How many steps after a choice nothing shows what was chosen.
    public var branchSteps = 10
    /// Recordings of scenes for the eye alone, of the same task and robot.
    public var scenes: [String] = []
    /// At most this many episodes, the first ones; nil is all.
    public var episodeLimit: Int?
    /// Draws the episodes that are kept to measure on.
    public var seed: UInt64

    /// All successful episodes of a task.
    public init(recordings: [String], task: String, pictureSide: Int, seed: UInt64) {
      self.recordings = recordings
      self.task = task
      self.pictureSide = pictureSide
      self.seed = seed
    }
  }

  /// Reads the successful episodes of one task, also while recordings are being written.
  ///
  /// - Parameters:
  ///   - selection: Which.
  ///   - progress: Told how many episodes of how many are read.
  /// - Throws: `TrainingError`, or `RecordingError` of the file that cannot be read.
  public init(_ selection: Selection, progress: (Int, Int) -> Void = { _, _ in }) throws {
    guard !selection.recordings.isEmpty else { throw TrainingError.noRecordings }
    var found: [(reader: RecordingReader, episode: EpisodeSummary)] = []
    var (tasks, tried): (Set<String>, Int) = ([], 0)
    var source = Source()
    for path in selection.recordings {
      let reader = try RecordingReader(path: path)
      let episodes = try reader.episodes()
      tasks.formUnion(episodes.map(\.task))
      let fitting = episodes.filter { $0.task == selection.task }
      tried += fitting.count
      found += fitting.filter { $0.outcome == "success" }.map { (reader, $0) }
      source.recordings.append(URL(filePath: path).lastPathComponent)
      source.sessions += try reader.sessions()
    }
    guard tried > 0 else {
      throw TrainingError.unknownTask(selection.task, found: tasks.sorted())
    }
    guard !found.isEmpty else {
      throw TrainingError.noSuccess(task: selection.task, episodes: tried)
    }
    if let limit = selection.episodeLimit { found = Array(found.prefix(limit)) }
    guard found.count >= 2 else { throw TrainingError.tooFewEpisodes(found.count) }
    var loader = try Loader(selection, found[0].reader, found[0].episode)
    for (index, one) in found.enumerated() {
      progress(index, found.count)
      try loader.append(one.episode, of: one.reader)
    }
    self = try loader.finished(source: source)
  }

  fileprivate init(_ loader: Loader, episodes: [Episode], source: Source) throws {
    robot = loader.robot
    self.source = source
    self.episodes = episodes
    pictures = loader.pictures
    proprioception = loader.proprioception
    velocities = loader.velocities
    grippers = loader.grippers
    subtasks = loader.subtasks
    stepsToEnd = loader.stepsToEnd
    isBranch = loader.isBranch
    isHuman = loader.isHuman
    objects = ObjectTargets(
      scenes: loader.scenes, hands: loader.hands, episodes: loader.ranges.map(\.steps))
    scenes = try loader.mixedScenes(objects.columns)
  }
}

/// Collects episodes.
private struct Loader {
  let selection: TrainingData.Selection
  let robot: PolicyManifest.Robot
  var pictures: PictureStore
  var ranges: [(id: String, steps: Range<Int>)] = []
  var proprioception: [Float] = []
  var velocities: [Float] = []
  var grippers: [Int] = []
  var subtasks: [Int] = []
  var stepsToEnd: [Int] = []
  var isBranch: [Bool] = []
  var isHuman: [Bool] = []
  var scenes: [[SimulatedState.Object]] = []
  var hands: [Vector3] = []

  init(
    _ selection: TrainingData.Selection, _ reader: RecordingReader, _ episode: EpisodeSummary
  ) throws {
    self.selection = selection
    robot = try Self.robot(of: episode, in: reader, side: selection.pictureSide)
    pictures = PictureStore(cameras: robot.cameras, side: selection.pictureSide)
  }

  private static func robot(
    of episode: EpisodeSummary, in reader: RecordingReader, side: Int
  ) throws -> PolicyManifest.Robot {
    guard let description = try reader.description(ofRobotIn: episode.id) else {
      throw TrainingError.unknownRobot(path: reader.path, episode: episode.id)
    }
    guard !description.cameras.isEmpty else {
      throw TrainingError.noPictures(path: reader.path, episode: episode.id)
    }
    for camera in description.cameras
    where camera.size != ImageSize(width: side, height: side) {
      throw TrainingError.pictureSize(
        path: reader.path, camera: camera.name.name, found: camera.size.description, wanted: side)
    }
    return PolicyManifest.Robot(
      profile: description.profile, joints: description.joints, rate: description.rate,
      cameras: description.cameras.map(\.name.name), pictureSide: side,
      linearSpeed: description.limits.linearSpeed, angularSpeed: description.limits.angularSpeed,
      task: description.task.name.name, subtasks: description.task.subtasks.map(\.name))
  }

  /// Refuses a robot that is not like the first.
  private func check(_ other: PolicyManifest.Robot, _ path: String) throws {
    let pairs: [(String, String, String)] = [
      ("cameras", robot.cameras.joined(separator: ", "), other.cameras.joined(separator: ", ")),
      ("joints", robot.joints.joined(separator: ", "), other.joints.joined(separator: ", ")),
      ("control rate", "\(robot.rate) Hz", "\(other.rate) Hz"),
      ("linear speed", "\(robot.linearSpeed) m/s", "\(other.linearSpeed) m/s"),
      ("angular speed", "\(robot.angularSpeed) rad/s", "\(other.angularSpeed) rad/s"),
      ("subtasks", robot.subtasks.joined(separator: ", "), other.subtasks.joined(separator: ", ")),
    ]
    for (property, first, second) in pairs where first != second {
      throw TrainingError.differentRobots(
        property: property, first: first, other: second, path: path)
    }
  }

  mutating func append(_ episode: EpisodeSummary, of reader: RecordingReader) throws {
    try check(Self.robot(of: episode, in: reader, side: selection.pictureSide), reader.path)
    let steps = try reader.stepsIfReadable(of: episode.id).filter { $0.author != .hold }
    guard !steps.isEmpty else { return }
    let start = grippers.count
    for step in steps {
      pictures.append(try frames(of: step, episode.id, reader.path))
      proprioception += ProprioceptionFeatures.values(of: step.proprioception)
      let twist = step.requestedAction.twist
      velocities += (twist.linear.components + twist.angular.components).map(Float.init)
      grippers.append(Int(step.requestedAction.gripper.rawValue))
      scenes.append(step.objects)
      hands.append(step.proprioception.endEffectorPose.position)
      if case .human = step.author { isHuman.append(true) } else { isHuman.append(false) }
    }
    let labels = Subtasks(steps, names: robot.subtasks, branchSteps: selection.branchSteps)
    subtasks += labels.hindsight
    stepsToEnd += labels.stepsToEnd
    isBranch += labels.isBranch
    ranges.append((episode.id, start..<grippers.count))
  }

  private func frames(
    of step: RecordedStep, _ episode: String, _ path: String
  ) throws -> [CameraFrame] {
    guard !step.frames.isEmpty else {
      throw TrainingError.noPictures(path: path, episode: episode)
    }
    return try robot.cameras.map { camera in
      guard let frame = step.frames.first(where: { $0.camera.name == camera }) else {
        throw TrainingError.missingPicture(
          path: path, episode: episode, step: step.index, camera: camera)
      }
      guard frame.size.width == pictures.side, frame.size.height == pictures.side else {
        throw TrainingError.pictureSize(
          path: path, camera: camera, found: frame.size.description, wanted: pictures.side)
      }
      return frame
    }
  }

  /// Draws the episodes that are kept to measure on.
  func finished(source: TrainingData.Source) throws -> TrainingData {
    var random = SplitMix64(seed: selection.seed)
    let wanted = Int(saturating: (Double(ranges.count) * selection.heldOutShare).rounded())
    let count = min(max(wanted, 1), ranges.count - 1)
    let heldOut = Set(ranges.indices.shuffled(using: &random).prefix(count))
    let episodes = ranges.enumerated().map { index, range in
      TrainingData.Episode(
        id: range.id, steps: range.steps, isHeldOut: heldOut.contains(index))
    }
    return try TrainingData(self, episodes: episodes, source: source)
  }

  /// Reads the scenes that no demonstration went through.
  func mixedScenes(_ columns: [ObjectTargets.Column]) throws -> TrainingData.Scenes {
    var pictures = PictureStore(cameras: robot.cameras, side: selection.pictureSide)
    var (objects, proprioception): ([Float], [Float]) = ([], [])
    for path in selection.scenes {
      let reader = try RecordingReader(path: path)
      let before = pictures.count
      for episode in try reader.episodes() where episode.task == selection.task {
        try check(Self.robot(of: episode, in: reader, side: selection.pictureSide), path)
        for step in try reader.stepsIfReadable(of: episode.id) {
          let hand = step.proprioception.endEffectorPose.position
          guard let values = ObjectTargets.values(of: step.objects, hand: hand, columns) else {
            continue
          }
          proprioception += ProprioceptionFeatures.values(of: step.proprioception)
          pictures.append(try frames(of: step, episode.id, path))
          objects += values
        }
      }
      guard pictures.count > before else {
        throw TrainingError.noScenes(path: path, task: selection.task)
      }
    }
    return TrainingData.Scenes(
      pictures: pictures, objects: objects, proprioception: proprioception)
  }
}

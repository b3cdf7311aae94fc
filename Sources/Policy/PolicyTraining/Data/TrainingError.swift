/// Why training cannot begin or go on.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No recording was named.
  case noRecordings
  /// The recordings hold episodes of other tasks only.
  case unknownTask(String, found: [String])
  /// No episode of the task ended well.
  case noSuccess(task: String, episodes: Int)
  /// Too few episodes to learn from some and to measure on others.
  case tooFewEpisodes(Int)
  /// The robot of an episode never announced itself in the file.
  case unknownRobot(path: String, episode: String)
  /// Robots that are not alike.
  case differentRobots(property: String, first: String, other: String, path: String)
  /// A recording without pictures.
  case noPictures(path: String, episode: String)
  /// A step lacks the picture of a camera.
  case missingPicture(path: String, episode: String, step: Int, camera: String)
  /// A picture that the encoder does not take.
  case pictureSize(path: String, camera: String, found: String, wanted: Int)
  /// A picture cannot be read.
  case picture(episode: String, step: Int, camera: String, reason: String)
  /// A recording that was named for its scenes and holds none of the task with all its objects.
  case noScenes(path: String, task: String)
  /// The policy whose eye was to be taken has another one.
  case otherEye(folder: String)
  /// LibTorch cannot use the device.
  case noDevice(String)
  /// The recipe makes no sense.
  case recipe(String)
  /// A file of the output folder cannot be read or written.
  case file(path: String, reason: String)
  /// A checkpoint that no one said what to do with.
  case checkpointInTheWay(path: String)
  /// There is no checkpoint to go on from.
  case noCheckpoint(path: String)
  /// The checkpoint is of another training.
  case otherCheckpoint(path: String, difference: String)
  /// A stage needs what an earlier one makes.
  case missingStage(stage: String, needs: String)
  /// A loss is no longer a number.
  case diverged(stage: String, epoch: Int)
  /// Someone pressed Ctrl-C.
  case interrupted(checkpoint: String)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .noRecordings: "no recording to learn from; name one with --recording"
    case .unknownTask(let task, let found):
      found.isEmpty
        ? "the recordings hold no episode"
        : "no episode of the task \(task) in the recordings; there are: "
          + found.joined(separator: ", ")
    case .noSuccess(let task, let episodes):
      "none of the \(episodes) episodes of the task \(task) ended in success; there is nothing to "
        + "learn from"
    case .tooFewEpisodes(let count):
      "\(count) successful episode is too few: at least 2 are needed, one of them to measure on"
    case .unknownRobot(let path, let episode):
      "\(path) does not say which robot episode \(episode) was recorded on; leave that file out"
    case .differentRobots(let property, let first, let other, let path):
      "the robots differ in their \(property): \(first) before, \(other) in \(path); train on "
        + "recordings of one kind of robot"
    case .noPictures(let path, let episode):
      "\(path) holds no pictures (episode \(episode)); a policy learns from pictures"
    case .missingPicture(let path, let episode, let step, let camera):
      "step \(step) of episode \(episode) in \(path) has no picture of the camera \(camera)"
    case .pictureSize(let path, let camera, let found, let wanted):
      "the camera \(camera) in \(path) has \(found) pictures; the encoder takes \(wanted)×\(wanted)"
    case .picture(let episode, let step, let camera, let reason):
      "the picture of \(camera) at step \(step) of episode \(episode): \(reason)"
    case .noScenes(let path, let task):
      "\(path) holds no scenes of \(task); make them with "
        + "`mallard scenes --task \(task) --recording ... --output \(path)`"
    case .otherEye(let folder):
      "the eye of \(folder) looks through other cameras, or has other sizes than the recipe asks for; "
        + "leave --eye out to train one"
    case .noDevice(let device):
      "this LibTorch has no \(device) to use: Debian's knows the processor alone; build with "
        + "`make train-build LIBTORCH=...` against one that does, on a machine with such a card"
    case .recipe(let text): "the recipe: \(text)"
    case .file(let path, let reason): "\(path): \(reason)"
    case .checkpointInTheWay(let path):
      "\(path) holds a training already; go on with --resume, run late stages anew with --from, or "
        + "forget it with --restart"
    case .noCheckpoint(let path): "there is no checkpoint in \(path) to go on from"
    case .otherCheckpoint(let path, let difference):
      "the checkpoint in \(path) is of another training (\(difference)); choose another --output, or "
        + "begin anew with --restart"
    case .missingStage(let stage, let needs):
      "stage \(stage) needs \(needs), which the checkpoint lacks; begin with --from \(needs)"
    case .diverged(let stage, let epoch):
      "the loss of stage \(stage) is no longer a number in epoch \(epoch); try a smaller learning rate"
    case .interrupted(let checkpoint):
      "interrupted; go on with --resume (checkpoint in \(checkpoint))"
    }
  }
}

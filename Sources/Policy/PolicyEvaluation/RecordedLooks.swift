internal import Numbers
internal import Policy
public import RecordingStore
public import RobotData
internal import SimulatedTasks
public import TrainedPolicies

/// Looks at a recording of simulated robots that the policy was not trained on.
public struct RecordedLooks {
  /// One step in this number is looked at.
  public var stride = 2
  /// Told after each episode how many are done.
  public var progress: (Int, Int) -> Void = { _, _ in }

  /// Looks of these defaults.
  public init() {}

  /// What the policy says at branch points and on familiar stretches, told apart by the
  /// simulator's state.
  ///
  /// - Parameters:
  ///   - policy: Its bundle's task decides which episodes are looked at; of the method
  ///     `PolicyMethod.patoNamed`, so that it can be told a subtask.
  ///   - recording: Successful episodes are used.
  ///   - limit: At most this many episodes.
  /// - Returns: The looks, and the box in which the hand was: opposite corners, m.
  /// - Throws: `RecordingError`, `EvaluationError`.
  public func collect(
    _ policy: TrainedPolicy, _ recording: RecordingReader, limit: Int
  ) throws -> (looks: [SituationLook], lower: Vector3, upper: Vector3) {
    let name = try TaskName(policy.manifest.robot.task)
    guard let task = SimulatedTasks.named(name) else {
      throw EvaluationError.notSimulated(task: name)
    }
    var filter = EpisodeFilter()
    filter.task = name
    filter.outcome = .success
    let episodes = try recording.episodes(filter).prefix(limit)
    guard !episodes.isEmpty else {
      throw EvaluationError.noEpisodes(path: recording.path, task: name)
    }
    var looks: [SituationLook] = []
    var (lower, upper) = (
      Vector3(.infinity, .infinity, .infinity), Vector3(-.infinity, -.infinity, -.infinity)
    )
    for (index, episode) in episodes.enumerated() {
      let steps = try recording.stepsIfReadable(of: episode.id)
      for step in steps {
        let hand = step.proprioception.endEffectorPose.position
        lower = Vector3(min(lower.x, hand.x), min(lower.y, hand.y), min(lower.z, hand.z))
        upper = Vector3(max(upper.x, hand.x), max(upper.y, hand.y), max(upper.z, hand.z))
      }
      looks += try self.looks(policy, task, steps, episode: episode.id)
      progress(index + 1, episodes.count)
    }
    return (looks, lower, upper)
  }

  private func looks(
    _ policy: TrainedPolicy, _ task: any SimulatedTask, _ steps: [RecordedStep], episode: String
  ) throws -> [SituationLook] {
    let sizes = policy.manifest.architecture
    var points = BranchPoints(
      task: task, horizon: sizes.horizon,
      period: .saturating(seconds: 1 / policy.manifest.robot.rate))
    var found: [(situation: Situation, visit: String, step: Int, sight: PolicySight)] = []
    var (visit, wasBranch) = (0, false)
    // A grasp that fails leads to no branch: visits in which it never opens are left out.
    var passed: Set<String> = []
    for step in steps {
      guard step.author != .hold, let progress = step.progress, !progress.isSuccess else {
        continue
      }
      let scene = SceneState(
        objects: Dictionary(step.objects.map { ($0.name, $0.pose) }) { first, _ in first },
        touched: [])
      let nearness = points.nearness(
        scene, progress, hand: step.proprioception.endEffectorPose.position,
        gripperOpening: step.proprioception.gripperOpening)
      let isBranch = nearness != .away
      if isBranch != wasBranch { visit += 1 }
      wasBranch = isBranch
      if nearness == .open { passed.insert("\(episode) \(visit)") }
      guard step.index % stride == 0 else { continue }
      let reading = SensorReading(
        captureTime: WallTime(nanosecondsSinceEpoch: 0), proprioception: step.proprioception,
        frames: step.frames, progress: nil, simulatedState: nil)
      found.append(
        (
          isBranch ? .branch : .familiar, "\(episode) \(visit)", step.index,
          PolicySight(reading: reading, subtask: step.subtask)
        ))
    }
    found.removeAll { $0.situation == .branch && !passed.contains($0.visit) }
    let unnamed = found.map { PolicySight(reading: $0.sight.reading, subtask: nil) }
    var looks = try zip(found, policy.analyse(unnamed, seed: 1)).map { look, analysis in
      SituationLook(
        look.situation, visit: look.visit, step: look.step,
        PolicyAnalysisFigures(try analysis.get()))
    }
    let told = found.indices.filter {
      found[$0].situation == .branch && found[$0].sight.subtask != nil
    }
    let named = policy.analyse(told.map { found[$0].sight }, seed: 1)
    for (index, analysis) in zip(told, named) {
      looks[index].namedTask = try analysis.get().hierarchy?.task
    }
    return looks
  }
}

extension PolicyAnalysisFigures {
  init(_ analysis: PolicyAnalysis) {
    self.init(
      task: analysis.hierarchy?.task ?? 0, policy: analysis.hierarchy?.policy ?? 0,
      flat: analysis.flat?.disagreement, risk: analysis.flat?.risk)
  }
}

/// Why a policy cannot be evaluated.
public enum EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Branch points are known of simulated tasks only.
  case notSimulated(task: TaskName)
  /// There is nothing to look at.
  case noEpisodes(path: String, task: TaskName)
  /// The hand could not be driven out of the box in which it was.
  case notMoved(margin: Double)

  /// In words.
  public var description: String {
    switch self {
    case .notSimulated(let task):
      "\(task) is no simulated task; where its branch points are is not known, so set the "
        + "thresholds by hand (--task-threshold, --policy-threshold)"
    case .noEpisodes(let path, let task):
      "\(path) holds no successful episode of \(task); record some with "
        + "`mallard fleet --task \(task) --style play --lockstep`"
    case .notMoved(let margin):
      "the hand could not be driven \(Int(saturating: margin * 100)) cm out of where it is in the recording; the "
        + "recording fills the workspace, so that there is no unfamiliar place to look at"
    }
  }
}

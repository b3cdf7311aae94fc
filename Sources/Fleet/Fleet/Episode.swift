internal import RobotData

/// What the fleet knows of an episode in progress.
struct Episode: Sendable {
  let id: EpisodeID
  /// Decides the scene; nil for an episode that another run of the coordinator began.
  let seed: UInt64?
  /// The index of the newest step that was seen; nil before the first.
  var latestStep: Int?
  /// The least index that the next observation may have: that of the newest observation, which a
  /// robot that stands still refreshes, or the one that a robot which returned has announced.
  var leastStep: Int
  /// When the newest observation that was fresh on arrival was taken.
  var latestTaken: FleetInstant?
  /// How old the newest observation was when it arrived.
  var observationAge: Duration = .zero
  /// How far the task had come at the newest fresh observation.
  var progress: TaskProgress?
  /// Steps seen while the policy or a person had control.
  var drivenSteps = 0
  /// Fresh observations that no command has answered yet.
  var open = Sightings()
  /// Observations that the policy was asked about and has not answered yet.
  var asked = Sightings()
  /// The subtasks that an operator or the plan chose, in order: the present one, then those that follow
  /// it. Each goes when it is done.
  var chosen: [SubtaskName] = []
  /// What the policy last said of its uncertainty, and for which step.
  var uncertainty: (step: Int, value: Uncertainty)?
  /// Where the policy last meant to go.
  var subgoal: Subgoal?
  /// The subtask that was chosen to be done now.
  var subtask: SubtaskName? { chosen.first }
  /// How long the robot has waited for people in this episode, the present request left out.
  var waitedBefore: Duration = .zero

  init(_ id: EpisodeID, seed: UInt64?, nextStep: Int = 0) {
    self.id = id
    self.seed = seed
    latestStep = nextStep > 0 ? nextStep - 1 : nil
    leastStep = max(nextStep, 0)
  }

  /// The robot returned and says which step comes next: it is right, whatever was seen before.
  mutating func resume(at nextStep: Int) {
    latestStep = nextStep > 0 ? nextStep - 1 : nil
    leastStep = max(nextStep, 0)
    open.removeAll()
    asked.removeAll()
  }

  /// The uncertainty for exactly this step, where the policy has looked at it.
  func uncertainty(at step: Int?) -> Uncertainty? {
    guard let uncertainty, uncertainty.step == step else { return nil }
    return uncertainty.value
  }

  /// Takes over what a fresh observation says of the task. A chosen subtask that is done by now is no
  /// longer among those that are chosen; the next one is the first of them that can be done now.
  mutating func follow(_ next: TaskProgress?) {
    let before = progress?.completed ?? []
    progress = next
    guard let subtask, let next, next.completed.contains(subtask), !before.contains(subtask) else {
      return
    }
    let later = chosen.dropFirst().filter { !next.completed.contains($0) }
    // A robot that cannot tell what is open is believed to be able to go on as was chosen.
    chosen = next.available.isEmpty ? later : Array(later.drop { !next.available.contains($0) })
  }
}

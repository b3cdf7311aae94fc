internal import RecordingStore
internal import RobotData

/// What an episode says of its subtasks, in hindsight.
struct Subtasks {
  /// The subtask that is being done: the chosen one, or else the next that is done or chosen; -1 after
  /// the last.
  private(set) var hindsight: [Int]
  /// Steps until it is done; 0 at its end.
  private(set) var stepsToEnd: [Int]
  /// Whether there was a choice, and nothing shows yet what was chosen.
  private(set) var isBranch: [Bool]

  /// - Parameters:
  ///   - steps: Of one episode.
  ///   - names: The task's subtasks.
  ///   - branchSteps: How many steps after a choice nothing shows what was chosen.
  init(_ steps: [RecordedStep], names: [String], branchSteps: Int) {
    let places = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first
    }
    hindsight = [Int](repeating: -1, count: steps.count)
    stepsToEnd = [Int](repeating: 0, count: steps.count)
    isBranch = [Bool](repeating: false, count: steps.count)
    var next = -1
    for index in steps.indices.reversed() {
      if let name = steps[index].subtask {
        next = places[name.name] ?? -1
      } else if index + 1 < steps.count, let now = steps[index].progress?.completed,
        let done = steps[index + 1].progress?.completed.first(where: { !now.contains($0) })
      {
        // A policy did it, and no one had named it.
        next = places[done.name] ?? -1
      }
      hindsight[index] = next
    }
    markEnds(steps)
    markBranches(steps, branchSteps)
  }

  /// A subtask ends where the robot says so, or else where the next one begins.
  private mutating func markEnds(_ steps: [RecordedStep]) {
    var end = steps.count - 1
    for index in steps.indices.reversed().dropFirst() {
      let (now, later) = (steps[index].progress, steps[index + 1].progress)
      let isDone =
        if let now, let later { later.completed.count > now.completed.count } else {
          hindsight[index] != hindsight[index + 1]
        }
      if isDone { end = index + 1 }
      stepsToEnd[index] = hindsight[index] < 0 ? 0 : end - index
    }
  }

  /// From the moment at which several subtasks became possible until a little after one was chosen.
  private mutating func markBranches(_ steps: [RecordedStep], _ branchSteps: Int) {
    var sinceChoice = 0
    for index in steps.indices {
      let isNew =
        index == 0 || hindsight[index] != hindsight[index - 1]
        || steps[index].progress?.completed.count != steps[index - 1].progress?.completed.count
      if isNew { sinceChoice = 0 }
      if steps[index].subtask != nil { sinceChoice += 1 }
      let choices = steps[index].progress?.available.count ?? (isNew ? 2 : 1)
      isBranch[index] = choices > 1 && sinceChoice <= branchSteps
    }
  }
}

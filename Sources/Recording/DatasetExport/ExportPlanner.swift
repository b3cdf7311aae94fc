public import Datasets
public import RecordingStore
public import RobotData

/// What is to be exported, and how steps are labelled.
public struct ExportOptions: Hashable, Sendable, Codable {
  /// Which episodes.
  public var filter = DatasetFilter()
  /// The part of all episodes that is held out, 0 to 1.
  public var validShare = 0.1
  /// Policy steps before an intervention that are labelled as leading to it.
  public var preInterventionWindow = SegmentFinder.usualWindow
  /// What writes the dataset, for example "mallard 0.1".
  public var software: String

  /// Everything that is worth learning from.
  public init(software: String) { self.software = software }
}

/// An export that has been planned: what a dry run shows.
public struct PlannedExport: Sendable {
  /// What the writer is told.
  public var plan: DatasetPlan
  /// Episodes that are left out, by reason.
  public var refusals: [DatasetRefusal: Int]
  /// Which recording each of the plan's episodes lies in.
  var sources: [Int]
  var segments: [[SegmentSpan]]
  var qualities: [EpisodeQuality]
  /// The episodes in which a clock was set while they were recorded, and where: their times go into the
  /// dataset as they are.
  public var clockJumps: [EpisodeClockJumps]
  /// Of each episode that is left out as damaged: what is wrong with which row.
  public var damages: [String] = []
}

/// An episode in which a clock was set while it was recorded.
public struct EpisodeClockJumps: Hashable, Sendable, Encodable {
  /// The episode's identifier.
  public var episode: String
  /// Where, and how far.
  public var jumps: [ClockJump]

  /// What people should know, and do.
  public var text: String {
    let steps = jumps.map { "step \($0.step) \($0.text)" }.joined(separator: "; ")
    return "the times of episode \(episode) are not to be believed: \(steps); "
      + "a tag and --without-tag leave the episode out"
  }
}

/// Reads recordings without their pictures, and decides what a dataset will hold.
public struct ExportPlanner {
  let readers: [RecordingReader]
  let options: ExportOptions

  /// Plans an export of these recordings.
  public init(_ readers: [RecordingReader], _ options: ExportOptions) {
    self.readers = readers
    self.options = options
  }

  private struct Candidate {
    var facts: EpisodeFacts
    var source: Int
    var segments: [SegmentSpan]
    var quality: EpisodeQuality
    var description: RobotDescription
    var clockJumps: [ClockJump]
  }

  /// Decides.
  ///
  /// - Parameter progress: Is told how many of how many episodes were looked at; false ends it.
  /// - Returns: The plan.
  /// - Throws: `ExportError` when nothing is left or robots differ, `RecordingError`.
  public func plan(
    progress: (_ done: Int, _ of: Int) -> Bool = { _, _ in true }
  ) throws -> PlannedExport {
    var refusals: [DatasetRefusal: Int] = [:]
    var subtasks: Set<String> = []
    var candidates: [Candidate] = []
    var damages: [String] = []
    let rows = try readers.enumerated().flatMap { source, reader in
      try reader.episodeRows().map { (source, $0) }
    }.sorted { ($0.1.startedAt, $0.1.id, $0.0) < ($1.1.startedAt, $1.1.id, $1.0) }
    for (done, (source, row)) in rows.enumerated() {
      guard progress(done, rows.count) else { throw CancellationError() }
      let facts = EpisodeFacts(row)
      if let refusal = options.filter.earlyRefusal(of: facts) {
        refusals[refusal, default: 0] += 1
        continue
      }
      // A damaged row costs its episode, and not the export of the others.
      if let damage = try readers[source].damage(of: row.id) {
        refusals[.damaged, default: 0] += 1
        damages.append(damage)
        continue
      }
      guard let description = try readers[source].description(ofRobotIn: row.id) else {
        refusals[.unknownRobot, default: 0] += 1
        continue
      }
      // Its instruction is not known: the robot's is another task's.
      guard description.task.name.name == facts.task else {
        refusals[.unknownTask, default: 0] += 1
        continue
      }
      let candidate = try look(at: facts, in: source, description, &subtasks)
      if let refusal = options.filter.refusal(of: candidate.facts) {
        refusals[refusal, default: 0] += 1
      } else if let twin = candidates.firstIndex(where: { $0.facts.id == row.id }) {
        // Copies of a recording, or parts of a merge: the fuller one counts.
        refusals[.duplicate, default: 0] += 1
        if candidates[twin].facts.steps < candidate.facts.steps { candidates[twin] = candidate }
      } else {
        candidates.append(candidate)
      }
    }
    guard !candidates.isEmpty else {
      throw ExportError.nothingToExport(
        refusals: ([Self.text(of: refusals)] + damages).joined(separator: "; "))
    }
    try Self.refuseDifferences(candidates)
    var planned = try assemble(candidates, refusals, subtasks)
    planned.damages = damages
    return planned
  }

  /// All episodes have the same columns, and one name of a task means one instruction: else
  /// demonstrations of one would be labelled with the other's.
  private static func refuseDifferences(_ candidates: [Candidate]) throws(ExportError) {
    var kinds: [Candidate] = []
    for candidate in candidates
    where !kinds.contains(where: { $0.description == candidate.description }) {
      for other in kinds {
        let differences = RobotCompatibility.differences(
          of: candidate.description, from: other.description, in: .dataset)
        guard differences.isEmpty else {
          throw .mismatch(
            episode: candidate.facts.id, other: other.facts.id,
            difference: differences.map(\.description).joined(separator: "; "))
        }
      }
      kinds.append(candidate)
    }
  }

  private func look(
    at facts: EpisodeFacts, in source: Int, _ description: RobotDescription,
    _ subtasks: inout Set<String>
  ) throws -> Candidate {
    var facts = facts
    var finder = SegmentFinder(window: options.preInterventionWindow)
    var meter = QualityMeter(rate: description.rate)
    var operators: Set<String> = []
    try readers[source].glance(at: facts.id) { step in
      facts.steps += 1
      switch step.author {
      case .hold: break
      case .policy: facts.policySteps += 1
      case .human(let name):
        facts.humanSteps += 1
        operators.insert(name.name)
      }
      finder.add(step.author)
      meter.add(
        StepOutline(
          captureTime: step.captureTime, author: step.author, executedAction: step.executedAction,
          velocity: step.velocity, uncertainty: step.uncertainty, isLate: step.isLate))
      if let subtask = step.subtask { subtasks.insert(subtask) }
    }
    facts.operators = operators.sorted()
    return Candidate(
      facts: facts, source: source, segments: finder.segments, quality: meter.quality,
      description: description, clockJumps: try readers[source].clockJumps(of: facts.id))
  }

  private func assemble(
    _ candidates: [Candidate], _ refusals: [DatasetRefusal: Int], _ subtasks: Set<String>
  ) throws -> PlannedExport {
    let schema = DatasetSchema(candidates[0].description)
    var tasks: [DatasetTask] = []
    var counts: [Segment: Int] = [:]
    for candidate in candidates {
      let instruction = candidate.description.task.instruction
      let task = DatasetTask(
        name: candidate.facts.task,
        instruction: instruction.isEmpty ? candidate.facts.task : instruction)
      if !tasks.contains(where: { $0.name == task.name }) { tasks.append(task) }
      for span in candidate.segments { counts[span.segment, default: 0] += span.count }
    }
    return PlannedExport(
      plan: DatasetPlan(
        schema: schema, episodes: candidates.map(\.facts), tasks: tasks,
        subtasks: subtasks.sorted(), segments: counts, weights: SegmentWeights(counts: counts),
        software: options.software),
      refusals: refusals, sources: candidates.map(\.source),
      segments: candidates.map(\.segments), qualities: Self.scored(candidates),
      clockJumps: candidates.compactMap { candidate in
        guard !candidate.clockJumps.isEmpty else { return nil }
        return EpisodeClockJumps(episode: candidate.facts.id, jumps: candidate.clockJumps)
      })
  }

  /// The measures with each duration's score among the episodes of its task.
  private static func scored(_ candidates: [Candidate]) -> [EpisodeQuality] {
    var qualities = candidates.map(\.quality)
    for task in Set(candidates.map(\.facts.task)) {
      let members = candidates.indices.filter { candidates[$0].facts.task == task }
      let scores = EpisodeQuality.durationScores(members.map { qualities[$0].seconds })
      for (member, score) in zip(members, scores) { qualities[member].durationScore = score }
    }
    return qualities
  }

  /// "3 discarded, 1 in progress"
  public static func text(of refusals: [DatasetRefusal: Int]) -> String {
    let parts = DatasetRefusal.allCases.compactMap { refusal in
      refusals[refusal].map { "\($0) \(refusal.rawValue)" }
    }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }
}

extension EpisodeFacts {
  /// What a row says; the steps are not counted yet.
  init(_ row: EpisodeRow) {
    self.init(
      id: row.id, session: row.session, robot: row.robot, task: row.task, outcome: row.outcome,
      startedAt: row.startedAt.nanosecondsSinceEpoch, endedAt: row.endedAt?.nanosecondsSinceEpoch,
      seed: row.seed, tags: row.tags, operators: [], steps: 0, humanSteps: 0, policySteps: 0)
  }
}

extension DatasetSchema {
  /// The schema of a robot's dataset.
  public init(_ description: RobotDescription) {
    self.init(
      rate: description.rate, profile: description.profile, isSimulated: description.isSimulated,
      joints: description.joints,
      cameras: description.cameras.sorted { $0.name < $1.name }.map { camera in
        DatasetCamera(
          name: camera.name.name, width: camera.size.width, height: camera.size.height)
      })
  }
}

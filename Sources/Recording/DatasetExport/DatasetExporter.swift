internal import Datasets
internal import Foundation
public import RecordingStore
internal import RobotData

/// How far an export is.
public struct ExportProgress: Hashable, Sendable {
  /// Steps written, with those of an earlier attempt.
  public var steps: Int
  /// Steps in all.
  public var totalSteps: Int
  /// Steps that an earlier attempt had written.
  public var resumedSteps: Int
  /// Episodes written.
  public var episodes: Int
}

/// What an export has written.
public struct ExportSummary: Hashable, Sendable, Encodable {
  /// The dataset.
  public var path: String
  /// Episodes in it.
  public var episodes: Int
  /// Steps in it.
  public var steps: Int
  /// Pictures in it.
  public var pictures: Int
  /// Its bytes on disk.
  public var bytes: Int
  /// Episodes that an earlier attempt had written.
  public var resumedEpisodes: Int
}

/// Writes planned datasets: one step at a time, in constant memory, and at the final path only when
/// all is there.
public struct DatasetExporter {
  private let readers: [RecordingReader]
  private let options: ExportOptions

  /// Exports these recordings.
  public init(_ readers: [RecordingReader], _ options: ExportOptions) {
    self.readers = readers
    self.options = options
  }

  /// Writes the dataset, or continues with what an interrupted export of the same has left.
  ///
  /// - Parameters:
  ///   - planned: What to write.
  ///   - writer: Writes the format.
  ///   - format: The format with the writer's options: a resumed export must have the same.
  ///   - output: The final path.
  ///   - progress: Is told after each step; false ends the export, which can be resumed.
  /// - Returns: What was written.
  /// - Throws: `ExportError`, `RecordingError`, and the writer's errors.
  public func run(
    _ planned: PlannedExport, with writer: some DatasetWriter, format: String, to output: String,
    progress: (ExportProgress) -> Bool = { _ in true }
  ) throws -> ExportSummary {
    let plan = planned.plan
    var work = try WorkFolder(output: output)
    defer { work.release() }
    let fingerprint = try fingerprint(of: planned, format)
    let journal = try work.journal(fingerprint: fingerprint)
    if journal == nil {
      try work.note(WorkFolder.Journal(fingerprint: fingerprint, episodes: 0, checkpoint: nil))
    }
    let done = journal?.checkpoint == nil ? 0 : journal?.episodes ?? 0
    try writer.begin(
      plan, in: work.dataset, scratch: work.scratch,
      after: journal?.checkpoint.map { Array($0) })
    let resumed = plan.episodes[..<done].reduce(0) { $0 + $1.steps }
    var state = ExportProgress(
      steps: resumed, totalSteps: plan.steps, resumedSteps: resumed, episodes: done)
    for index in done..<plan.episodes.count {
      try write(index, of: planned, with: writer, &state) {
        guard progress($0) else { throw ExportError.interrupted(path: work.path) }
      }
      if let checkpoint = try writer.endEpisode(), index + 1 < plan.episodes.count {
        try work.note(
          WorkFolder.Journal(
            fingerprint: fingerprint, episodes: index + 1, checkpoint: Data(checkpoint)))
      }
      state.episodes += 1
    }
    try writer.finish()
    let bytes = Self.bytes(of: work.dataset)
    try work.publish()
    return ExportSummary(
      path: work.output, episodes: plan.episodes.count, steps: plan.steps,
      pictures: plan.steps * plan.schema.cameras.count, bytes: bytes, resumedEpisodes: done)
  }

  private func write(
    _ index: Int, of planned: PlannedExport, with writer: some DatasetWriter,
    _ state: inout ExportProgress, _ report: (ExportProgress) throws -> Void
  ) throws {
    let reader = readers[planned.sources[index]]
    let facts = planned.plan.episodes[index]
    let episode = try describe(index, of: planned, firstStep: state.steps, reader)
    try writer.begin(episode)
    var labels = StepLabels(planned.segments[index], planned.plan.weights)
    var count = 0
    try reader.scan(facts.id) { recorded in
      guard count < facts.steps, let label = labels.next() else {
        throw ExportError.changed(episode: facts.id, planned: facts.steps, found: count + 1)
      }
      let isLast = count + 1 == facts.steps
      let frames = try arrange(recorded, planned.plan.schema, facts.id)
      // Images are held once.
      var recorded = recorded
      recorded.frames = []
      let step = DatasetStep(
        recorded: recorded, index: count, datasetIndex: state.steps, segment: label.segment,
        weight: label.weight, isLast: isLast, isSuccess: isLast && facts.outcome == "success",
        frames: frames)
      try writer.write(step)
      count += 1
      state.steps += 1
      try report(state)
    }
    guard count == facts.steps else {
      throw ExportError.changed(episode: facts.id, planned: facts.steps, found: count)
    }
  }

  private func describe(
    _ index: Int, of planned: PlannedExport, firstStep: Int, _ reader: RecordingReader
  ) throws -> DatasetEpisode {
    let facts = planned.plan.episodes[index]
    let session = try reader.session(facts.session)
    let description = try reader.description(ofRobotIn: facts.id)
    let task = planned.plan.tasks.first { $0.name == facts.task }
    return DatasetEpisode(
      index: index, firstStep: firstStep, facts: facts,
      instruction: task?.instruction ?? facts.task,
      robotDescription: try description.map { try RobotFacts($0).text } ?? "{}",
      session: DatasetSession(
        id: facts.session, startedAt: session?.startedAt.nanosecondsSinceEpoch ?? facts.startedAt,
        software: session?.software ?? "unknown", policy: session?.policy,
        isLockstep: session?.isLockstep ?? false, settings: session?.settings ?? "{}"),
      handovers: try reader.handoverRows(of: facts.id).map { DatasetHandover($0) },
      segments: planned.segments[index], quality: planned.qualities[index],
      split: DatasetSplit.of(facts.id, validShare: options.validShare))
  }

  /// The pictures in the order of the schema's cameras.
  private func arrange(
    _ step: RecordedStep, _ schema: DatasetSchema, _ episode: String
  ) throws -> [CameraFrame?] {
    try schema.cameras.map { camera in
      guard let frame = step.frames.first(where: { $0.camera.name == camera.name }) else {
        return nil
      }
      guard frame.size == ImageSize(width: camera.width, height: camera.height) else {
        throw ExportError.pictureSize(
          episode: episode, step: step.index, camera: camera.name,
          expected: "\(camera.width)×\(camera.height)", found: "\(frame.size)")
      }
      return frame
    }
  }

  /// Changes with everything that decides what is written.
  private func fingerprint(of planned: PlannedExport, _ format: String) throws -> String {
    struct Everything: Encodable {
      var format: String
      var options: ExportOptions
      var schema: DatasetSchema
      var episodes: [EpisodeFacts]
      var weights: [Double]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var options = options
    options.filter = DatasetFilter()
    let plan = planned.plan
    let data = try encoder.encode(
      Everything(
        format: format, options: options, schema: plan.schema, episodes: plan.episodes,
        weights: Segment.allCases.map { plan.weights[$0] }))
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }

  private static func bytes(of folder: String) -> Int {
    let files = FileManager.default.enumerator(atPath: folder)
    var sum = 0
    while files?.nextObject() != nil {
      guard files?.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
      sum += (files?.fileAttributes?[.size] as? NSNumber)?.intValue ?? 0
    }
    return sum
  }
}

/// Gives each step of an episode its segment and weight.
private struct StepLabels {
  private let spans: [SegmentSpan]
  private let weights: SegmentWeights
  private var (span, used) = (0, 0)

  init(_ spans: [SegmentSpan], _ weights: SegmentWeights) {
    self.spans = spans
    self.weights = weights
  }

  mutating func next() -> (segment: Segment, weight: Double)? {
    while span < spans.count, used == spans[span].count { (span, used) = (span + 1, 0) }
    guard span < spans.count else { return nil }
    used += 1
    return (spans[span].segment, weights[spans[span].segment])
  }
}

extension DatasetHandover {
  fileprivate init(_ row: HandoverRow) {
    self.init(
      step: row.step, time: row.time.nanosecondsSinceEpoch, from: row.from,
      fromOperator: row.fromOperator, to: row.to, toOperator: row.toOperator, cause: row.cause,
      reason: row.reason, waited: row.waited)
  }
}

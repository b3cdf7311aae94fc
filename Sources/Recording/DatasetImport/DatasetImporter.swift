internal import Foundation
internal import RecordingStore
internal import RobotData
internal import Synchronization

/// How far an import is.
public struct ImportProgress: Hashable, Sendable {
  /// Episodes done, those included that the recording had already.
  public var episodes = 0
  /// Steps done.
  public var steps = 0
  /// Steps in all.
  public var totalSteps: Int
}

/// What an import did.
public struct ImportSummary: Hashable, Sendable, Encodable {
  /// The recording.
  public var recording: String
  /// What was read.
  public var format: String
  /// Episodes that were recorded.
  public var episodes = 0
  /// Their steps.
  public var steps = 0
  /// Their pictures.
  public var pictures = 0
  /// Episodes that were not recorded, as the recording had them already.
  public var present = 0
  /// Episodes that were not recorded, as they had been purged from the recording.
  public var purged = 0
  /// What the dataset has beside what was recorded, by name.
  public var leftOut: [String] = []
}

/// Records a dataset, as if its robots had joined a fleet.
public struct DatasetImporter {
  private let recording: String

  /// An importer into the recording at this path; it may exist, and is made otherwise.
  public init(recording: String) { self.recording = recording }

  /// Records all episodes that the recording does not have yet: all of them, or, where anything is wrong
  /// or the import is interrupted, none.
  ///
  /// - Parameters:
  ///   - reader: The dataset.
  ///   - progress: Is told after each step; false ends the import.
  /// - Returns: What was recorded.
  /// - Throws: `ImportError`, `RecordingError`, and the reader's errors. The recording is then as it was.
  public func run(
    _ reader: some DatasetReader, progress: (ImportProgress) -> Bool = { _ in true }
  ) throws -> ImportSummary {
    var summary = ImportSummary(recording: recording, format: reader.format)
    summary.leftOut = reader.leftOut
    var state = ImportProgress(totalSteps: reader.stepCount)
    let addition = try RecordingAddition(to: recording)
    defer { addition.abandon() }
    var known = try knownSteps()
    var kinds = ImportedKinds()
    var writer: ImportSession?
    defer { writer?.cancel() }
    for index in 0..<reader.episodeCount {
      let episode = try reader.episode(index)
      let id = episode.id.description
      if let steps = known[id] {
        guard steps >= episode.steps else {
          throw ImportError.longer(episode: id, steps: episode.steps, known: steps)
        }
        summary.present += 1
        state.episodes += 1
        state.steps += episode.steps
        continue
      }
      known[id] = episode.steps
      if writer?.session != episode.session.id {
        try writer?.close()
        writer = nil
        writer = try ImportSession(addition.workingPath, episode.session)
      }
      guard let writer else { continue }
      if let reason = kinds.difference(of: episode) ?? addition.refusal(of: episode.description) {
        throw ImportError.mismatch(path: reader.path, episode: id, reason: reason)
      }
      try writer.begin(episode)
      try reader.readSteps(of: episode, index) { step in
        try writer.offer(
          .step(
            step.record, of: episode.robot, task: episode.task, receivedAt: step.receivedAt))
        summary.pictures += step.record.observation.reading.frames.count
        summary.steps += 1
        state.steps += 1
        guard progress(state) else { throw ImportError.interrupted(path: recording) }
      }
      try writer.end(episode)
      summary.episodes += 1
      state.episodes += 1
    }
    try writer?.close()
    writer = nil
    summary.purged = try addition.finish()
    summary.episodes -= summary.purged
    return summary
  }

  /// The steps of each episode that the recording has.
  private func knownSteps() throws -> [String: Int] {
    guard FileManager.default.fileExists(atPath: recording) else { return [:] }
    return try Dictionary(
      RecordingReader(path: recording).episodes().map { ($0.id, $0.steps) },
      uniquingKeysWith: { first, _ in first })
  }
}

/// The kinds of robots that a dataset has shown so far.
private struct ImportedKinds {
  private var kinds: [(episode: EpisodeID, description: RobotDescription)] = []
  /// The task of each robot of a session, which a recording has one row for.
  private var tasks: [SessionRobot: TaskName] = [:]

  private struct SessionRobot: Hashable {
    var session: SessionID
    var robot: RobotID
  }

  /// Why an episode would be labelled with what is not its own, or in what its robot differs from an earlier
  /// one's that it must be like; nil where it fits.
  mutating func difference(of episode: ImportedEpisode) -> String? {
    let description = episode.description
    guard description.task.name == episode.task else {
      return "its task is \(episode.task), and its robot's is \(description.task.name): the "
        + "instruction of \(episode.task) is not known"
    }
    let robot = SessionRobot(session: episode.session.id, robot: episode.robot)
    if let task = tasks.updateValue(episode.task, forKey: robot), task != episode.task {
      return "\(episode.robot) has the task \(task) in another episode of the same session, and "
        + "\(episode.task) here"
    }
    if kinds.contains(where: { $0.description == description }) { return nil }
    for (other, known) in kinds {
      let differences = RobotCompatibility.differences(of: description, from: known, in: .recording)
      guard differences.isEmpty else {
        return "it does not fit episode \(other) of the same dataset: "
          + differences.map(\.description).joined(separator: "; ")
      }
    }
    kinds.append((episode.id, description))
    return nil
  }
}

/// Writes the episodes of one session.
private final class ImportSession {
  let session: SessionID
  let recorder: Recorder
  private let path: String
  private let trouble: Trouble
  /// Tags of episodes that were written whole.
  private var tags: [(episode: EpisodeID, tag: EpisodeTag)] = []

  /// What the recorder says on its thread.
  private final class Trouble: Sendable {
    let error = Mutex<RecordingError?>(nil)
  }

  init(_ path: String, _ session: SessionRecord) throws {
    self.path = path
    self.session = session.id
    let trouble = Trouble()
    self.trouble = trouble
    recorder = try Recorder(
      path: path, session: session, onCommit: { _ in },
      onTrouble: { error in trouble.error.withLock { $0 = error } })
  }

  func begin(_ episode: ImportedEpisode) throws {
    try offer(.robotJoined(episode.robot, episode.description))
    try offer(
      .episodeStarted(
        episode.id, episode.robot, task: episode.task, seed: episode.seed, at: episode.startedAt))
  }

  func end(_ episode: ImportedEpisode) throws {
    for handover in episode.handovers { try offer(.handover(handover)) }
    try offer(.episodeClosed(episode.id, stepCount: episode.steps))
    try offer(.episodeEnded(episode.id, episode.outcome, at: episode.endedAt))
    for tag in episode.tags { tags.append((episode.id, try EpisodeTag(tag))) }
  }

  /// Waits while the recorder's queue is full. Ends with the first thing that cannot be written: what
  /// waits for room on a disk is not waited for, as nothing is lost with the import.
  func offer(_ entry: RecordingEntry) throws {
    repeat {
      if let error = trouble.error.withLock({ $0 }) { throw ImportError.notRecorded(error) }
      if recorder.offer(entry) { return }
      Thread.sleep(forTimeInterval: 0.005)
    } while true
  }

  /// Ends the session without what it still has to write.
  func cancel() { _ = recorder.close(patience: 0) }

  func close() throws {
    while recorder.waitingBytes > 0, trouble.error.withLock({ $0 == nil }) {
      Thread.sleep(forTimeInterval: 0.005)
    }
    let lost = recorder.close(patience: trouble.error.withLock { $0 == nil } ? 60 : 0)
    if let error = trouble.error.withLock({ $0 }) { throw ImportError.notRecorded(error) }
    guard lost == 0 else { throw ImportError.lost(path: path, entries: lost) }
    guard !tags.isEmpty else { return }
    // Tags are an editor's: the recorder writes what happened.
    let editor = try RecordingEditor(path: path, person: nil)
    for (episode, tag) in tags { try editor.add(tag, to: episode.description) }
    tags = []
  }
}

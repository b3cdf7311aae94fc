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
  /// Episodes that the recording had already.
  public var present = 0
}

/// Records a dataset, as if its robots had joined a fleet.
public struct DatasetImporter {
  private let recording: String

  /// An importer into the recording at this path; it may exist, and is made otherwise.
  public init(recording: String) { self.recording = recording }

  /// Records all episodes that the recording does not have yet.
  ///
  /// - Parameters:
  ///   - reader: The dataset.
  ///   - progress: Is told after each step; false ends the import, which can be gone on with.
  /// - Returns: What was recorded.
  /// - Throws: `ImportError`, `RecordingError`, and the reader's errors. The episodes before the one
  ///   that failed are kept.
  public func run(
    _ reader: some DatasetReader, progress: (ImportProgress) -> Bool = { _ in true }
  ) throws -> ImportSummary {
    var summary = ImportSummary(recording: recording, format: reader.format)
    var state = ImportProgress(totalSteps: reader.stepCount)
    let present = try present()
    var tape: Tape?
    // Knows what the recording held before, also when it is closed.
    var gate: Recorder?
    // An error of the dataset leaves whole episodes behind.
    defer { try? tape?.close() }
    for index in 0..<reader.episodeCount {
      let episode = try reader.episode(index)
      if let known = present[episode.id.description], known.isWhole, known.steps >= episode.steps {
        summary.present += 1
        state.episodes += 1
        state.steps += episode.steps
        continue
      }
      if tape?.session != episode.session.id {
        try tape?.close()
        tape = nil
        tape = try Tape(recording, episode.session)
      }
      guard let tape else { continue }
      gate = gate ?? tape.recorder
      if let reason = gate?.refusal(of: episode.robot, episode.description) {
        throw ImportError.mismatch(episode: episode.id.description, reason: reason)
      }
      try tape.begin(episode)
      try reader.readSteps(of: episode, index) { step in
        try tape.offer(
          .step(
            step.record, of: episode.robot, task: episode.task, receivedAt: step.receivedAt))
        summary.pictures += step.record.observation.reading.frames.count
        summary.steps += 1
        state.steps += 1
        guard progress(state) else {
          throw ImportError.interrupted(path: recording, episodes: summary.episodes)
        }
      }
      try tape.end(episode, knownHandovers: present[episode.id.description]?.handovers ?? 0)
      summary.episodes += 1
      state.episodes += 1
    }
    try tape?.close()
    tape = nil
    return summary
  }

  private struct Known {
    var steps: Int
    var isWhole: Bool
    var handovers: Int
  }

  private func present() throws -> [String: Known] {
    guard FileManager.default.fileExists(atPath: recording) else { return [:] }
    return try Dictionary(
      RecordingReader(path: recording).episodes().map { episode in
        (
          episode.id,
          Known(
            steps: episode.steps, isWhole: episode.outcome != nil, handovers: episode.handovers)
        )
      }, uniquingKeysWith: { first, _ in first })
  }
}

/// Writes the episodes of one session.
private final class Tape {
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

  /// Hand-overs have no key of their own: those that an interrupted import has left are not
  /// written again.
  func end(_ episode: ImportedEpisode, knownHandovers: Int) throws {
    for handover in episode.handovers.dropFirst(knownHandovers) { try offer(.handover(handover)) }
    try offer(.episodeClosed(episode.id, stepCount: episode.steps))
    try offer(.episodeEnded(episode.id, episode.outcome, at: episode.endedAt))
    for tag in episode.tags { tags.append((episode.id, try EpisodeTag(tag))) }
  }

  /// Waits while the recorder's queue is full.
  func offer(_ entry: RecordingEntry) throws {
    while !recorder.offer(entry) {
      if let error = trouble.error.withLock({ $0 }) { throw ImportError.notRecorded(error) }
      Thread.sleep(forTimeInterval: 0.005)
    }
  }

  func close() throws {
    let lost = recorder.close(patience: 600)
    if let error = trouble.error.withLock({ $0 }) { throw ImportError.notRecorded(error) }
    guard lost == 0 else { throw ImportError.lost(path: path, entries: lost) }
    guard !tags.isEmpty else { return }
    // Tags are an editor's: the recorder writes what happened.
    let editor = try RecordingEditor(path: path, person: nil)
    for (episode, tag) in tags { try editor.add(tag, to: episode.description) }
    tags = []
  }
}

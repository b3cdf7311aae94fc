internal import Foundation
internal import RobotData

/// Keeps what a recording refused in a file of its own beside it, which is a recording too:
/// `mallard episodes merge` brings it back. Used on the recorder's thread only.
struct UnwrittenFile {
  /// The file beside a recording. Its name does not end as a recording's does, so that it is not taken
  /// for the newest one.
  static func path(beside recording: String) -> String { recording + "-unwritten" }

  private let path: String
  private let session: SessionRecord
  private var part: RecordingPart?
  // Where the file cannot be made, it is not tried for each of a million entries.
  private var isImpossible = false
  /// Robot and task of episodes, for those whose beginning is refused.
  private var episodes: [EpisodeID: (robot: RobotID, task: TaskName, time: WallTime)] = [:]

  init(beside recording: String, session: SessionRecord) {
    path = Self.path(beside: recording)
    self.session = session
  }

  /// Learns whose episode an entry is about.
  mutating func learn(_ entry: RecordingEntry) {
    switch entry {
    case .episodeStarted(let episode, let robot, let task, _, let time):
      episodes[episode] = (robot, task, time)
    case .step(let record, let robot, let task, let time):
      let episode = record.observation.episode
      if episodes[episode] == nil { episodes[episode] = (robot, task, time) }
    default: break
    }
  }

  /// Writes an entry.
  ///
  /// - Returns: The file; nil where it could not be written either.
  mutating func keep(_ numbered: NumberedEntry) -> String? {
    do throws(RecordingError) {
      let part = try open()
      var entries = [numbered]
      if let episode = numbered.entry.episode, let known = episodes[episode] {
        let start = RecordingEntry.episodeStarted(
          episode, known.robot, task: known.task, seed: nil, at: known.time)
        entries.insert(NumberedEntry(number: 0, ordinal: 0, tally: nil, entry: start), at: 0)
      }
      for entry in entries { _ = try part.commit([entry]) }
      return path
    } catch {
      part?.forgetCounts()
      return nil
    }
  }

  private mutating func open() throws(RecordingError) -> RecordingPart {
    if let part { return part }
    guard !isImpossible else { throw .device(path: path, reason: "it could not be made before") }
    do throws(RecordingError) {
      let new = try RecordingPart(path: path, session: session, lock: nil)
      part = new
      return new
    } catch {
      isImpossible = true
      throw error
    }
  }

  /// Closes the file, where there is one.
  mutating func close() {
    part?.close()
    part = nil
  }
}

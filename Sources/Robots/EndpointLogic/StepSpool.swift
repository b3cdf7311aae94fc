public import RobotData

/// The steps that the coordinator has not yet acknowledged, oldest first.
///
/// Nothing leaves the spool but by an acknowledgement, which comes after the commit to disk; so
/// neither a lost link nor a killed coordinator loses a step.
public struct StepSpool: Sendable {
  private struct Entry {
    var record: StepRecord
    var sentAt: FleetInstant
    var bytes: Int
  }

  private var entries: [Entry] = []

  /// Bytes of pictures and numbers that the spool holds.
  public private(set) var bytes = 0

  /// An empty spool.
  public init() {}

  /// Steps that wait for an acknowledgement.
  public var count: Int { entries.count }

  /// Which steps wait, oldest first.
  public var steps: [(episode: EpisodeID, step: Int)] {
    entries.map { ($0.record.observation.episode, $0.record.observation.step) }
  }

  /// Keeps a step that was sent (as observation and outcome) at `instant`.
  public mutating func append(_ record: StepRecord, sentAt instant: FleetInstant) {
    let bytes = record.approximateBytes
    entries.append(Entry(record: record, sentAt: instant, bytes: bytes))
    self.bytes += bytes
  }

  /// Forgets the episode's steps below `steps`: they are on disk.
  public mutating func acknowledge(_ episode: EpisodeID, steps: Int) {
    entries.removeAll { entry in
      let observation = entry.record.observation
      guard observation.episode == episode, observation.step < steps else { return false }
      bytes -= entry.bytes
      return true
    }
  }

  /// Whether the spool still holds a step of the episode.
  public func holds(_ episode: EpisodeID) -> Bool {
    entries.contains { $0.record.observation.episode == episode }
  }

  /// Up to `burst` steps that were last sent before `limit`, marked as sent `now`.
  public mutating func due(
    sentBefore limit: FleetInstant, burst: Int, now: FleetInstant
  ) -> [StepRecord] {
    var due: [StepRecord] = []
    for index in entries.indices where entries[index].sentAt < limit {
      guard due.count < burst else { break }
      entries[index].sentAt = now
      due.append(entries[index].record)
    }
    return due
  }

  /// Makes every step due: the link is new, and what was sent on the old one may be lost.
  public mutating func forgetSending() {
    for index in entries.indices { entries[index].sentAt = FleetInstant(nanoseconds: .min / 2) }
  }
}

extension StepRecord {
  /// Bytes of the pictures, plus what the numbers take.
  var approximateBytes: Int {
    let reading = observation.reading
    let numbers =
      reading.proprioception.jointPositions.count * 2
      + (reading.simulatedState.map { $0.positions.count * 2 + $0.objects.count * 8 } ?? 0)
    return reading.frames.reduce(512 + numbers * 8) { $0 + $1.bytes.count }
  }
}

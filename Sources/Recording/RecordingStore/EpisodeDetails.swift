internal import Foundation
internal import GRDB

/// What was said of how an episode ended.
public struct MarkSummary: Hashable, Sendable, Encodable {
  /// When, ISO 8601 in UTC.
  public var time: String
  /// success, failure, discarded or interrupted.
  public var outcome: String
  /// Who said so: operator (at the console), coordinator (no person did), editor (afterwards) or repair.
  public var source: String
  /// The person, where one said so.
  public var person: String?
}

/// How regularly an episode's steps were captured.
public struct TimingSummary: Hashable, Sendable, Encodable {
  /// The control period that the robot announced, s; nil where it is not known.
  public var nominalPeriod: Double?
  /// The mean time between captures, s.
  public var meanPeriod: Double
  /// The standard deviation of the time between captures: the jitter, s.
  public var jitter: Double
  /// The longest time between two captures, s.
  public var longestPeriod: Double
  /// The mean time from capture to receipt, where the clocks of robot and coordinator agree, s.
  public var meanLatency: Double
  /// Where a clock was set in mid-episode: the times above are not to be believed then.
  public var clockJumps: [ClockJump]
}

extension RecordingReader {
  /// What was said of how an episode ended, in order.
  public func marks(of episode: String) throws(RecordingError) -> [MarkSummary] {
    try read(of: episode) { database in
      try CheckedRow.all(
        database, sql: "SELECT * FROM mark WHERE episode = ? ORDER BY time, rowid",
        arguments: [episode]
      ).map { row in
        MarkSummary(
          time: EpisodeSummary.text(ofNanoseconds: try row.value("time")),
          outcome: try row.value("outcome"), source: try row.value("source"),
          person: try row.optional("person"))
      }
    }
  }

  /// How regularly an episode was captured; nil for one of less than two steps.
  ///
  /// Steps in which a robot stood still and waited are none: the time until the next counts.
  public func timing(of episode: String) throws(RecordingError) -> TimingSummary? {
    let jumps = try clockJumps(of: episode)
    return try read(of: episode) { database in
      let rate: Double? = try CheckedRow.value(
        database,
        sql: """
          SELECT r.rate FROM episode e JOIN robot r ON r.name = e.robot WHERE e.id = ?
          ORDER BY r.session = e.session DESC LIMIT 1
          """, arguments: [episode])
      let row = try CheckedRow.first(
        database,
        sql: """
          SELECT avg(period) AS mean, avg(period * period) AS square, max(period) AS longest,
            avg(latency) AS latency, count(period) AS periods
          FROM (SELECT (CAST(captureTime AS REAL) - lag(captureTime) OVER (ORDER BY step)) / 1e9 AS period,
            (CAST(receiveTime AS REAL) - captureTime) / 1e9 AS latency FROM step WHERE episode = ?)
          """, arguments: [episode])
      guard let row, try (row.value("periods") as Int) > 0 else { return nil }
      let mean = try row.finite("mean")
      let square = try row.finite("square")
      return TimingSummary(
        nominalPeriod: rate.flatMap { $0 > 0 ? 1 / $0 : nil }, meanPeriod: mean,
        jitter: max(square - mean * mean, 0).squareRoot(), longestPeriod: try row.finite("longest"),
        meanLatency: try row.finite("latency"), clockJumps: jumps)
    }
  }

  /// Pictures that an episode's steps should have had.
  public func droppedPictures(of episode: String) throws(RecordingError) -> Int {
    try read(of: episode) { database in
      try Int.fetchOne(
        database, sql: "SELECT count(*) FROM dropped_frame WHERE episode = ?",
        arguments: [episode]) ?? 0
    }
  }
}

internal import GRDB
public import RobotData

extension RecordingReader {
  /// The thresholds with which the session of an episode began; nil where no policy drove. Changes
  /// that an operator made later are among the session's events.
  ///
  /// - Throws: `RecordingError` when the file cannot be read.
  public func thresholds(ofSessionOf episode: String) throws(RecordingError)
    -> UncertaintyThresholds?
  {
    try read(of: episode) { database -> UncertaintyThresholds? in
      let row = try CheckedRow.first(
        database,
        sql: """
          SELECT json_extract(s.settings, '$.assistance.taskThreshold') AS task,
            json_extract(s.settings, '$.assistance.policyThreshold') AS policy
          FROM episode e JOIN session s ON s.id = e.session WHERE e.id = ? AND json_valid(s.settings)
          """, arguments: [episode])
      guard let row, let task: Double = try row.optional("task"),
        let policy: Double = try row.optional("policy")
      else { return nil }
      return UncertaintyThresholds(task: task, policy: policy)
    }
  }
}

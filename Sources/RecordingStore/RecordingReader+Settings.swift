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
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT json_extract(s.settings, '$.assistance.taskThreshold') AS task,
            json_extract(s.settings, '$.assistance.policyThreshold') AS policy
          FROM episode e JOIN session s ON s.id = e.session WHERE e.id = ?
          """, arguments: [episode])
      guard let row, let task = row["task"] as Double?, let policy = row["policy"] as Double?
      else {
        return nil
      }
      return UncertaintyThresholds(task: task, policy: policy)
    }
  }
}

internal import GRDB
internal import PlainErrors
internal import RobotData

extension RecordingReader {
  /// Why an episode cannot be read whole. Whoever reads many episodes asks before the first is used, so
  /// that a damaged row costs its own episode and no other.
  ///
  /// Pictures are looked at without what they show: that is what `recording check` does.
  ///
  /// - Parameter episode: The episode's whole identifier.
  /// - Returns: What is damaged, with its row and column; nil where all can be understood.
  /// - Throws: `RecordingError` where the file cannot be read.
  public func damage(of episode: String) throws(RecordingError) -> String? {
    do throws(RecordingError) {
      let robot = try description(ofRobotIn: episode)
      _ = try handoverRows(of: episode)
      try read(of: episode) { database in
        try checkSession(of: episode, database)
        try checkSteps(of: episode, joints: robot?.joints.count, database)
        try checkFrames(of: episode, robot, database)
      }
      return nil
    } catch {
      switch error {
      case .damaged, .damagedStep: return error.description
      default: throw error
      }
    }
  }

  private func checkSession(of episode: String, _ database: Database) throws {
    let row = try CheckedRow.first(
      database,
      sql: """
        SELECT s.id, s.startedAt, s.software, s.policy, s.isLockstep, s.settings
        FROM episode e JOIN session s ON s.id = e.session WHERE e.id = ?
        """, arguments: [episode])
    guard let row else { return }
    _ = try (row.value("startedAt") as Int64, row.value("software") as String)
    _ = try (row.optional("policy") as String?, row.value("isLockstep") as Bool)
    _ = try row.value("settings") as String
  }

  private func checkSteps(of episode: String, joints: Int?, _ database: Database) throws {
    let rows = try CheckedRow.cursor(
      database, sql: "\(RecordedStep.query) WHERE episode = ? ORDER BY step", arguments: [episode])
    var reader = StepReader(path: path, episode: episode)
    while let row = try rows.next() {
      let step = try reader.step(row)
      let count = step.proprioception.jointPositions.count
      guard count == joints ?? count else {
        throw RecordingError.damagedStep(
          path: path, episode: episode, step: step.index,
          reason:
            "the column jointPositions holds \(count) numbers, the robot has \(joints ?? 0) joints")
      }
    }
  }

  private func checkFrames(
    of episode: String, _ robot: RobotDescription?, _ database: Database
  ) throws {
    let sizes = Dictionary((robot?.cameras ?? []).map { ($0.name, $0.size) }) { $1 }
    let rows = try CheckedRow.cursor(
      database,
      sql: """
        SELECT step, camera, encoding, width, height, length(bytes) AS count,
          typeof(bytes) AS type FROM frame WHERE episode = ? ORDER BY step, camera
        """, arguments: [episode])
    while let row = try rows.next() {
      let step: Int = try row.understood(path, episode, nil) { try row.value(0) }
      try row.understood(path, episode, step) {
        let (camera, size) = (try CameraName(row.value("camera")), try row.pictureSize())
        _ = try row.word("encoding", among: ImageEncoding.allCases) { $0.word }
        guard size == sizes[camera] ?? size else {
          throw row.unreadable("width", "a picture of \(size), the robot's camera has another size")
        }
        let count: Int? = try row.optional("count")
        guard try row.value("type") == "blob", (1...CameraFrame.bytesLimit).contains(count ?? 0)
        else {
          throw row.unreadable("count", "\(count ?? 0) bytes, which are no picture")
        }
      }
    }
  }
}

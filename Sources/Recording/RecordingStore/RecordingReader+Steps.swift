internal import GRDB
public import RobotData

extension RecordingReader {
  /// The steps of an episode with their pictures, in order.
  ///
  /// An episode of 300 steps takes some 4 MB; longer ones may be read in parts.
  ///
  /// - Parameters:
  ///   - episode: The episode's whole identifier.
  ///   - range: Which steps; all by default.
  /// - Returns: Those of them that there are.
  /// - Throws: `RecordingError`, also where a row cannot be understood.
  public func steps(
    of episode: String, in range: Range<Int> = 0..<Int.max
  ) throws(RecordingError) -> [RecordedStep] {
    try read(of: episode) { database in
      let rows = try CheckedRow.cursor(
        database,
        sql: "\(RecordedStep.query) WHERE episode = ? AND step >= ? AND step < ? ORDER BY step",
        arguments: [episode, range.lowerBound, range.upperBound])
      var pictures = try PictureCursor(
        database, path: path, episode: episode, from: range.lowerBound)
      var reader = StepReader(path: path, episode: episode)
      var steps: [RecordedStep] = []
      while let row = try rows.next() {
        var step = try reader.step(row)
        step.frames = try pictures.frames(of: step.index)
        steps.append(step)
      }
      return steps
    }
  }

  /// The steps of an episode that is one of many: one that is damaged is passed over, and told among
  /// `damagedRows`.
  ///
  /// - Parameter episode: The episode's whole identifier.
  /// - Returns: All its steps; none where a row of it cannot be understood.
  /// - Throws: `RecordingError` where the file cannot be read.
  public func stepsIfReadable(of episode: String) throws(RecordingError) -> [RecordedStep] {
    if let reason = try damage(of: episode) {
      note("episode \(episode)", reason)
      return []
    }
    return try steps(of: episode)
  }

  /// What the robot of an episode was, as it announced itself.
  ///
  /// - Parameter episode: The episode's whole identifier.
  /// - Returns: Nil where the robot of that name never joined in this file, for example because the
  ///   episode began on another machine.
  /// - Throws: `RecordingError`.
  public func description(ofRobotIn episode: String) throws(RecordingError) -> RobotDescription? {
    try read(of: episode) { database in
      // With the episode's own task, and of its own session where it is there.
      try CheckedRow.first(
        database,
        sql: """
          SELECT r.* FROM episode e JOIN robot r ON r.name = e.robot WHERE e.id = ?
          ORDER BY r.task = e.task DESC, r.session = e.session DESC LIMIT 1
          """, arguments: [episode]
      ).map { try RobotDescription($0.row) }
    }
  }

  /// The sessions that the recording holds, in the order of their beginning.
  public func sessions() throws(RecordingError) -> [String] {
    var known: Set<String> = []
    return try readEach { database -> [String] in
      try CheckedRow.values(database, sql: "SELECT id FROM session ORDER BY startedAt")
    }.flatMap(\.self).filter { known.insert($0).inserted }
  }
}

extension RobotDescription {
  /// Reads a row of `robot`.
  ///
  /// - Throws: Where a column does not hold what a robot can have.
  init(_ row: Row) throws {
    let row = CheckedRow(row)
    guard let limits = try row.json("limits", as: JSONColumn.Limits.self),
      let cameras = try row.json("cameras", as: [JSONColumn.Camera].self),
      let joints = try row.json("joints", as: [String].self),
      let subtasks = try row.json("subtasks", as: [String].self)
    else {
      throw row.unreadable("limits, cameras, joints or subtasks", "no value")
    }
    let rate = try row.finite("rate")
    guard rate > 0, rate <= 1_000 else { throw row.unreadable("rate", "\(rate) Hz") }
    guard joints.count <= 1_000 else { throw row.unreadable("joints", "\(joints.count) names") }
    self.init(
      profile: try row.value("profile"), isSimulated: try row.value("isSimulated"), rate: rate,
      joints: joints, cameras: try cameras.map { try CameraDescription($0, row) },
      limits: ActionLimits(
        linearSpeed: limits.linearSpeed, angularSpeed: limits.angularSpeed,
        linearAcceleration: limits.linearAcceleration,
        angularAcceleration: limits.angularAcceleration),
      task: TaskDescription(
        name: try row.understanding("task") { try TaskName(row.value("task")) },
        instruction: try row.value("instruction"),
        subtasks: try row.understanding("subtasks") { try subtasks.map { try SubtaskName($0) } }))
    guard Set(self.cameras.map(\.name)).count == cameras.count else {
      throw row.unreadable("cameras", "two of one name")
    }
  }
}

extension CameraDescription {
  fileprivate init(_ camera: JSONColumn.Camera, _ row: CheckedRow) throws {
    let sides = 1...ImageSize.longestSide
    guard sides.contains(camera.width), sides.contains(camera.height),
      let encoding = ImageEncoding.allCases.first(where: { $0.word == camera.encoding })
    else {
      throw row.unreadable(
        "cameras", "a camera of \(camera.width)×\(camera.height), encoding \(camera.encoding)")
    }
    self.init(
      name: try row.understanding("cameras") { try CameraName(camera.name) },
      size: ImageSize(width: camera.width, height: camera.height), encoding: encoding,
      quality: min(max(camera.quality, 0), 100))
  }
}

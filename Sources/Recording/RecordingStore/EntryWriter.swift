internal import GRDB
internal import RobotData

/// Writes entries into rows of one file. Every write may be repeated without changing anything.
final class EntryWriter {
  let session: SessionRecord
  let database: Database
  private var insertions: [RecordingTable: RowInsertion] = [:]
  // The two that are written with every step.
  private let steps: RowInsertion
  private let frames: RowInsertion
  /// The cameras that each robot has, as it announced itself.
  private var cameras: [RobotID: [CameraName]] = [:]

  /// Prepares for one connection; it is used on that connection's thread only.
  init(session: SessionRecord, _ database: Database) throws {
    self.session = session
    self.database = database
    steps = try RowInsertion(.step, in: database)
    frames = try RowInsertion(.frame, in: database)
  }

  private func insertion(_ table: RecordingTable) throws -> RowInsertion {
    if let known = insertions[table] {
      known.restart()
      return known
    }
    let new = try RowInsertion(table, in: database, isReplacing: table == .robot)
    insertions[table] = new
    return new
  }

  func begin() throws {
    try begin(
      session.id, at: session.startedAt, software: session.software, policy: session.policy,
      isLockstep: session.isLockstep, settings: session.settings)
  }

  private func begin(
    _ id: SessionID, at time: WallTime, software: String, policy: String?, isLockstep: Bool,
    settings: String
  ) throws {
    let row = try insertion(.session)
    row.add(id.description)
    row.add(time.nanosecondsSinceEpoch)
    row.add(software)
    row.add(policy)
    row.add(isLockstep)
    row.add(settings)
    try row.finish()
  }

  func end(at time: WallTime) throws {
    try database.execute(
      sql: "UPDATE session SET endedAt = ? WHERE id = ?",
      arguments: [time.nanosecondsSinceEpoch, session.id.description])
  }

  /// Writes an entry, the session's `ordinal`-th; says whether it was a step that was not there yet.
  func write(_ entry: RecordingEntry, ordinal: Int) throws -> Bool {
    switch entry {
    case .robotJoined(let robot, let description): try write(robot, description)
    case .episodeStarted(let episode, let robot, let task, let seed, let time):
      try begin(episode, of: robot, task: task, seed: seed, at: time)
    case .step(let record, let robot, let task, let received):
      return try write(record, of: robot, task: task, receivedAt: received)
    case .handover(let handover): try write(handover, ordinal: ordinal)
    case .episodeClosed(let episode, let count):
      _ = try update(
        episode, "UPDATE episode SET stepCount = ? WHERE id = ?", [count, episode.description])
    case .episodeEnded(let episode, let outcome, let person, let time):
      let isHere = try update(
        episode, "UPDATE episode SET outcome = ?, endedAt = coalesce(endedAt, ?) WHERE id = ?",
        [outcome.word, time.nanosecondsSinceEpoch, episode.description])
      if isHere { try mark(episode, outcome, by: person, at: time, ordinal: ordinal) }
    case .outcomeChanged(let episode, let outcome, let person, let time):
      let isHere = try update(
        episode, "UPDATE episode SET outcome = ? WHERE id = ?",
        [outcome.word, episode.description])
      if isHere { try mark(episode, outcome, by: person, at: time, ordinal: ordinal) }
    case .event(let kind, let robot, let text, let time):
      let row = try insertion(.event)
      row.add(session.id.description)
      row.add(time.nanosecondsSinceEpoch)
      row.add(kind)
      row.add(robot?.name)
      row.add(text)
      row.add(ordinal)
      try row.finish()
    }
    return false
  }

  /// Changes an episode's row.
  ///
  /// - Returns: false where the episode is of another run and nothing of it is recorded here.
  /// - Throws: Where it is of this run: its beginning was refused, and what follows must not pass for
  ///   written.
  private func update(
    _ episode: EpisodeID, _ sql: String, _ arguments: StatementArguments
  ) throws -> Bool {
    try database.cachedStatement(sql: sql).execute(arguments: arguments)
    if database.changesCount > 0 { return true }
    guard episode.session != session.id else {
      throw DatabaseError(
        resultCode: .SQLITE_CONSTRAINT, message: "the episode \(episode) has no row")
    }
    return false
  }

  /// Notes how much of each kind the session has had to write.
  func note(_ tally: [String: Int]) throws {
    for (kind, count) in tally.sorted(by: { $0.key < $1.key }) {
      try database.cachedStatement(
        sql: """
          INSERT INTO tally (session, kind, count) VALUES (?, ?, ?)
          ON CONFLICT (session, kind) DO UPDATE SET count = max(count, excluded.count)
          """
      ).execute(arguments: [session.id.description, kind, count])
    }
  }

  private func mark(
    _ episode: EpisodeID, _ outcome: EpisodeOutcome, by person: OperatorID?, at time: WallTime,
    ordinal: Int
  ) throws {
    let row = try insertion(.mark)
    row.add("\(session.id)-\(ordinal)")
    row.add(episode.description)
    row.add(time.nanosecondsSinceEpoch)
    row.add(outcome.word)
    row.add(person == nil ? "coordinator" : "operator")
    row.add(person?.name)
    try row.finish()
  }

  private func write(_ robot: RobotID, _ description: RobotDescription) throws {
    cameras[robot] = description.cameras.map(\.name)
    let limits = description.limits
    let row = try insertion(.robot)
    row.add(session.id.description)
    row.add(robot.name)
    row.add(description.profile)
    row.add(description.isSimulated)
    row.add(description.rate)
    row.add(try JSONColumn.text(description.joints))
    row.add(
      try JSONColumn.text(
        description.cameras.map { camera in
          JSONColumn.Camera(
            name: camera.name.name, width: camera.size.width, height: camera.size.height,
            encoding: camera.encoding.word, quality: camera.quality)
        }))
    row.add(
      try JSONColumn.text(
        JSONColumn.Limits(
          linearSpeed: limits.linearSpeed, angularSpeed: limits.angularSpeed,
          linearAcceleration: limits.linearAcceleration,
          angularAcceleration: limits.angularAcceleration)))
    row.add(description.task.name.name)
    row.add(description.task.instruction)
    row.add(JSONColumn.text(ofNames: description.task.subtasks.map(\.name)))
    try row.finish()
  }

  /// An episode of an earlier run may be unknown to this file: then its session is noted too.
  private func begin(
    _ episode: EpisodeID, of robot: RobotID, task: TaskName, seed: UInt64?, at time: WallTime
  ) throws {
    if episode.session != session.id {
      try begin(
        episode.session, at: time, software: Self.elsewhere, policy: nil, isLockstep: false,
        settings: "{}")
    }
    let row = try insertion(.episode)
    row.add(episode.description)
    row.add(episode.session.description)
    row.add(robot.name)
    row.add(task.name)
    row.add(seed.map { Int64(bitPattern: $0) })
    row.add(time.nanosecondsSinceEpoch)
    try row.finish()
  }

  /// The software of a session that only its episodes are known of.
  static let elsewhere = "an earlier run, recorded elsewhere"

  private func write(_ handover: HandoverRecord, ordinal: Int) throws {
    let row = try insertion(.handover)
    row.add(session.id.description)
    row.add(handover.robot.name)
    row.add(handover.episode?.description)
    row.add(handover.step)
    row.add(handover.time.nanosecondsSinceEpoch)
    row.add(handover.from.kind)
    row.add(handover.from.operatorName)
    row.add(handover.to.kind)
    row.add(handover.to.operatorName)
    row.add(handover.cause.word)
    row.add(handover.cause.reasonWord)
    row.add(handover.waited?.wholeNanoseconds)
    row.add(ordinal)
    try row.finish()
  }

  // MARK: Steps

  private func write(
    _ record: StepRecord, of robot: RobotID, task: TaskName, receivedAt: WallTime
  ) throws -> Bool {
    let observation = record.observation
    let episode = observation.episode.description
    if latestEpisodes[robot] != observation.episode {
      try begin(observation.episode, of: robot, task: task, seed: nil, at: receivedAt)
      latestEpisodes[robot] = observation.episode
    }
    guard try write(record, episode: episode, receivedAt: receivedAt) else { return false }
    for frame in observation.reading.frames {
      frames.add(episode)
      frames.add(observation.step)
      frames.add(frame.camera.name)
      frames.add(frame.encoding.word)
      frames.add(frame.size.width)
      frames.add(frame.size.height)
      _ = try frames.finish(with: frame.bytes)
    }
    let expected = cameras[robot] ?? []
    if observation.reading.frames.count < expected.count {
      let there = Set(observation.reading.frames.map(\.camera))
      for camera in expected where !there.contains(camera) {
        let row = try insertion(.droppedFrame)
        row.add(episode)
        row.add(observation.step)
        row.add(camera.name)
        row.add("the robot sent the step without it")
        try row.finish()
      }
    }
    return true
  }

  /// The episode of each robot's latest step: it has its row.
  private var latestEpisodes: [RobotID: EpisodeID] = [:]

  /// Forgets what a transaction that was rolled back had written.
  func rolledBack() { latestEpisodes = [:] }

  /// - Returns: whether the step was new.
  private func write(
    _ record: StepRecord, episode: String, receivedAt: WallTime
  ) throws -> Bool {
    let reading = record.observation.reading
    let proprioception = reading.proprioception
    let annotation = record.annotation
    let author = annotation.author
    let state = reading.simulatedState
    let objects = try state.map { try JSONColumn.text(of: $0.objects) }
    steps.add(episode)
    steps.add(record.observation.step)
    steps.add(reading.captureTime.nanosecondsSinceEpoch)
    steps.add(receivedAt.nanosecondsSinceEpoch)
    steps.add(author.kind)
    steps.add(author.operatorName)
    steps.add(annotation.cause.word)
    steps.add(annotation.cause.reasonWord)
    steps.add(record.requestedAction.components)
    steps.add(record.executedAction.components)
    steps.add(record.commandSequence.map { Int64(bitPattern: $0) })
    steps.add(annotation.uncertainty?.task)
    steps.add(annotation.uncertainty?.policy)
    steps.add(annotation.subtask?.name)
    steps.add(record.isLate)
    steps.add(proprioception.endEffectorPose.components)
    steps.add(proprioception.endEffectorTwist.components)
    steps.add(proprioception.gripperOpening)
    steps.add(proprioception.jointPositions)
    steps.add(proprioception.jointVelocities)
    steps.add(reading.progress.map { JSONColumn.text(ofNames: $0.completed.map(\.name)) })
    steps.add(reading.progress.map { JSONColumn.text(ofNames: $0.available.map(\.name)) })
    steps.add(reading.progress?.isSuccess)
    steps.add(state?.time)
    steps.add(state?.positions)
    steps.add(state?.velocities)
    steps.add(objects)
    return try steps.finish()
  }
}

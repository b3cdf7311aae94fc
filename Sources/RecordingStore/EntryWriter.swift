internal import Foundation
internal import GRDB
internal import RobotData

/// Writes entries into rows. Every write may be repeated without changing anything.
struct EntryWriter {
  let session: SessionRecord

  func begin(_ database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO session (id, startedAt, software, policy, isLockstep, settings)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
      arguments: [
        session.id.description, session.startedAt.nanosecondsSinceEpoch, session.software,
        session.policy, session.isLockstep, session.settings,
      ])
  }

  func end(_ database: Database, at time: WallTime) throws {
    try database.execute(
      sql: "UPDATE session SET endedAt = ? WHERE id = ?",
      arguments: [time.nanosecondsSinceEpoch, session.id.description])
  }

  func write(_ entry: RecordingEntry, to database: Database) throws {
    switch entry {
    case .robotJoined(let robot, let description):
      try write(robot, description, to: database)
    case .episodeStarted(let episode, let robot, let task, let seed, let time):
      try begin(episode, of: robot, task: task, seed: seed, at: time, in: database)
    case .step(let record, let robot, let task, let received):
      let episode = record.observation.episode
      try begin(episode, of: robot, task: task, seed: nil, at: received, in: database)
      if try write(record, receivedAt: received, to: database) {
        for frame in record.observation.reading.frames {
          try write(frame, of: record.observation, to: database)
        }
      }
    case .handover(let handover): try write(handover, to: database)
    case .episodeClosed(let episode, let count):
      try run(
        "UPDATE episode SET stepCount = ? WHERE id = ?", [count, episode.description], database)
    case .episodeEnded(let episode, let outcome, let time):
      try run(
        "UPDATE episode SET outcome = ?, endedAt = coalesce(endedAt, ?) WHERE id = ?",
        [outcome.word, time.nanosecondsSinceEpoch, episode.description], database)
    case .outcomeChanged(let episode, let outcome):
      try run(
        "UPDATE episode SET outcome = ? WHERE id = ?", [outcome.word, episode.description],
        database)
    case .event(let kind, let robot, let text, let time):
      try run(
        "INSERT INTO event (session, time, kind, robot, text) VALUES (?, ?, ?, ?, ?)",
        [session.id.description, time.nanosecondsSinceEpoch, kind, robot?.name, text], database)
    }
  }

  private func run(
    _ sql: String, _ arguments: StatementArguments, _ database: Database
  ) throws {
    try database.cachedStatement(sql: sql).execute(arguments: arguments)
  }

  private func write(
    _ robot: RobotID, _ description: RobotDescription, to database: Database
  ) throws {
    let limits = description.limits
    try run(
      """
      INSERT OR REPLACE INTO robot (session, name, profile, isSimulated, rate, joints, cameras,
        limits, task, instruction, subtasks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        session.id.description, robot.name, description.profile, description.isSimulated,
        description.rate, try JSONColumn.text(description.joints),
        try JSONColumn.text(
          description.cameras.map { camera in
            JSONColumn.Camera(
              name: camera.name.name, width: camera.size.width, height: camera.size.height,
              encoding: camera.encoding.word, quality: camera.quality)
          }),
        try JSONColumn.text(
          JSONColumn.Limits(
            linearSpeed: limits.linearSpeed, angularSpeed: limits.angularSpeed,
            linearAcceleration: limits.linearAcceleration,
            angularAcceleration: limits.angularAcceleration)),
        description.task.name.name, description.task.instruction,
        try JSONColumn.text(description.task.subtasks.map(\.name)),
      ], database)
  }

  /// An episode of an earlier run may be unknown to this file: then its session is noted too.
  private func begin(
    _ episode: EpisodeID, of robot: RobotID, task: TaskName, seed: UInt64?, at time: WallTime,
    in database: Database
  ) throws {
    if episode.session != session.id {
      try run(
        """
        INSERT INTO session (id, startedAt, software, isLockstep, settings)
        VALUES (?, ?, 'an earlier run, recorded elsewhere', 0, '{}') ON CONFLICT DO NOTHING
        """, [episode.session.description, time.nanosecondsSinceEpoch], database)
    }
    try run(
      """
      INSERT INTO episode (id, session, robot, task, seed, startedAt) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """,
      [
        episode.description, episode.session.description, robot.name, task.name,
        seed.map { Int64(bitPattern: $0) }, time.nanosecondsSinceEpoch,
      ], database)
  }

  /// - Returns: whether the step was new.
  private func write(
    _ record: StepRecord, receivedAt: WallTime, to database: Database
  ) throws -> Bool {
    let reading = record.observation.reading
    let proprioception = reading.proprioception
    let annotation = record.annotation
    let author = annotation.author.columns
    let state = reading.simulatedState
    let head: StatementArguments = [
      record.observation.episode.description, record.observation.step,
      reading.captureTime.nanosecondsSinceEpoch, receivedAt.nanosecondsSinceEpoch, author.kind,
      author.name, annotation.cause.word, annotation.cause.reasonWord,
      record.requestedAction.components.blob, record.executedAction.components.blob,
      record.commandSequence.map { Int64(bitPattern: $0) }, annotation.uncertainty?.task,
      annotation.uncertainty?.policy, annotation.subtask?.name, record.isLate,
    ]
    let body: StatementArguments = [
      proprioception.endEffectorPose.components.blob,
      proprioception.endEffectorTwist.components.blob, proprioception.gripperOpening,
      proprioception.jointPositions.blob, proprioception.jointVelocities.blob,
      try reading.progress.map { try JSONColumn.text($0.completed.map(\.name)) },
      try reading.progress.map { try JSONColumn.text($0.available.map(\.name)) },
      reading.progress?.isSuccess, state?.time, state?.positions.blob, state?.velocities.blob,
      try state.map { state in
        try JSONColumn.text(
          state.objects.map { JSONColumn.Object(name: $0.name, pose: $0.pose.components) })
      },
    ]
    try run(Self.insertStep, head + body, database)
    return database.changesCount > 0
  }

  private static let insertStep = """
    INSERT INTO step (episode, step, captureTime, receiveTime, author, operator, cause, reason,
      requestedAction, executedAction, commandSequence, taskUncertainty, policyUncertainty,
      subtask, isLate, endEffectorPose, endEffectorTwist, gripperOpening, jointPositions,
      jointVelocities, completed, available, isSuccess, simulatedTime, simulatedPositions,
      simulatedVelocities, simulatedObjects)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
    """

  private func write(
    _ frame: CameraFrame, of observation: Observation, to database: Database
  ) throws {
    try run(
      """
      INSERT INTO frame (episode, step, camera, encoding, width, height, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """,
      [
        observation.episode.description, observation.step, frame.camera.name, frame.encoding.word,
        frame.size.width, frame.size.height, Data(frame.bytes),
      ], database)
  }

  private func write(_ handover: HandoverRecord, to database: Database) throws {
    try run(
      """
      INSERT INTO handover (session, robot, episode, step, time, fromAuthor, fromOperator,
        toAuthor, toOperator, cause, reason, waited) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        session.id.description, handover.robot.name, handover.episode?.description, handover.step,
        handover.time.nanosecondsSinceEpoch, handover.from.columns.kind,
        handover.from.columns.name, handover.to.columns.kind, handover.to.columns.name,
        handover.cause.word, handover.cause.reasonWord, handover.waited?.wholeNanoseconds,
      ], database)
  }
}

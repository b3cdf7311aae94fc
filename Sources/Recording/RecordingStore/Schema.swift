internal import GRDB

/// The tables of a recording, and how older files are brought up to date.
///
/// Everything is keyed by identifiers that are unique over all machines (session, episode), never
/// by position, so that recordings can be merged and a lost row moves nothing else. Lists of
/// numbers are blobs of little-endian float64. Times are nanoseconds since 1970.
enum Schema {
  /// Marks the file as a recording of Mallard ("MLRD").
  static let applicationID: Int32 = 0x4D4C_5244

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("v1") { database in
      for statement in tables + indexes + views { try database.execute(sql: statement) }
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    // What is there is not checked again: a recording of many GB would take minutes.
    migrator.registerMigration("v2", foreignKeyChecks: .immediate) { database in
      for statement in secondVersion { try database.execute(sql: statement) }
    }
    migrator.registerMigration("v3", foreignKeyChecks: .immediate) { database in
      for statement in thirdVersion { try database.execute(sql: statement) }
    }
    return migrator
  }

  private static let tables = [
    """
    -- One run of a coordinator, with everything that its episodes have in common.
    CREATE TABLE session (
      id TEXT PRIMARY KEY,                 -- 16 hexadecimal digits
      startedAt INTEGER NOT NULL,          -- ns since 1970, coordinator's clock
      endedAt INTEGER,                     -- NULL: running, or killed
      software TEXT NOT NULL,              -- version of Mallard
      policy TEXT,                         -- NULL: unassisted
      isLockstep INTEGER NOT NULL,
      settings TEXT NOT NULL               -- JSON: thresholds, strategy, limits
    ) STRICT
    """,
    """
    -- A robot as it announced itself in a session.
    CREATE TABLE robot (
      session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      profile TEXT NOT NULL,
      isSimulated INTEGER NOT NULL,
      rate REAL NOT NULL,                  -- control periods in a second, Hz
      joints TEXT NOT NULL,                -- JSON: names, in the order of jointPositions
      cameras TEXT NOT NULL,               -- JSON: name, width, height, encoding, quality
      limits TEXT NOT NULL,                -- JSON: m/s, rad/s, m/s2, rad/s2
      task TEXT NOT NULL,
      instruction TEXT NOT NULL,
      subtasks TEXT NOT NULL,              -- JSON
      PRIMARY KEY (session, name)
    ) STRICT
    """,
    """
    -- One attempt at a task on one robot. Its steps may come from several sessions, when the
    -- coordinator was restarted in its midst.
    CREATE TABLE episode (
      id TEXT PRIMARY KEY,                 -- session of its beginning, '-', ordinal
      session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
      robot TEXT NOT NULL,
      task TEXT NOT NULL,
      seed INTEGER,                        -- bits of the scene's seed; NULL: not known
      startedAt INTEGER NOT NULL,          -- ns since 1970
      endedAt INTEGER,                     -- NULL: in progress
      outcome TEXT CHECK (outcome IN ('success','failure','discarded','interrupted')),
      stepCount INTEGER,                   -- as the robot counted; NULL: not yet closed
      deletedAt INTEGER                    -- hidden until it is purged; NULL: kept
    ) STRICT
    """,
    """
    -- One control period: what was seen, what was asked, what was done, by whom.
    CREATE TABLE step (
      episode TEXT NOT NULL REFERENCES episode(id) ON DELETE CASCADE,
      step INTEGER NOT NULL,               -- from 0, without gaps
      captureTime INTEGER NOT NULL,        -- ns since 1970, robot's clock
      receiveTime INTEGER NOT NULL,        -- ns since 1970, coordinator's clock
      author TEXT NOT NULL CHECK (author IN ('hold','policy','human')),
      operator TEXT,                       -- where the author is human
      cause TEXT NOT NULL,                 -- of the hand-over that gave control to the author
      reason TEXT,                         -- why help was wanted, where that was the cause
      requestedAction BLOB NOT NULL,       -- [7]: m/s x3, rad/s x3, gripper -1/0/+1
      executedAction BLOB NOT NULL,        -- [7]: after the robot's limits
      commandSequence INTEGER,             -- NULL: no valid command, the robot held
      taskUncertainty REAL,
      policyUncertainty REAL,
      subtask TEXT,                        -- chosen by the operator
      isLate INTEGER NOT NULL,             -- the robot's loop began this period late
      endEffectorPose BLOB NOT NULL,       -- [7]: m x3, quaternion w x y z; robot's base frame
      endEffectorTwist BLOB NOT NULL,      -- [6]: m/s x3, rad/s x3
      gripperOpening REAL NOT NULL,        -- 0 closed .. 1 open
      jointPositions BLOB NOT NULL,        -- [joints]: rad or m
      jointVelocities BLOB NOT NULL,       -- [joints]: rad/s or m/s
      completed TEXT,                      -- JSON: subtasks done, in order
      available TEXT,                      -- JSON: subtasks that could be next
      isSuccess INTEGER,                   -- whether the task is done
      simulatedTime REAL,                  -- s; simulators only, as all below
      simulatedPositions BLOB,             -- MuJoCo's qpos
      simulatedVelocities BLOB,            -- MuJoCo's qvel
      simulatedObjects TEXT,               -- JSON: name, pose [7]
      PRIMARY KEY (episode, step)
    ) STRICT, WITHOUT ROWID
    """,
    """
    -- One camera's picture of one step.
    CREATE TABLE frame (
      episode TEXT NOT NULL,
      step INTEGER NOT NULL,
      camera TEXT NOT NULL,
      encoding TEXT NOT NULL CHECK (encoding IN ('rgb8','jpeg','png')),
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (episode, step, camera),
      FOREIGN KEY (episode, step) REFERENCES step(episode, step) ON DELETE CASCADE
    ) STRICT
    """,
    """
    -- Every change of who controls a robot.
    CREATE TABLE handover (
      id INTEGER PRIMARY KEY,
      session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
      robot TEXT NOT NULL,
      episode TEXT,
      step INTEGER,                        -- the latest that was seen
      time INTEGER NOT NULL,               -- ns since 1970, coordinator's clock
      fromAuthor TEXT NOT NULL,
      fromOperator TEXT,
      toAuthor TEXT NOT NULL,
      toOperator TEXT,
      cause TEXT NOT NULL,
      reason TEXT,
      waited INTEGER                       -- ns that the robot had waited for a person
    ) STRICT
    """,
    """
    -- What else people should know of a session: stops, faults, refusals, malformed messages.
    CREATE TABLE event (
      id INTEGER PRIMARY KEY,
      session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
      time INTEGER NOT NULL,               -- ns since 1970, coordinator's clock
      kind TEXT NOT NULL,
      robot TEXT,
      text TEXT NOT NULL
    ) STRICT
    """,
  ]

  private static let indexes = [
    "CREATE INDEX episode_session ON episode(session)",
    "CREATE INDEX handover_episode ON handover(episode)",
    "CREATE INDEX event_session ON event(session)",
  ]

  private static let views = [
    """
    CREATE VIEW episode_overview AS
    SELECT e.id, e.robot, e.task, e.outcome,
      datetime(e.startedAt / 1000000000, 'unixepoch') AS startedAt,
      (e.endedAt - e.startedAt) / 1e9 AS seconds,
      count(s.step) AS steps, e.stepCount AS announcedSteps,
      sum(s.author = 'human') AS humanSteps, sum(s.author = 'policy') AS policySteps,
      sum(s.author = 'hold') AS heldSteps, sum(s.isLate) AS lateSteps,
      (SELECT count(*) FROM handover h WHERE h.episode = e.id) AS handovers
    FROM episode e LEFT JOIN step s ON s.episode = e.id
    WHERE e.deletedAt IS NULL
    GROUP BY e.id
    """
  ]
}

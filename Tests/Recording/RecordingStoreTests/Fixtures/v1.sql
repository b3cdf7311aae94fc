-- A recording of the first version: its statements as they were, and a session of two episodes.
-- Read by `sqlite3`.
-- One run of a coordinator, with everything that its episodes have in common.
CREATE TABLE session (
  id TEXT PRIMARY KEY,                 -- 16 hexadecimal digits
  startedAt INTEGER NOT NULL,          -- ns since 1970, coordinator's clock
  endedAt INTEGER,                     -- NULL: running, or killed
  software TEXT NOT NULL,              -- version of Mallard
  policy TEXT,                         -- NULL: unassisted
  isLockstep INTEGER NOT NULL,
  settings TEXT NOT NULL               -- JSON: thresholds, strategy, limits
) STRICT;
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
) STRICT;
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
) STRICT;
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
) STRICT, WITHOUT ROWID;
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
) STRICT;
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
) STRICT;
-- What else people should know of a session: stops, faults, refusals, malformed messages.
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
  time INTEGER NOT NULL,               -- ns since 1970, coordinator's clock
  kind TEXT NOT NULL,
  robot TEXT,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX episode_session ON episode(session);
CREATE INDEX handover_episode ON handover(episode);
CREATE INDEX event_session ON event(session);
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
GROUP BY e.id;
PRAGMA journal_mode = wal;
PRAGMA application_id = 1296847428;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('v1');
INSERT INTO session VALUES ('00000000000000aa', 1000000000, 9000000000, 'mallard 0.1.0', NULL, 1, '{}');
INSERT INTO robot VALUES ('00000000000000aa', 'arm-1', 'bench-arm', 1, 10.0, '["one","two"]',
  '[{"encoding":"png","height":1,"name":"scene","quality":90,"width":1}]',
  '{"angularAcceleration":4,"angularSpeed":1,"linearAcceleration":2,"linearSpeed":0.25}',
  'stack', 'Stack the blocks.', '["red-on-blue"]');
INSERT INTO episode VALUES ('00000000000000aa-1', '00000000000000aa', 'arm-1', 'stack', -1, 1000000000,
  2000000000, 'success', 3, NULL);
INSERT INTO episode VALUES ('00000000000000aa-2', '00000000000000aa', 'arm-1', 'stack', 2, 3000000000,
  NULL, NULL, NULL, NULL);
WITH RECURSIVE steps(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM steps WHERE n < 2)
INSERT INTO step SELECT '00000000000000aa-1', n, 1000000000 + n * 100000000,
  1000000000 + n * 100000000 + 5000000, 'human', 'ann', 'request-served', NULL,
  zeroblob(56), zeroblob(56), n + 1, NULL, NULL, 'red-on-blue', 0, zeroblob(56), zeroblob(48), 1.0,
  zeroblob(16), zeroblob(16), '[]', '["red-on-blue"]', n = 2, NULL, NULL, NULL, NULL FROM steps;
INSERT INTO frame SELECT episode, step, 'scene', 'png', 1, 1,
  x'89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c636064620600000e0007d76fe4780000000049454e44ae426082' FROM step;
INSERT INTO handover VALUES (7, '00000000000000aa', 'arm-1', '00000000000000aa-1', NULL, 1000000000,
  'hold', NULL, 'human', 'ann', 'request-served', NULL, 20000000);
INSERT INTO handover VALUES (9, '00000000000000aa', 'arm-1', '00000000000000aa-1', 2, 1300000000,
  'human', 'ann', 'hold', NULL, 'episode-ended', NULL, NULL);
INSERT INTO event VALUES (3, '00000000000000aa', 1500000000, 'fault', 'arm-1', 'too hot');

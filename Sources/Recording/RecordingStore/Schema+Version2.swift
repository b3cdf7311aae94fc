internal import GRDB

extension Schema {
  /// What the second version adds: checksums, who marked an episode, tags, dropped pictures, what
  /// was purged, and numbers of hand-overs and events that are the same in every copy of a file.
  static var secondVersion: [String] {
    // Rows of the first version keep NULL: nobody can say any more whether they are what was
    // written.
    ["session", "robot", "episode", "step", "frame", "handover", "event"].map {
      "ALTER TABLE \($0) ADD COLUMN checksum INTEGER"
    } + ["handover", "event"].flatMap(numbering) + additions
  }

  /// Rows of a session are numbered from 1.
  private static func numbering(_ table: String) -> [String] {
    [
      "ALTER TABLE \(table) ADD COLUMN ordinal INTEGER",
      """
      UPDATE \(table) SET ordinal = numbered.number FROM (
        SELECT id, row_number() OVER (PARTITION BY session ORDER BY id) AS number FROM \(table)
      ) numbered WHERE numbered.id = \(table).id
      """,
      "CREATE UNIQUE INDEX \(table)_ordinal ON \(table)(session, ordinal)",
    ]
  }

  private static let additions = [
    "ALTER TABLE episode ADD COLUMN deletedBy TEXT",
    """
    -- What somebody said of how an episode ended; the newest counts.
    CREATE TABLE mark (
      id TEXT PRIMARY KEY,                 -- unique over all machines
      episode TEXT NOT NULL REFERENCES episode(id) ON DELETE CASCADE,
      time INTEGER NOT NULL,               -- ns since 1970
      outcome TEXT NOT NULL CHECK (outcome IN ('success','failure','discarded','interrupted')),
      source TEXT NOT NULL CHECK (source IN ('operator','coordinator','editor','repair')),
      person TEXT,                         -- who, where a person said so
      checksum INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX mark_episode ON mark(episode)",
    """
    CREATE TABLE tag (
      episode TEXT NOT NULL REFERENCES episode(id) ON DELETE CASCADE,
      tag TEXT NOT NULL,
      time INTEGER NOT NULL,               -- ns since 1970
      person TEXT,                         -- who gave it
      checksum INTEGER NOT NULL,
      PRIMARY KEY (episode, tag)
    ) STRICT, WITHOUT ROWID
    """,
    """
    -- A picture that a step should have had.
    CREATE TABLE dropped_frame (
      episode TEXT NOT NULL,
      step INTEGER NOT NULL,
      camera TEXT NOT NULL,
      reason TEXT NOT NULL,
      checksum INTEGER NOT NULL,
      PRIMARY KEY (episode, step, camera),
      FOREIGN KEY (episode, step) REFERENCES step(episode, step) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    """,
    """
    -- Episodes that are gone for good; a merge does not bring them back.
    CREATE TABLE purged (
      episode TEXT PRIMARY KEY,
      time INTEGER NOT NULL,               -- ns since 1970
      person TEXT,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "DROP VIEW episode_overview",
    """
    CREATE VIEW episode_overview AS
    SELECT e.id, e.robot, e.task, e.outcome,
      datetime(e.startedAt / 1000000000, 'unixepoch') AS startedAt,
      (e.endedAt - e.startedAt) / 1e9 AS seconds,
      count(s.step) AS steps, e.stepCount AS announcedSteps,
      sum(s.author = 'human') AS humanSteps, sum(s.author = 'policy') AS policySteps,
      sum(s.author = 'hold') AS heldSteps, sum(s.isLate) AS lateSteps,
      (SELECT count(*) FROM handover h WHERE h.episode = e.id) AS handovers,
      (SELECT group_concat(tag, ' ') FROM tag t WHERE t.episode = e.id) AS tags
    FROM episode e LEFT JOIN step s ON s.episode = e.id
    WHERE e.deletedAt IS NULL
    GROUP BY e.id
    """,
  ]
}

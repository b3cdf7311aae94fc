extension Schema {
  /// What the third version adds: how much of each kind a session gave the recorder to write, so that
  /// what was not written is noticed as a hole.
  static let thirdVersion = [
    """
    -- How much of each kind a session had to write, up to its latest commit.
    CREATE TABLE tally (
      session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
      kind TEXT NOT NULL,                  -- handover, event, mark, episode, closed, robot; purged ones
      count INTEGER NOT NULL,
      PRIMARY KEY (session, kind)
    ) STRICT, WITHOUT ROWID
    """
  ]
}

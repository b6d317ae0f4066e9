-- The evidence store: what the machine's logs and past work know.
-- Times are milliseconds since 1970 in UTC. Every text column has passed redaction.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each run of the ingest.
CREATE TABLE runs (
    run_id     INTEGER PRIMARY KEY,
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    status     TEXT NOT NULL CHECK (status IN ('running', 'clean', 'quarantined', 'failed', 'interrupted')),
    report     TEXT
) STRICT;

-- One row for each content that was ever read under a name; a rewritten file gets a new one.
CREATE TABLE files (
    file_id    INTEGER PRIMARY KEY,
    source     TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    device     INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    offset     INTEGER NOT NULL DEFAULT 0,
    lines      INTEGER NOT NULL DEFAULT 0,
    -- From here on the rows are provisional: an unfinished block may still grow.
    settled    INTEGER NOT NULL DEFAULT 0,
    settled_lines INTEGER NOT NULL DEFAULT 0,
    head_len   INTEGER NOT NULL DEFAULT 0,
    head_hash  INTEGER NOT NULL DEFAULT 0,
    tail_hash  INTEGER NOT NULL DEFAULT 0,
    -- Pairs of little-endian (end offset, hash) of the content read so far.
    parts      BLOB    NOT NULL DEFAULT x'',
    zone       TEXT    NOT NULL DEFAULT 'UTC',
    -- The clock of the last line, carried to lines that have none.
    clock_ms   INTEGER,
    settled_clock_ms INTEGER,
    first_ms   INTEGER,
    last_ms    INTEGER,
    state      TEXT    NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'gone', 'replaced')),
    read_ms    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (path, generation)
) STRICT;
CREATE INDEX files_by_inode ON files (device, inode);

-- Lines that were read and not kept, by what they were.
CREATE TABLE line_counts (
    file_id INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (file_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    quarantine_id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
    offset  INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    sample  TEXT    NOT NULL,
    seen_ms INTEGER NOT NULL,
    UNIQUE (file_id, offset, reason)
) STRICT;

CREATE TABLE services (
    service_key INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE
) STRICT;

-- One row for each kind of failure.
CREATE TABLE signatures (
    signature_key INTEGER PRIMARY KEY,
    signature_id  TEXT NOT NULL UNIQUE,
    category      TEXT NOT NULL,
    level         TEXT NOT NULL,
    template      TEXT NOT NULL,
    v1            TEXT NOT NULL,
    example       TEXT NOT NULL,
    n_events      INTEGER NOT NULL DEFAULT 0,
    first_ms      INTEGER,
    last_ms       INTEGER
) STRICT;
CREATE INDEX signatures_by_v1 ON signatures (v1);

-- Ids that were given once and are part of another signature now.
CREATE TABLE signature_aliases (
    alias        TEXT PRIMARY KEY,
    signature_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How often, by the hour. An hour is milliseconds / 3,600,000; -1 when there is no time.
CREATE TABLE signature_hours (
    signature_key INTEGER NOT NULL REFERENCES signatures,
    service_key   INTEGER NOT NULL REFERENCES services,
    hour          INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    PRIMARY KEY (signature_key, service_key, hour)
) STRICT, WITHOUT ROWID;

-- One row for each occurrence. The id is (at_ms << 21) + a sequence, so ids are in the order of
-- time; events without a time have the lowest ids.
CREATE TABLE events (
    event_id      INTEGER PRIMARY KEY,
    at_ms         INTEGER,
    clock         TEXT    NOT NULL CHECK (clock IN ('stated', 'assumed', 'carried', 'named', 'none')),
    file_id       INTEGER NOT NULL REFERENCES files,
    offset        INTEGER NOT NULL,
    line          INTEGER NOT NULL,
    signature_key INTEGER NOT NULL REFERENCES signatures,
    service_key   INTEGER NOT NULL REFERENCES services,
    category      TEXT    NOT NULL,
    level         TEXT    NOT NULL,
    line_hash     INTEGER NOT NULL,
    redaction     INTEGER NOT NULL,
    text          TEXT    NOT NULL
) STRICT;
CREATE INDEX events_by_signature ON events (signature_key);
CREATE INDEX events_by_file ON events (file_id, offset);

-- The lines of a failure that takes several.
CREATE TABLE event_blocks (
    event_id INTEGER PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    text     TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE event_search USING fts5 (
    text, content = 'events', content_rowid = 'event_id', detail = 'none', columnsize = 0
);

-- The numbers of an event of the network streams.
CREATE TABLE network_details (
    event_id     INTEGER PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    contract     TEXT NOT NULL,
    signature    TEXT NOT NULL,
    attack_type  TEXT,
    sensor       TEXT,
    severity     TEXT,
    label        TEXT,
    score        REAL,
    confidence   REAL,
    horizon_s    INTEGER,
    risk_score   REAL,
    risk_low     REAL,
    risk_high    REAL,
    fusion_score REAL,
    route_confidence REAL,
    drift_status TEXT,
    drift_delta  REAL,
    detail       TEXT NOT NULL
) STRICT;

-- Past work: sessions with a coding tool, conversations about the stack.
CREATE TABLE sessions (
    session_key INTEGER PRIMARY KEY,
    session_id  TEXT NOT NULL UNIQUE,
    source      TEXT NOT NULL,
    file_id     INTEGER NOT NULL REFERENCES files,
    title       TEXT,
    cwd         TEXT,
    repo_url    TEXT,
    branch      TEXT,
    commit_hash TEXT,
    first_ms    INTEGER,
    last_ms     INTEGER,
    redaction   INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_last ON sessions (last_ms);
CREATE INDEX sessions_by_file ON sessions (file_id);

-- What was said or done in a session. Commands are never run by us: they are somebody's text.
CREATE TABLE statements (
    statement_id INTEGER PRIMARY KEY,
    session_key  INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    file_id      INTEGER NOT NULL REFERENCES files,
    line         INTEGER NOT NULL,
    at_ms        INTEGER,
    role         TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'developer', 'tool_call', 'tool_output', 'artifact')),
    kind         TEXT NOT NULL CHECK (kind IN ('command', 'file_path', 'error', 'outcome', 'test_result',
                 'completed_task', 'in_progress_task', 'pending_task', 'file_changed')),
    -- pass, fail or unknown for outcomes and test results.
    verdict      TEXT CHECK (verdict IN ('pass', 'fail', 'unknown')),
    signature_key INTEGER REFERENCES signatures,
    text_hash    INTEGER NOT NULL,
    redaction    INTEGER NOT NULL,
    text         TEXT NOT NULL,
    UNIQUE (session_key, kind, text_hash)
) STRICT;
CREATE INDEX statements_by_signature ON statements (signature_key) WHERE signature_key IS NOT NULL;
CREATE INDEX statements_by_file ON statements (file_id);

CREATE VIRTUAL TABLE statement_search USING fts5 (
    text, content = 'statements', content_rowid = 'statement_id', detail = 'none', columnsize = 0
);

-- How a verification ended: a closing count of tests, a soak's result, a line of a walkthrough.
CREATE TABLE outcomes (
    outcome_id  INTEGER PRIMARY KEY,
    file_id     INTEGER NOT NULL REFERENCES files,
    session_key INTEGER REFERENCES sessions ON DELETE CASCADE,
    line        INTEGER NOT NULL,
    at_ms       INTEGER,
    scope       TEXT NOT NULL CHECK (scope IN ('tests', 'soak', 'walkthrough')),
    verdict     TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'unknown')),
    n_passed    INTEGER,
    n_failed    INTEGER,
    signature_key INTEGER REFERENCES signatures,
    redaction   INTEGER NOT NULL,
    text        TEXT NOT NULL,
    UNIQUE (file_id, line, scope, text)
) STRICT;
CREATE INDEX outcomes_by_time ON outcomes (at_ms);
CREATE INDEX outcomes_by_signature ON outcomes (signature_key) WHERE signature_key IS NOT NULL;

CREATE TABLE changes (
    change_id   INTEGER PRIMARY KEY,
    file_id     INTEGER NOT NULL REFERENCES files,
    line        INTEGER NOT NULL,
    release_tag TEXT NOT NULL,
    released_ms INTEGER,
    section     TEXT NOT NULL,
    redaction   INTEGER NOT NULL,
    text        TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_file ON changes (file_id);
CREATE INDEX changes_by_release ON changes (released_ms);

CREATE TABLE scripts (
    script_id INTEGER PRIMARY KEY,
    file_id   INTEGER NOT NULL UNIQUE REFERENCES files,
    path      TEXT NOT NULL,
    role      TEXT NOT NULL CHECK (role IN ('runner', 'verifier', 'cleanup', 'monitor', 'setup')),
    commands  TEXT NOT NULL,
    tools     TEXT NOT NULL,
    variables TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    mtime_ms  INTEGER NOT NULL,
    redaction INTEGER NOT NULL
) STRICT;

CREATE TABLE commits (
    commit_key   INTEGER PRIMARY KEY,
    file_id      INTEGER NOT NULL REFERENCES files,
    commit_hash  TEXT NOT NULL UNIQUE,
    authored_ms  INTEGER NOT NULL,
    committed_ms INTEGER NOT NULL,
    author       TEXT NOT NULL,
    redaction    INTEGER NOT NULL,
    subject      TEXT NOT NULL
) STRICT;
CREATE INDEX commits_by_time ON commits (committed_ms);

CREATE TABLE commit_files (
    commit_key INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE,
    path       TEXT NOT NULL,
    PRIMARY KEY (path, commit_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX commit_files_by_commit ON commit_files (commit_key);

CREATE TABLE soaks (
    soak_id    INTEGER PRIMARY KEY,
    file_id    INTEGER NOT NULL UNIQUE REFERENCES files,
    path       TEXT NOT NULL,
    started_ms INTEGER,
    ended_ms   INTEGER,
    verdict    TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'unknown')),
    n_checks_passed INTEGER NOT NULL,
    n_checks_failed INTEGER NOT NULL,
    n_errors   INTEGER NOT NULL,
    n_regressions INTEGER NOT NULL,
    detail     TEXT NOT NULL,
    redaction  INTEGER NOT NULL
) STRICT;

-- A predecessor's database that was read.
CREATE TABLE imports (
    import_id   INTEGER PRIMARY KEY,
    path        TEXT NOT NULL,
    sha256      TEXT NOT NULL UNIQUE,
    imported_ms INTEGER NOT NULL,
    counts      TEXT NOT NULL
) STRICT;

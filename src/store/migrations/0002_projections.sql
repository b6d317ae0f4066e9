-- Derived from `events` in the same transaction; can be dropped and made again.

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY,
    project    TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('observe', 'assist', 'autonomous')),
    actor_user TEXT    NOT NULL,
    actor_host TEXT    NOT NULL,
    actor_pid  INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    ended_seq  INTEGER,
    end        TEXT CHECK (end IN ('clean', 'signal', 'interrupted', 'failed'))
) STRICT;
CREATE INDEX sessions_open ON sessions (project) WHERE ended_seq IS NULL;

CREATE TABLE episodes (
    started_seq INTEGER PRIMARY KEY,
    project     TEXT    NOT NULL,
    service     TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    why         TEXT    NOT NULL,
    attempt     INTEGER NOT NULL,
    started_ms  INTEGER NOT NULL,
    deadline_ms INTEGER NOT NULL,
    verdict     TEXT CHECK (verdict IN ('met', 'unmet', 'inconclusive')),
    closed_seq  INTEGER
) STRICT;
CREATE INDEX episodes_open ON episodes (project, service) WHERE closed_seq IS NULL;

-- From when to when something lasted: a finding, a hold, an episode. Tells from
-- which row on the events have to be folded. What ends with its session at the
-- latest names it, everything else says 0.
CREATE TABLE spans (
    opened_seq INTEGER NOT NULL,
    project    TEXT    NOT NULL,
    session    INTEGER NOT NULL,
    topic      TEXT    NOT NULL CHECK (topic IN
        ('engine', 'sight', 'finding', 'hold', 'episode', 'bounce', 'pause', 'kill_switch')),
    service    TEXT    NOT NULL,
    closed_seq INTEGER,
    PRIMARY KEY (opened_seq, topic)
) STRICT;
CREATE UNIQUE INDEX spans_open ON spans (project, session, topic, service)
    WHERE closed_seq IS NULL;
CREATE INDEX spans_closed ON spans (project, closed_seq) WHERE closed_seq IS NOT NULL;

-- The last turn that a session brought to its end. Not part of the chain: one row a
-- session, written once an interval.
CREATE TABLE heartbeats (
    session     INTEGER PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL CHECK (interval_ms > 0)
) STRICT;

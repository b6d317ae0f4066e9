-- Who leads a stack. Not part of the chain: a hold is renewed every few seconds,
-- and that it was taken or given back is an event.
CREATE TABLE leases (
    stack      TEXT    PRIMARY KEY,
    token      INTEGER NOT NULL CHECK (token > 0),
    user       TEXT    NOT NULL,
    host       TEXT    NOT NULL,
    pid        INTEGER NOT NULL,
    taken_ms   INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;

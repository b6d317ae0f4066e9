-- The ledger proper: one row for everything that happened, chained by hash.
-- `service` is computed from the body, so it can be filtered by without being a
-- second truth. There is no list of kinds here: the program's enum is that list.
CREATE TABLE events (
    seq        INTEGER PRIMARY KEY,
    at_ms      INTEGER NOT NULL,
    session    INTEGER NOT NULL,
    project    TEXT    NOT NULL,
    actor_user TEXT    NOT NULL,
    actor_host TEXT    NOT NULL,
    actor_pid  INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    input      BLOB             CHECK (length(input) = 32),
    prev       BLOB    NOT NULL CHECK (length(prev) = 32),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    service    TEXT    GENERATED ALWAYS AS
        (CASE WHEN json_valid(body) THEN json_extract(body, '$.service') END) VIRTUAL
) STRICT;

CREATE INDEX events_by_time ON events (at_ms);
CREATE INDEX events_by_input ON events (input) WHERE input IS NOT NULL;

-- What a decision was made on: the text whose SHA-256 the events name.
CREATE TABLE inputs (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    body   TEXT NOT NULL
) STRICT;

-- INSERT OR REPLACE fires no DELETE trigger, so it needs one of its own.
CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no row is changed'); END;
CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no row is removed'); END;
CREATE TRIGGER events_refuse_replace BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no row is replaced'); END;

CREATE TRIGGER inputs_refuse_update BEFORE UPDATE ON inputs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no input is changed'); END;
CREATE TRIGGER inputs_refuse_delete BEFORE DELETE ON inputs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no input is removed'); END;
CREATE TRIGGER inputs_refuse_replace BEFORE INSERT ON inputs
WHEN EXISTS (SELECT 1 FROM inputs WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no input is replaced'); END;

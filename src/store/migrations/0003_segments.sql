-- Closed stretches of the ledger. The row outlives its events: it is the
-- checkpoint from which the chain goes on.
CREATE TABLE segments (
    number      INTEGER PRIMARY KEY,
    first_seq   INTEGER NOT NULL UNIQUE,
    last_seq    INTEGER NOT NULL UNIQUE CHECK (last_seq >= first_seq),
    opens_with  BLOB    NOT NULL CHECK (length(opens_with) = 32),
    closes_with BLOB    NOT NULL CHECK (length(closes_with) = 32),
    closed_ms   INTEGER NOT NULL,
    exported    BLOB             CHECK (length(exported) = 32),
    dropped_ms  INTEGER,
    CHECK ((exported IS NULL) = (dropped_ms IS NULL))
) STRICT;

CREATE TRIGGER segments_refuse_delete BEFORE DELETE ON segments
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no segment is removed'); END;
CREATE TRIGGER segments_refuse_replace BEFORE INSERT ON segments
WHEN EXISTS (SELECT 1 FROM segments WHERE number = NEW.number
    OR first_seq = NEW.first_seq OR last_seq = NEW.last_seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no segment is replaced'); END;
CREATE TRIGGER segments_refuse_update BEFORE UPDATE ON segments
WHEN OLD.dropped_ms IS NOT NULL OR NEW.number <> OLD.number
    OR NEW.first_seq <> OLD.first_seq OR NEW.last_seq <> OLD.last_seq
    OR NEW.opens_with <> OLD.opens_with OR NEW.closes_with <> OLD.closes_with
    OR NEW.closed_ms <> OLD.closed_ms
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a segment is dropped once, else never changed'); END;

-- Rows go only with their whole segment, and inputs only when no row names them.
DROP TRIGGER events_refuse_delete;
CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM segments
    WHERE dropped_ms IS NOT NULL AND OLD.seq BETWEEN first_seq AND last_seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no row is removed'); END;
DROP TRIGGER inputs_refuse_delete;
CREATE TRIGGER inputs_refuse_delete BEFORE DELETE ON inputs
WHEN EXISTS (SELECT 1 FROM events WHERE input = OLD.digest)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no input is removed'); END;

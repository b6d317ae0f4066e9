-- How often, by the day in UTC. A day is an hour of signature_hours / 24; -1 when there is no time.
CREATE TABLE signature_days (
    day           INTEGER NOT NULL,
    signature_key INTEGER NOT NULL REFERENCES signatures,
    n             INTEGER NOT NULL,
    PRIMARY KEY (day, signature_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX signature_days_by_signature ON signature_days (signature_key);
INSERT INTO signature_days (day, signature_key, n)
    SELECT CASE WHEN hour < 0 THEN -1 ELSE hour / 24 END, signature_key, sum(n)
    FROM signature_hours GROUP BY 1, 2;
CREATE INDEX signature_hours_by_hour ON signature_hours (hour, signature_key, n);

-- How often in which content.
CREATE TABLE signature_files (
    signature_key INTEGER NOT NULL REFERENCES signatures,
    file_id       INTEGER NOT NULL REFERENCES files,
    n             INTEGER NOT NULL,
    PRIMARY KEY (signature_key, file_id)
) STRICT, WITHOUT ROWID;
INSERT INTO signature_files (signature_key, file_id, n)
    SELECT signature_key, file_id, count(*) FROM events GROUP BY 1, 2;

-- Up to where the guardian has told what is in a content.
CREATE TABLE guardian_cursors (
    file_id INTEGER PRIMARY KEY REFERENCES files,
    offset  INTEGER NOT NULL
) STRICT;

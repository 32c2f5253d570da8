-- One session, one person: whose each session of an account is. One that was
-- given up stays its applicant's, and is nobody else's.
CREATE TABLE sessions (
    account_id BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    batch_id   BIGINT NOT NULL,
    row_no     INTEGER NOT NULL,
    PRIMARY KEY (account_id, session_id)
);
INSERT INTO sessions (account_id, session_id, batch_id, row_no)
SELECT b.account_id, a.session_id, a.batch_id, a.row_no
FROM applicants a
JOIN batches b ON b.id = a.batch_id
WHERE a.session_id <> ''
ORDER BY a.batch_id, a.row_no
ON CONFLICT DO NOTHING;
INSERT INTO sessions (account_id, session_id, batch_id, row_no)
SELECT b.account_id, t.session_id, t.batch_id, t.row_no
FROM attempts t
JOIN batches b ON b.id = t.batch_id
WHERE t.session_id <> ''
ORDER BY t.batch_id, t.row_no
ON CONFLICT DO NOTHING;
DROP INDEX applicants_session;

-- A reference is a person: who was invited under one is looked for at each import.
CREATE INDEX applicants_external_id ON applicants (external_id);

-- The ids of the sessions that the first look-up listed, as a JSON array; empty
-- before it. One that comes up later was made by the attempts in doubt.
ALTER TABLE applicants ADD COLUMN lookup_seen TEXT NOT NULL DEFAULT '';

-- What usher wrote for people: reports and lists of problems, by the SHA-256 of
-- their bytes. A file that is not as it is remembered is somebody's own.
CREATE TABLE files (
    path       TEXT PRIMARY KEY,
    sha256     TEXT NOT NULL,
    written_at TIMESTAMPTZ NOT NULL
);

-- The latest time that the database's clock was seen to show, in one row. A
-- clock that shows less was set back.
CREATE TABLE clock (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    seen_at TIMESTAMPTZ NOT NULL
);

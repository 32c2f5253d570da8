-- What was told of a session after the invitation, each of it once: by the
-- person's browser when it came back, or by the provider's webhooks. What counts
-- of it stands in the applicant's outcome.
CREATE TABLE returns (
    batch_id   INTEGER NOT NULL,
    row_no     INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    source     TEXT NOT NULL,
    session_id TEXT NOT NULL,
    status     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    told_at    TEXT NOT NULL,
    PRIMARY KEY (batch_id, row_no, n)
);

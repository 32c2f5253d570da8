-- The rows that were taken near the mark of a source whose watermark holds times: they
-- are read again, as a transaction may commit late, and recognised by keyed
-- fingerprints, 16 bytes each, many in a piece. Times are microseconds since 1970.
-- Every row that was taken from rows_from on is among them; 0 is none.
ALTER TABLE source_marks ADD COLUMN rows_from INTEGER NOT NULL DEFAULT 0;

CREATE TABLE source_rows (
    account_id   INTEGER NOT NULL REFERENCES accounts (id),
    source       TEXT NOT NULL,
    batch_id     INTEGER NOT NULL,
    piece        INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    fingerprints BLOB NOT NULL,
    PRIMARY KEY (account_id, source, batch_id, piece)
);

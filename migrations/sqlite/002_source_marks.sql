-- How far a database source has been read: the highest value of its watermark
-- column in the batches that were set running. kind is what was compared.
CREATE TABLE source_marks (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    source     TEXT NOT NULL,
    mark       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    batch_id   INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (account_id, source)
) WITHOUT ROWID;

-- The SHA-256 of the file that a batch was read from, in hex, and its size in bytes;
-- empty for what is no file, or was imported by an earlier version.
ALTER TABLE batches ADD COLUMN source_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN source_size INTEGER NOT NULL DEFAULT 0;

-- Results of batches that are put into a folder, each time that a run is over or a
-- person settled somebody. wanted counts up with what is to be in it, acted is the
-- wanted of which it was recorded that it is handed out. folder and stem are what its
-- files are called; trouble is why it could not be delivered when it was last tried.
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id     INTEGER NOT NULL REFERENCES batches (id),
    number       INTEGER NOT NULL,
    wanted       INTEGER NOT NULL,
    acted        INTEGER NOT NULL,
    folder       TEXT NOT NULL,
    stem         TEXT NOT NULL,
    trouble      TEXT NOT NULL,
    asked_at     TEXT NOT NULL,
    delivered_at TEXT,
    UNIQUE (batch_id, number)
);

CREATE UNIQUE INDEX deliveries_open ON deliveries (batch_id) WHERE delivered_at IS NULL;
CREATE UNIQUE INDEX deliveries_stem ON deliveries (folder, stem) WHERE stem <> '';

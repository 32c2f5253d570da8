-- How the list was written that a batch came from: its report is written likewise.
ALTER TABLE batches ADD COLUMN delimiter TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN marked BOOLEAN NOT NULL DEFAULT FALSE;

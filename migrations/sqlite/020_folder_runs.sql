-- Which time of a schedule a file in a folder was taken for (0: none, the folder is watched), who would be
-- invited of one that waits for somebody's yes, and how many people somebody said yes to.
ALTER TABLE folder_files ADD COLUMN occurrence_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder_files ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder_files ADD COLUMN agreed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX folder_files_occurrence ON folder_files (occurrence_id) WHERE occurrence_id <> 0;
CREATE INDEX folder_files_batch ON folder_files (batch_id) WHERE batch_id <> 0;

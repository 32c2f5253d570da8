-- The folders that are watched, or were. served_by is the process that took the folder's
-- lease last, for people, and served_at when. trouble is what keeps it, or something in it
-- that has no row of its own, from being served; trouble_fix what to do about it.
CREATE TABLE folders (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  BIGINT NOT NULL REFERENCES accounts (id),
    path        TEXT NOT NULL,
    served_by   TEXT NOT NULL,
    served_at   TIMESTAMPTZ,
    trouble     TEXT NOT NULL,
    trouble_fix TEXT NOT NULL,
    UNIQUE (account_id, path)
);
INSERT INTO folders (account_id, path, served_by, trouble, trouble_fix)
SELECT account_id, folder, '', '', ''
FROM folder_files
GROUP BY account_id, folder
ORDER BY min(id);

-- Files are listed by folder, the newest first: all of them, or those in a state.
DROP INDEX folder_files_folder;
CREATE INDEX folder_files_folder ON folder_files (account_id, folder, state, id);
CREATE INDEX folder_files_listed ON folder_files (account_id, folder, id);
CREATE INDEX folder_files_mends ON folder_files (mends_id) WHERE mends_id <> 0;

-- Of which batch a content is whose file has no row any more, so that the same list is
-- still known when it comes again.
CREATE TABLE folder_contents (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    sha256     TEXT NOT NULL,
    batch_id   BIGINT NOT NULL,
    PRIMARY KEY (account_id, sha256, batch_id)
);

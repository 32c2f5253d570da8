-- Files that were put into watched folders. A row decides what is done next with its
-- file; what is in the folder follows from it. Paths are below the folder.
CREATE TABLE folder_files (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  BIGINT NOT NULL REFERENCES accounts (id),
    folder      TEXT NOT NULL,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL,
    place       TEXT NOT NULL,
    moving_to   TEXT NOT NULL,
    size        BIGINT NOT NULL,
    modified_ns BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    upload_id   TEXT NOT NULL,
    batch_id    BIGINT NOT NULL,
    mends_id    BIGINT NOT NULL,
    mendable    BOOLEAN NOT NULL,
    why         TEXT NOT NULL,
    result      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    found_at    TIMESTAMPTZ NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX folder_files_folder ON folder_files (account_id, folder, state);
CREATE INDEX folder_files_content ON folder_files (account_id, sha256);
-- Of two processes that see a file at once, one notes it.
CREATE UNIQUE INDEX folder_files_seen ON folder_files (account_id, folder, name) WHERE state = 'seen';

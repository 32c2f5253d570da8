-- Who brought a batch by a page; empty for what came another way.
ALTER TABLE batches ADD COLUMN owner TEXT NOT NULL DEFAULT '';

-- A list that somebody brought by a page, until it is imported, discarded or a day
-- old. Each choice and each correction is another revision. plan is what the check
-- of plan_revision found, as JSON; it quotes the list, as choices may. checker is
-- the process that checks the present revision, inviter who agreed to so many
-- invitations. What is imported keeps its batch only.
CREATE TABLE uploads (
    id             TEXT PRIMARY KEY,
    account_id     BIGINT NOT NULL REFERENCES accounts (id),
    owner          TEXT NOT NULL,
    name           TEXT NOT NULL,
    source         TEXT NOT NULL,
    content_id     TEXT NOT NULL,
    state          TEXT NOT NULL,
    size           BIGINT NOT NULL,
    sha256         TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    choices        TEXT NOT NULL,
    plan           TEXT NOT NULL,
    plan_revision  INTEGER NOT NULL,
    sheet          TEXT NOT NULL,
    checker        TEXT NOT NULL,
    checker_at     TIMESTAMPTZ,
    rows_read      BIGINT NOT NULL,
    bytes_read     BIGINT NOT NULL,
    bytes_total    BIGINT NOT NULL,
    agreed         INTEGER NOT NULL,
    inviter_name   TEXT NOT NULL,
    inviter_role   TEXT NOT NULL,
    inviter_way    TEXT NOT NULL,
    refusal        TEXT NOT NULL,
    refusal_fix    TEXT NOT NULL,
    batch_id       BIGINT NOT NULL,
    known          BOOLEAN NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL,
    touched_at     TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL
);

-- The bytes of an upload. Another file in its place has another content_id; what
-- no upload names any more is removed piece by piece, the first one last.
CREATE TABLE upload_chunks (
    content_id TEXT NOT NULL,
    n          INTEGER NOT NULL,
    data       BYTEA NOT NULL,
    PRIMARY KEY (content_id, n)
);
-- Kept as it is: much of what is uploaded is compressed, and the rest is gone soon.
ALTER TABLE upload_chunks ALTER COLUMN data SET STORAGE EXTERNAL;

-- What a person put in place of a cell: row_no is the row as a spreadsheet shows it,
-- column_no counts from 0. Column -1 leaves the row out.
CREATE TABLE upload_mends (
    upload_id TEXT NOT NULL,
    sheet     TEXT NOT NULL,
    row_no    INTEGER NOT NULL,
    column_no INTEGER NOT NULL,
    text      TEXT NOT NULL,
    PRIMARY KEY (upload_id, sheet, row_no, column_no)
);

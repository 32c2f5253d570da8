-- Schedules: when a list is fetched and its people are invited, by itself. One that
-- is removed stays, so that its name never stands for another, and nothing that it
-- did is done again by one that is made later.
CREATE TABLE schedules (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  BIGINT NOT NULL REFERENCES accounts (id),
    name        TEXT NOT NULL,
    origin      TEXT NOT NULL,
    spec        TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    looked_at   TIMESTAMPTZ NOT NULL,
    looked_from TIMESTAMPTZ NOT NULL,
    paused_at   TIMESTAMPTZ,
    paused_by   TEXT NOT NULL,
    etag        TEXT NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL,
    removed_at  TIMESTAMPTZ,
    UNIQUE (account_id, name)
);

-- Each time that a schedule was due, made before anything else is done. Its local
-- time names it, so it is there once.
CREATE TABLE occurrences (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schedule_id BIGINT NOT NULL REFERENCES schedules (id),
    local       TEXT NOT NULL,
    due_at      TIMESTAMPTZ NOT NULL,
    state       TEXT NOT NULL,
    why         TEXT NOT NULL,
    words       TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    agreed      INTEGER NOT NULL,
    people      INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    upload_id   TEXT NOT NULL,
    etag        TEXT NOT NULL,
    batch_id    BIGINT NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    ended_at    TIMESTAMPTZ,
    UNIQUE (schedule_id, local)
);

CREATE INDEX occurrences_open ON occurrences (schedule_id, id) WHERE ended_at IS NULL;
CREATE INDEX occurrences_upload ON occurrences (upload_id) WHERE upload_id <> '';

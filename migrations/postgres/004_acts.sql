-- What people did, the newest last: who, in which way, on which batch, with which
-- numbers. An act on the account has batch 0. numbers is a JSON object of
-- integers, rows the row numbers that it was about. The one name in here is that
-- of whoever acted; nothing that somebody typed, and no session. Kept for ever.
CREATE TABLE acts (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         TIMESTAMPTZ NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    way        TEXT NOT NULL,
    act        TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    batch_id   BIGINT NOT NULL,
    numbers    TEXT NOT NULL,
    rows       TEXT NOT NULL
);
CREATE INDEX acts_batch ON acts (batch_id, id);

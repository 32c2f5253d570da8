-- What people may be told of, each in the transaction of what it tells of where that
-- is possible. what is finished, paused, gate, missed, waiting or refused; name is of
-- the schedule or the folder, reason a word of ours, numbers JSON. Nothing in it is
-- about a person. told_at is when it was decided who is told.
CREATE TABLE events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    what       TEXT NOT NULL,
    batch_id   INTEGER NOT NULL,
    batch_name TEXT NOT NULL,
    name       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    numbers    TEXT NOT NULL,
    at         TEXT NOT NULL,
    told_at    TEXT
);
CREATE INDEX events_untold ON events (account_id, id) WHERE told_at IS NULL;

-- What a target of the settings is told: events of one kind, as ids in JSON, of which
-- there may be more than are named. It is sent as message_id, the same however often it
-- is tried. answer is what came of the last try, in words of ours. Whoever tries it
-- has it until held_until; after give_up_at it is tried no more.
CREATE TABLE messages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  INTEGER NOT NULL REFERENCES accounts (id),
    message_id  TEXT NOT NULL UNIQUE,
    target      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    what        TEXT NOT NULL,
    events      TEXT NOT NULL,
    event_count INTEGER NOT NULL,
    state       TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    next_at     TEXT NOT NULL,
    give_up_at  TEXT NOT NULL,
    held_until  TEXT,
    tried_at    TEXT,
    ended_at    TEXT
);
CREATE INDEX messages_account ON messages (account_id, id);
CREATE INDEX messages_waiting ON messages (account_id, next_at) WHERE state = 'waiting';

-- The targets that said they want nothing more, with a fingerprint of the settings
-- that they had then. Others are tried again.
CREATE TABLE message_stops (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    target     TEXT NOT NULL,
    settings   TEXT NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (account_id, target)
);

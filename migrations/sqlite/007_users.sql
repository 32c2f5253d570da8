-- Who may sign in to the pages. folded is the name as it is compared. A password
-- hash may be empty: that user comes by a proxy only. epoch counts up when every
-- sign-in of a user is to end.
CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL,
    folded        TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    created_at    TEXT NOT NULL,
    changed_at    TEXT NOT NULL
);

-- What a browser is signed in as. Its token is known to the browser alone.
CREATE TABLE web_sessions (
    token_hash TEXT PRIMARY KEY,
    data       BLOB NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX web_sessions_expires ON web_sessions (expires_at);

-- How many tries at signing in were made lately: the theoretical arrival time of
-- the next one (GCRA), in microseconds since 1970. The key is an HMAC.
CREATE TABLE signin_tries (
    key_hash TEXT PRIMARY KEY,
    tat_us   INTEGER NOT NULL
);

-- The user that an act was on: a name of usher's own users, never an applicant's.
ALTER TABLE acts ADD COLUMN subject TEXT NOT NULL DEFAULT '';

-- An account is one customer at one API: what its people, its gate and its pace are counted by.
CREATE TABLE accounts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
);

-- Whether the fleet may call the API now. reason '' is open. An answer carries
-- the generation it was asked in, so that a late one cannot move a newer state.
CREATE TABLE gate (
    account_id      INTEGER PRIMARY KEY REFERENCES accounts (id),
    generation      INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    detail          TEXT NOT NULL,
    by_person       BOOLEAN NOT NULL,
    closed_at       TEXT,
    until           TEXT,
    step            INTEGER NOT NULL,
    probe_by        TEXT NOT NULL,
    probe_until     TEXT,
    key_fingerprint TEXT NOT NULL
);

-- The fleet-wide spacing of requests. Times are microseconds since 1970, as
-- the arithmetic on them is done in Go.
CREATE TABLE pace (
    account_id  INTEGER PRIMARY KEY REFERENCES accounts (id),
    arrival_us  INTEGER NOT NULL,
    day         TEXT NOT NULL,
    day_count   INTEGER NOT NULL,
    cut_rate    REAL NOT NULL,
    cut_at_us   INTEGER NOT NULL
);

CREATE TABLE batches (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id    INTEGER NOT NULL REFERENCES accounts (id),
    name          TEXT NOT NULL,
    source        TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    options       TEXT NOT NULL,
    state         TEXT NOT NULL,
    pause_reason  TEXT NOT NULL,
    pause_detail  TEXT NOT NULL,
    run           INTEGER NOT NULL,
    extra_columns TEXT NOT NULL,
    report_path   TEXT NOT NULL,
    importer      TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    imported_at   TEXT,
    finished_at   TEXT
);
CREATE INDEX batches_fingerprint ON batches (account_id, fingerprint);
CREATE INDEX batches_state ON batches (state);

-- A batch has a run for its first pass and one more for each retry.
CREATE TABLE runs (
    batch_id    INTEGER NOT NULL REFERENCES batches (id),
    run         INTEGER NOT NULL,
    started_at  TEXT NOT NULL,
    finished_at TEXT,
    reported_at TEXT,
    PRIMARY KEY (batch_id, run)
);

CREATE TABLE applicants (
    batch_id          INTEGER NOT NULL,
    row_no            INTEGER NOT NULL,
    state             TEXT NOT NULL,
    run               INTEGER NOT NULL,
    first_name        TEXT NOT NULL,
    last_name         TEXT NOT NULL,
    email             TEXT NOT NULL,
    phone             TEXT NOT NULL,
    external_id       TEXT NOT NULL,
    send_email_invite BOOLEAN NOT NULL,
    send_phone_invite BOOLEAN NOT NULL,
    workflow_id       TEXT NOT NULL,
    redirect_url      TEXT NOT NULL,
    extra             TEXT NOT NULL,
    person_key        TEXT NOT NULL,
    holder_batch      INTEGER NOT NULL,
    holder_row        INTEGER NOT NULL,
    attempt           INTEGER NOT NULL,
    counted           INTEGER NOT NULL,
    lookups           INTEGER NOT NULL,
    lookup_at         TEXT,
    lookup_job_at     TEXT,
    session_id        TEXT NOT NULL,
    session_url       TEXT NOT NULL,
    links             TEXT NOT NULL,
    error_code        TEXT NOT NULL,
    error             TEXT NOT NULL,
    sent_at           TEXT,
    settled_at        TEXT,
    outcome_status    TEXT NOT NULL,
    outcome_reason    TEXT NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE INDEX applicants_state ON applicants (batch_id, state);
CREATE INDEX applicants_session ON applicants (session_id) WHERE session_id <> '';

-- One request sent, or about to be sent, for an applicant. outcome '' means its
-- end is not known. Kept for ever.
CREATE TABLE attempts (
    batch_id    INTEGER NOT NULL,
    row_no      INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    worker      TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    deadline_at TEXT NOT NULL,
    ended_at    TEXT,
    outcome     TEXT NOT NULL,
    status      INTEGER NOT NULL,
    session_id  TEXT NOT NULL,
    PRIMARY KEY (batch_id, row_no, n)
) WITHOUT ROWID;

-- Who holds a person. The key is an HMAC, so this outlives the personal data.
CREATE TABLE people (
    account_id INTEGER NOT NULL,
    person_key TEXT NOT NULL,
    batch_id   INTEGER NOT NULL,
    row_no     INTEGER NOT NULL,
    claimed_at TEXT NOT NULL,
    PRIMARY KEY (account_id, person_key)
) WITHOUT ROWID;
CREATE INDEX people_batch ON people (batch_id);

-- Who may do what only one, or only the living, may do; by the database's clock.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    detail     TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

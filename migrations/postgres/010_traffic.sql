-- How many requests were answered how, by the minute (since 1970, UTC) in which they
-- were sent. Minute 0 has those of all time. request is create, list, session or
-- workflow, and answer the HTTP status, lost, or not_sent; request 'invited' has who
-- was invited. Each process adds what it has sent about once a second.
CREATE TABLE traffic (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    minute     BIGINT NOT NULL,
    request    TEXT NOT NULL,
    answer     TEXT NOT NULL,
    n          BIGINT NOT NULL,
    PRIMARY KEY (account_id, minute, request, answer)
);

-- What became of the gate and the pace, the newest last: reason is that of a gate
-- that was closed, until when, or empty for one that was opened; kind 'pace' is a
-- pace that was cut to a rate of so many requests a second. detail holds nothing
-- about an applicant.
CREATE TABLE gate_events (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    at         TIMESTAMPTZ NOT NULL,
    kind       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    detail     TEXT NOT NULL,
    until      TIMESTAMPTZ,
    rate       DOUBLE PRECISION NOT NULL
);
CREATE INDEX gate_events_account ON gate_events (account_id, id);

-- Each person who is sent to leaves two old versions of a row. Until they are cleaned
-- up, a page of those who wait passes them one by one, and a search reads the pages
-- that its filters do not know yet: by default only after a fifth of the table.
ALTER TABLE applicants SET (autovacuum_vacuum_scale_factor = 0.03, autovacuum_analyze_scale_factor = 0.05);
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 140000 THEN
        ALTER INDEX applicants_email SET (autosummarize = on);
        ALTER INDEX applicants_phone SET (autosummarize = on);
    END IF;
END $$;

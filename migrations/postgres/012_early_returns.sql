-- What the provider's webhooks told of sessions that nobody had yet, each of it once
-- and the newest last. Whoever gets the session gets this too (returns); what nobody
-- gets is forgotten after a time.
CREATE TABLE early_returns (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    session_id TEXT NOT NULL,
    status     TEXT NOT NULL,
    told_at    TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, session_id, status)
);

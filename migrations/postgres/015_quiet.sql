-- The quiet times of a batch, in which nobody of it is invited: its rule, as JSON, and
-- the next window that follows from it. People may be invited from quiet_since, and
-- before quiet_from. Afterwards they may not, before somebody has moved the window on:
-- if nobody comes, nobody is invited. An empty rule is no quiet times.
ALTER TABLE batches ADD COLUMN quiet TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN quiet_since TIMESTAMPTZ;
ALTER TABLE batches ADD COLUMN quiet_from TIMESTAMPTZ;
ALTER TABLE batches ADD COLUMN quiet_until TIMESTAMPTZ;

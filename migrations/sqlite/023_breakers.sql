-- When a batch stops by itself. canary people of a run go first, alone: while canary_to
-- is not 0, nobody of a later row is claimed. same_refusal people refused alike in a row
-- pause the batch, and so do more than tolerate per cent; 0 and 100 are never.
ALTER TABLE batches ADD COLUMN canary INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN canary_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN same_refusal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN tolerate INTEGER NOT NULL DEFAULT 100;

-- What is counted since the run began, or the batch was resumed: how many were refused,
-- for what the last of them, and how many in a row for that; and how many were invited
-- when the counting began, and when somebody was last refused.
ALTER TABLE batches ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN refusal TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN refusals_in_row BIGINT NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN invited_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN invited_at_refusal BIGINT NOT NULL DEFAULT 0;

-- Batches that are there already stop as new ones do. Their people are on their way, so
-- none goes first before their next run.
UPDATE batches
SET canary = 5, same_refusal = 10, tolerate = 10,
    invited_before = coalesce((SELECT sum(n) FROM counts WHERE batch_id = batches.id AND counts.state = 'invited'), 0);

-- What refusals have taught of an account's limit, until when nobody sends, and how often a refusal counted: slots that
-- were taken before the last one are no good any more. learned is JSON of package rate.
ALTER TABLE pace ADD COLUMN until_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pace ADD COLUMN wave BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pace ADD COLUMN learned TEXT NOT NULL DEFAULT '';
ALTER TABLE pace DROP COLUMN cut_rate;
ALTER TABLE pace DROP COLUMN cut_at_us;

-- What an account's day is counted by, and what refusals have taught of its limit: JSON. day names the day that
-- day_count counts, in the zone that is told there.
ALTER TABLE pace ADD COLUMN day_learned TEXT NOT NULL DEFAULT '';

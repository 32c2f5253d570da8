-- How many applicants of a batch are in each state, kept by every transaction
-- that changes one. slot keeps writers apart: a number of their connection, and
-- 0 for what was folded together. The room on a page keeps updates off the index.
CREATE TABLE counts (
    batch_id BIGINT NOT NULL,
    state    TEXT NOT NULL,
    slot     INTEGER NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (batch_id, state, slot)
) WITH (fillfactor = 40);
LOCK TABLE applicants IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO counts (batch_id, state, slot, n)
SELECT batch_id, state, 0, count(*)
FROM applicants
GROUP BY batch_id, state;

-- A page of those who are in a state, and of those whom the same thing befell.
DROP INDEX applicants_state;
CREATE INDEX applicants_state ON applicants (batch_id, state, row_no);
CREATE INDEX applicants_cause ON applicants (batch_id, state, error_code, row_no) WHERE error_code <> '';

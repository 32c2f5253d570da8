-- Each row of an import wrote an entry of this index, which only the removal of an
-- import read: that finds its people by their keys now. On SQLite an entry ends
-- with the person's key, so it was written at random.
DROP INDEX IF EXISTS people_batch;

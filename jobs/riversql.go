package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// riverSQL is what is asked of River's own tables where River has no way to
// ask it, as the two databases write it.
type riverSQL struct {
	lastBy string // the client that a job was given to last
	ahead  string // the ids of jobs of queue $1 that lie in the future, some of them
	back   string // makes those of them available now
	due    string // makes jobs of queue $1 due now that were put off for a moment
	rows   string // the last id, and the rows as a JSON array, of live jobs of queue $1 with an id after $2, $3 of them
	leader string // ends the term of a leader that lies in the future
	// invites makes jobs of batch $1, of kind $2, with $3 attempts at most and of
	// priority $4, in queue $5, for each row of the JSON array $6. It is empty where
	// River does so as fast.
	invites string
}

var (
	postgresRiver = newRiverSQL("attempted_by[cardinality(attempted_by)]", "json_agg((args->>'row')::int)::text", "river_job", "now()",
		func(seconds int) string { return fmt.Sprintf("now() + interval '%d seconds'", seconds) })
	sqliteRiver = withInvites(newRiverSQL("attempted_by ->> '$[#-1]'", "json_group_array(args ->> '$.row')", "river_job NOT INDEXED", "datetime('now', 'subsec')",
		func(seconds int) string { return fmt.Sprintf("datetime('now', 'subsec', '+%d seconds')", seconds) }))
)

// withInvites adds what makes many jobs at once on SQLite. River passes each job
// as JSON of twelve values there, which is parsed for each of them: a third of
// the time of an import.
func withInvites(s riverSQL) riverSQL {
	s.invites = `
INSERT INTO river_job (args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags)
SELECT jsonb_object('batch', $1, 'row', r.value), datetime('now', 'subsec'), $2, $3, jsonb('{}'), $4, $5,
       datetime('now', 'subsec'), 'available', jsonb('[]')
FROM json_each($6) AS r`
	return s
}

// riverTerm is the longest for which a leader of River is elected, with some
// room.
const riverTerm = 60

// newRiverSQL writes the queries so that the index by which River fetches
// serves them: a look that finds nothing costs nothing, however many jobs wait.
// Only rows goes through the table once, by id, which SQLite would else sort
// anew for each page.
func newRiverSQL(lastBy, rows, byID, now string, in func(seconds int) string) riverSQL {
	ahead := `
SELECT id
FROM river_job
WHERE state IN ('available', 'retryable', 'scheduled') AND queue = $1 AND priority IN (1, 2, 3, 4)
  AND scheduled_at > ` + in(int(aheadMost.Seconds())) + `
ORDER BY scheduled_at, id
LIMIT ` + strconv.Itoa(insertChunk)
	return riverSQL{
		lastBy: lastBy,
		ahead:  ahead,
		back: `
UPDATE river_job
SET state = 'available', scheduled_at = ` + now + `
WHERE state IN ('available', 'retryable', 'scheduled') AND id IN (` + ahead + `)`,
		due: `
UPDATE river_job
SET scheduled_at = ` + now + `
WHERE state = 'available' AND queue = $1 AND priority IN (1, 2, 3, 4) AND scheduled_at > ` + now,
		rows: `
SELECT coalesce(max(id), 0), coalesce(` + rows + `, '[]')
FROM (
    SELECT id, args
    FROM ` + byID + `
    WHERE queue = $1 AND state IN ('available', 'retryable', 'scheduled', 'running') AND id > $2
    ORDER BY id
    LIMIT $3) AS page`,
		leader: `
UPDATE river_leader
SET expires_at = ` + in(riverTerm/4) + `
WHERE expires_at > ` + in(riverTerm),
	}
}

// bringBack makes jobs of a queue available now that lie in the future, and
// tells how many it found, at most [insertChunk] at a time.
func (q queue[TTx]) bringBack(ctx context.Context, name string) (n int, err error) {
	ex := q.client.Driver().GetExecutor()
	err = ex.QueryRow(ctx, "SELECT count(*) FROM ("+q.sql.ahead+") AS ahead", name).Scan(&n)
	if err == nil && n > 0 {
		err = ex.Exec(ctx, q.sql.back, name)
	}
	return n, wrap("bring jobs back", err)
}

// rowsOf lists the rows that invitations of a queue are for which are not over,
// by job id after one, and the last of these ids.
func (q queue[TTx]) rowsOf(ctx context.Context, name string, after int64, limit int) (last int64, rows []int, err error) {
	var list string
	err = q.client.Driver().GetExecutor().QueryRow(ctx, q.sql.rows, name, after, limit).Scan(&last, &list)
	if err == nil {
		err = json.Unmarshal([]byte(list), &rows)
	}
	return last, rows, wrap("list rows of jobs", err)
}

// freeLeader ends the term of a leader that would outlive it because the clock
// was set back: without a living leader no job is tried again.
func (q queue[TTx]) freeLeader(ctx context.Context) error {
	return wrap("end a leader's term", q.client.Driver().GetExecutor().Exec(ctx, q.sql.leader))
}

package storetest

import (
	"context"
	"errors"
	"time"

	"usher/store"
)

// SetClockBack makes a database look as it does when its clock has just been set back
// by d: what was written before lies in the future. If d is negative it looks as when
// the clock was set forward.
func SetClockBack(ctx context.Context, tx *store.Tx, d time.Duration) error {
	exec := func(query, sqlite string, args ...any) (err error) {
		if pg := tx.Pgx(); pg != nil {
			_, err = pg.Exec(ctx, query, args...)
		} else {
			_, err = tx.SQL().ExecContext(ctx, sqlite, args...)
		}
		return err
	}
	seconds := d.Seconds()
	var failed error
	move := func(table string, columns ...string) {
		for _, c := range columns {
			failed = errors.Join(failed, exec(`UPDATE `+table+` SET `+c+` = `+c+` + make_interval(secs => $1)`,
				`UPDATE `+table+` SET `+c+` = strftime('%Y-%m-%dT%H:%M:%fZ', `+c+`, $1 || ' seconds')`, seconds))
		}
	}
	move("clock", "seen_at")
	move("gate", "until", "closed_at", "probe_until")
	move("leases", "expires_at")
	move("applicants", "lookup_at", "lookup_job_at", "sent_at")
	move("attempts", "started_at", "deadline_at", "ended_at")
	for table, column := range map[string]string{"river_job": "scheduled_at", "river_leader": "expires_at"} {
		failed = errors.Join(failed, exec(`UPDATE `+table+` SET `+column+` = `+column+` + make_interval(secs => $1)`,
			`UPDATE `+table+` SET `+column+` = datetime(`+column+`, 'subsec', $1 || ' seconds')`, seconds))
	}
	const pace = `UPDATE pace SET arrival_us = arrival_us + $1, until_us = until_us + $1`
	const day = `UPDATE pace SET day = $1`
	return errors.Join(failed, exec(pace, pace, d.Microseconds()), exec(day, day, time.Now().UTC().Add(d).Format(time.DateOnly)))
}

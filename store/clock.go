package store

import (
	"context"
	"errors"
	"time"
)

// Everything that waits goes by the database's clock: the gate, leases, look-ups
// and the pace. When that is set back, by hand or as a server with another time
// took over, what was to come in a minute would come in an hour and a minute.
// The latest time seen on it is kept, so that this is noticed.

// clockSlack is how far the clock may lie behind what was seen on it: clocks are
// put right by small steps, and several processes look at it side by side.
const clockSlack = 5 * time.Second

// leaseMost is as long as any lease of ours is held for without a word.
const leaseMost = 12 * time.Second

// ErrClockSetBack means that the database's clock shows less than it did
// before; see [Store.SeeClock].
var ErrClockSetBack = errors.New("the database's clock was set back")

// SeeClock notes what the database's clock shows. When it was set back, all
// that lies in the future because of it is brought back, and the caller who did
// so is told by how much: the others who notice get 0, as does everybody else.
// What was left of a wait when the clock was last seen is left of it now, so
// that nothing comes earlier than it should.
func (s *Store) SeeClock(ctx context.Context) (back time.Duration, err error) {
	n, err := s.conn.exec(ctx, `
INSERT INTO clock (id, seen_at)
VALUES (1, `+s.d.now+`)
ON CONFLICT (id) DO UPDATE
SET seen_at = excluded.seen_at
WHERE clock.seen_at < excluded.seen_at`)
	if err != nil || n == 1 {
		return 0, wrap("see the clock", err)
	}
	seen, now, err := s.clock(ctx, "")
	if err != nil || seen.Sub(now) <= clockSlack {
		return 0, wrap("see the clock", err)
	}
	err = s.InTx(ctx, func(tx *Tx) (err error) {
		back, err = tx.bringBack(ctx)
		return err
	})
	return back, wrap("bring back what the clock left in the future", err)
}

// clock is the latest time seen and the time now.
func (q queries) clock(ctx context.Context, lock string) (seen, now time.Time, err error) {
	err = q.queryOne(ctx, `SELECT seen_at, `+q.d.now+` FROM clock WHERE id = 1 `+lock, nil, timeOf(&seen), timeOf(&now))
	return seen, now, err
}

// setBack is a clock that showed seen and was set back to now.
type setBack struct{ seen, now time.Time }

func (b setBack) by() time.Duration { return b.seen.Sub(b.now) }

func (t *Tx) bringBack(ctx context.Context) (time.Duration, error) {
	seen, now, err := t.clock(ctx, t.d.forUpdate)
	b := setBack{seen, now}
	if err != nil || b.by() <= clockSlack {
		return 0, err // somebody else was first
	}
	for _, step := range []func(context.Context, setBack) error{
		t.bringBackGates, t.bringBackPaces, t.bringBackLeases, t.bringBackAttempts, t.bringBackLookups, t.bringBackUploads,
	} {
		if err := step(ctx, b); err != nil {
			return 0, err
		}
	}
	_, err = t.conn.exec(ctx, `UPDATE clock SET seen_at = $1 WHERE id = 1`, now)
	return b.by(), err
}

// sooner is a time to come, brought back: what was due when the clock was last
// seen is due now. $1 is now, $2 what was seen, $3 the seconds between, negative.
func (q queries) sooner(at string) string {
	return at + ` = CASE WHEN ` + at + ` <= $1 OR ` + at + ` IS NULL THEN ` + at + `
    WHEN ` + at + ` <= $2 THEN $1 ELSE ` + q.d.plus(at, "$3") + ` END`
}

// earlier is a time at which something happened, brought back.
func (q queries) earlier(at string) string {
	return at + ` = CASE WHEN ` + at + ` > $1 THEN ` + q.d.plus(at, "$3") + ` ELSE ` + at + ` END`
}

func (b setBack) args() []any { return []any{b.now, b.seen, -b.by().Seconds()} }

func (t *Tx) bringBackGates(ctx context.Context, b setBack) error {
	_, err := t.conn.exec(ctx, `
UPDATE gate
SET `+t.sooner("until")+`, `+t.sooner("probe_until")+`, `+t.earlier("closed_at")+`
WHERE until > $1 OR probe_until > $1 OR closed_at > $1`, b.args()...)
	return err
}

// bringBackPaces keeps the distance to the last request and to the end of a wait.
func (t *Tx) bringBackPaces(ctx context.Context, b setBack) error {
	_, err := t.conn.exec(ctx, `
UPDATE pace
SET arrival_us = CASE WHEN arrival_us > $1 THEN arrival_us - $2 ELSE arrival_us END,
    until_us = CASE WHEN until_us > $1 THEN until_us - $2 ELSE until_us END`, b.now.UnixMicro(), b.by().Microseconds())
	if err != nil {
		return err
	}
	return t.bringBackDays(ctx, b)
}

// bringBackLeases leaves no lease for longer than a living holder takes. He
// prolongs it; a dead one's ends.
func (t *Tx) bringBackLeases(ctx context.Context, b setBack) error {
	_, err := t.conn.exec(ctx, `UPDATE leases SET expires_at = $1 WHERE expires_at > $1`, b.now.Add(leaseMost))
	return err
}

// bringBackUploads lets them live as long as they would have. Who checks one tells
// so again in a moment.
func (t *Tx) bringBackUploads(ctx context.Context, b setBack) error {
	_, err := t.conn.exec(ctx, `
UPDATE uploads
SET `+t.sooner("expires_at")+`, `+t.earlier("touched_at")+`, `+t.earlier("checker_at")+`, `+t.earlier("created_at")+`
WHERE expires_at > $1`, b.args()...)
	return err
}

// sending are the applicants of whom the outcome is not known, in the order
// in which they are locked everywhere.
func (q queries) sending(where string) string {
	return `
    SELECT batch_id, row_no
    FROM applicants
    WHERE batch_id IN (SELECT id FROM batches WHERE state IN ('running', 'paused', 'cancelled'))
      AND state = 'sending'` + where + `
    ORDER BY batch_id, row_no ` + q.d.forUpdate
}

// bringBackAttempts does so with the attempts of those in doubt: a look-up goes
// by their times.
func (t *Tx) bringBackAttempts(ctx context.Context, b setBack) error {
	keys, err := collect(ctx, t.queries, t.sending(""), nil, scanKey)
	if err != nil || len(keys) == 0 {
		return err
	}
	arg, err := keysArg(keys)
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `
UPDATE attempts
SET started_at = `+t.d.plus("started_at", "$3")+`,
    deadline_at = `+t.d.plus("deadline_at", "$3")+`,
    ended_at = CASE WHEN ended_at > $2 THEN `+t.d.plus("ended_at", "$3")+` ELSE ended_at END
FROM `+t.d.records(keyCols)+` AS k
WHERE batch_id = k_batch AND row_no = k_row AND started_at > $2`, arg, b.now, -b.by().Seconds())
	return err
}

// lookupSoon is how near a look-up may be to be left where it is. It may be that
// of a request that is in flight, sent since the clock was set back, and must
// not come before its end.
const lookupSoon = 2 * time.Minute

func (t *Tx) bringBackLookups(ctx context.Context, b setBack) error {
	_, err := t.conn.exec(ctx, `
UPDATE applicants
SET lookup_at = CASE WHEN lookup_at <= $4 THEN lookup_at WHEN lookup_at <= $2 THEN $1 ELSE `+t.d.plus("lookup_at", "$3")+` END,
    `+t.earlier("lookup_job_at")+`, `+t.earlier("sent_at")+`
WHERE state = 'sending' AND (batch_id, row_no) IN (`+
		t.sending(` AND (lookup_at > $4 OR lookup_job_at > $1 OR sent_at > $1)`)+`)`,
		append(b.args(), b.now.Add(lookupSoon))...)
	return err
}

// BringGateBack puts a gate right whose times cannot be: it was closed in the
// future, or opens later than the longest wait there is. So a clock that was set
// back is noticed too where it had not been seen before. It reports whether
// there was anything to put right.
func (t *Tx) BringGateBack(ctx context.Context, account int64, longest time.Duration) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || !g.Astray(longest) {
		return false, err
	}
	next := g
	if d := g.ClosedAt.Sub(g.Now); d > clockSlack {
		next.ClosedAt, next.Until, next.ProbeUntil = g.Now, later(g.Until.Add(-d), g.Now), g.ProbeUntil.Add(-d)
	}
	if next.Wait() > longest {
		next.Until = g.Now.Add(longest)
	}
	return true, t.writeGate(ctx, g, next)
}

// Astray reports whether the times of a closed gate cannot be.
func (g Gate) Astray(longest time.Duration) bool {
	return !g.Open() && !g.ByPerson && (g.ClosedAt.Sub(g.Now) > clockSlack || g.Wait() > longest)
}

package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// Allowance is how often something may be tried under a key: Burst times at once
// after a quiet time, and then once in Every.
type Allowance struct {
	Key   string // a hash: nothing that tells whose it is
	Burst int
	Every time.Duration
}

// A key has the theoretical arrival time of its next try (GCRA, as in the pace).
// A try moves it on by Every, and is refused when it lies further ahead than room.
// It cannot lie further ahead than full, unless the clock was set back.

func (a Allowance) every() int64 { return a.Every.Microseconds() }
func (a Allowance) room() int64  { return int64(a.Burst-1) * a.every() }
func (a Allowance) full() int64  { return int64(a.Burst) * a.every() }

// wait is how long a try has to wait, with the arrival time so far ahead.
func (a Allowance) wait(ahead int64) time.Duration {
	if ahead > a.full()+clockSlack.Microseconds() {
		return 0
	}
	return time.Duration(max(0, ahead-a.room())) * time.Microsecond
}

// TakeTry takes a try of each of these, or none and says how long to wait until
// there is one. One that is refused is not written down, and does not make the
// wait longer. After the clock was set back a try is let through, and all goes on
// as if as many as can be had just been made.
func (s *Store) TakeTry(ctx context.Context, all []Allowance) (wait time.Duration, err error) {
	if wait, err = s.tryWait(ctx, all); err != nil || wait > 0 {
		return wait, wrap("look at the tries", err)
	}
	errRefused := errors.New("others were first")
	err = s.InTx(ctx, func(tx *Tx) error {
		for _, a := range inKeyOrder(all) {
			if n, err := tx.takeTry(ctx, a); err != nil || n == 0 {
				return cmp.Or(err, errRefused)
			}
		}
		return nil
	})
	if !errors.Is(err, errRefused) {
		return 0, wrap("take a try", err)
	}
	wait, err = s.tryWait(ctx, all)
	return max(wait, time.Millisecond), wrap("look at the tries", err)
}

// inKeyOrder is the order in which tries are locked everywhere.
func inKeyOrder(all []Allowance) []Allowance {
	return slices.SortedFunc(slices.Values(all), func(a, b Allowance) int { return cmp.Compare(a.Key, b.Key) })
}

// tryWait is the longest wait of any of them.
func (q queries) tryWait(ctx context.Context, all []Allowance) (longest time.Duration, err error) {
	keys := make([]string, len(all))
	for i, a := range all {
		keys[i] = a.Key
	}
	arg, err := q.d.list(keys)
	if err != nil {
		return 0, err
	}
	type try struct {
		key   string
		ahead int64
	}
	tries, err := collect(ctx, q, `
SELECT key_hash, tat_us - `+q.d.nowMicros+`
FROM signin_tries
WHERE `+q.d.among("key_hash"), []any{arg}, func(r rows) (t try, err error) { return t, r.Scan(&t.key, &t.ahead) })
	for _, t := range tries {
		i := slices.Index(keys, t.key)
		longest = max(longest, all[i].wait(t.ahead))
	}
	return longest, err
}

// takeTry takes a try of one, if there is one. $2 is every, $3 room, $4 full and
// $5 that with what clocks are put right by.
func (t *Tx) takeTry(ctx context.Context, a Allowance) (int64, error) {
	now := t.d.nowMicros
	return t.conn.exec(ctx, `
INSERT INTO signin_tries (key_hash, tat_us)
VALUES ($1, `+now+` + $2)
ON CONFLICT (key_hash) DO UPDATE
SET tat_us = CASE
    WHEN signin_tries.tat_us > `+now+` + $5 THEN `+now+` + $4
    WHEN signin_tries.tat_us > `+now+` THEN signin_tries.tat_us + $2
    ELSE `+now+` + $2 END
WHERE signin_tries.tat_us <= `+now+` + $3 OR signin_tries.tat_us > `+now+` + $5`,
		a.Key, a.every(), a.room(), a.full(), a.full()+clockSlack.Microseconds())
}

// ReturnTry gives back a try that was taken, and should not count.
func (s *Store) ReturnTry(ctx context.Context, all []Allowance) error {
	return wrap("return a try", s.InTx(ctx, func(tx *Tx) error {
		for _, a := range inKeyOrder(all) {
			_, err := tx.conn.exec(ctx, `UPDATE signin_tries SET tat_us = tat_us - $2 WHERE key_hash = $1`, a.Key, a.every())
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// DeleteIdleTries forgets keys that say no more than none would: those whose time
// has come, and those that lie further ahead than any can.
func (q queries) DeleteIdleTries(ctx context.Context) error {
	now := q.d.nowMicros
	_, err := q.conn.exec(ctx, `
DELETE FROM signin_tries
WHERE tat_us <= `+now+` OR tat_us > `+now+` + $1`, time.Hour.Microseconds())
	return wrap("delete idle tries", err)
}

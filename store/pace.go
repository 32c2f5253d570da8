package store

import (
	"context"
	"math"
	"time"
)

// Pace is the spacing of requests that an account asks for.
type Pace struct {
	Rate  float64 // requests a second, 0 for no limit
	Burst int     // requests that may go at once after a quiet time
	Daily int     // requests a day (UTC), 0 for no limit
}

// Slots are times at which requests may be sent: N of them, the first after
// First from when they were given, the others Every after the one before.
type Slots struct {
	N        int
	First    time.Duration
	Every    time.Duration
	DayEnds  time.Duration // with N 0: the day count is used up, and this long until the next day
	Rate     float64       // the rate in force, 0 for no limit
	DayCount int64
}

// paceState is the row that paces the whole fleet.
type paceState struct {
	arrival  int64 // theoretical arrival time of the next request, in µs (GCRA)
	day      string
	dayCount int64
	cutRate  float64 // the rate at which the API last said 429, 0 when never
	cutAt    int64
	now      int64
	seen     time.Time // the latest time seen on the clock
}

// After a throttle the rate drops to paceDrop of what was measured and regrows
// along a cubic: fast at first, flat around the old rate, then fast again. The
// constants are those of the AWS SDKs' adaptive retry mode.
const (
	paceDrop  = 0.7
	paceScale = 0.4
)

// rate is the rate in force at now: the configured one, or the regrowing one.
func (p paceState) rate(configured float64) float64 {
	if p.cutRate <= 0 {
		return configured
	}
	t := max(0, float64(p.now-p.cutAt)/1e6) // the clock may have been set back
	k := math.Cbrt(p.cutRate * (1 - paceDrop) / paceScale)
	r := paceScale*math.Pow(t-k, 3) + p.cutRate
	r = max(r, 0.01)
	if configured > 0 && r >= configured {
		return configured
	}
	return r
}

// reserve takes up to want slots from the state.
func (p *paceState) reserve(pace Pace, want int) Slots {
	now := time.UnixMicro(p.now).UTC()
	// A clock that goes back over midnight, and over it again, begins no day anew.
	if day := now.Format(time.DateOnly); day > p.day || p.day > now.AddDate(0, 0, 1).Format(time.DateOnly) {
		p.day, p.dayCount = day, 0
	}
	n := want
	if pace.Daily > 0 {
		n = min(n, max(0, pace.Daily-int(p.dayCount)))
	}
	rate := p.rate(pace.Rate)
	s := Slots{N: n, Rate: rate, DayCount: p.dayCount + int64(n)}
	if n == 0 {
		s.DayEnds = now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
		return s
	}
	p.dayCount += int64(n)
	if rate <= 0 {
		return s
	}
	every := max(1, int64(1e6/rate))
	tolerance := int64(0)
	if pace.Rate > 0 && rate >= pace.Rate {
		// After a throttle requests go one by one: a burst was too much.
		tolerance = every * int64(max(pace.Burst, 1)-1)
	}
	// More than a thousand requests and some seconds ahead, the clock was set back.
	arrival := min(max(p.arrival, p.now), p.now+1000*every+clockSlack.Microseconds())
	p.arrival = arrival + int64(n)*every
	s.First = time.Duration(arrival-tolerance-p.now) * time.Microsecond
	s.Every = time.Duration(every) * time.Microsecond
	return s
}

func (q queries) paceState(ctx context.Context, account int64, lock string) (p paceState, err error) {
	err = q.queryOne(ctx, `
SELECT arrival_us, day, day_count, cut_rate, cut_at_us, `+q.d.nowMicros+`, (SELECT seen_at FROM clock WHERE id = 1)
FROM pace
WHERE account_id = $1 `+lock, []any{account}, &p.arrival, &p.day, &p.dayCount, &p.cutRate, &p.cutAt, &p.now,
		timeOf(&p.seen))
	return p, wrap("read pace", err)
}

func (t *Tx) writePace(ctx context.Context, account int64, p paceState) error {
	_, err := t.conn.exec(ctx, `
UPDATE pace
SET arrival_us = $2, day = $3, day_count = $4, cut_rate = $5, cut_at_us = $6
WHERE account_id = $1`, account, p.arrival, p.day, p.dayCount, p.cutRate, p.cutAt)
	return wrap("write pace", err)
}

// ReserveSlots takes up to want slots for this process. They count against the
// day from now on, whether or not they are used, until they are given back.
// [ErrClockSetBack] when the times kept must be brought back first.
func (s *Store) ReserveSlots(ctx context.Context, account int64, pace Pace, want int) (slots Slots, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.paceState(ctx, account, tx.d.forUpdate)
		if err != nil {
			return err
		}
		if p.seen.Sub(time.UnixMicro(p.now)) > clockSlack {
			return ErrClockSetBack
		}
		slots = p.reserve(pace, want)
		return tx.writePace(ctx, account, p)
	})
	return slots, err
}

// ReturnSlots gives back n slots, spaced every, that were not used.
func (q queries) ReturnSlots(ctx context.Context, account int64, n int, every time.Duration) error {
	_, err := q.conn.exec(ctx, `
UPDATE pace
SET arrival_us = arrival_us - $2,
    day_count = CASE WHEN day_count > $3 THEN day_count - $3 ELSE 0 END
WHERE account_id = $1`, account, int64(n)*every.Microseconds(), n)
	return wrap("return slots", err)
}

// CutPace slows the fleet after a 429 that met it at a measured rate.
func (t *Tx) CutPace(ctx context.Context, account int64, pace Pace, measured float64) error {
	p, err := t.paceState(ctx, account, t.d.forUpdate)
	if err != nil {
		return err
	}
	rate := p.rate(pace.Rate)
	if measured > 0 && (rate <= 0 || measured < rate) {
		rate = measured
	}
	if rate <= 0 {
		return nil
	}
	p.cutRate, p.cutAt = rate, p.now
	p.arrival = max(p.arrival, p.now)
	if err := t.noteEvent(ctx, account, GateEvent{Kind: GateEventPace, Rate: rate}); err != nil {
		return err
	}
	return t.writePace(ctx, account, p)
}

// PaceStatus is the pace as people are told of it: the rate in force now, and
// how many requests the day has seen. It waits for nobody.
func (q queries) PaceStatus(ctx context.Context, account int64, pace Pace) (rate float64, today int64, err error) {
	p, err := q.paceState(ctx, account, "")
	if err != nil {
		return 0, 0, err
	}
	if p.day >= time.UnixMicro(p.now).UTC().Format(time.DateOnly) {
		today = p.dayCount
	}
	return p.rate(pace.Rate), today, nil
}

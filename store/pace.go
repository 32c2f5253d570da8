package store

import (
	"context"
	"encoding/json"
	"time"

	"usher/store/rate"
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
	Wait     time.Duration // how long the API has asked nobody to send, from now on
	Wave     int64         // slots of a wave that is over are not to be used
}

// paceState is the row that paces the whole fleet.
type paceState struct {
	rate.Pace
	noted    float64 // the rate in force that people were last told of
	day      string
	dayCount int64
	now      int64
	seen     time.Time // the latest time seen on the clock
}

// keptLearned is what is kept of a pace as JSON.
type keptLearned struct {
	rate.Learned
	Noted float64 `json:"noted,omitempty"`
}

func (p *paceState) time() time.Time { return time.UnixMicro(p.now).UTC() }

func (p Pace) limits() rate.Limits { return rate.Limits{Rate: p.Rate, Burst: p.Burst} }

// reserve takes up to want slots from the state.
func (p *paceState) reserve(pace Pace, want int) Slots {
	now := p.time()
	// A clock that goes back over midnight, and over it again, begins no day anew.
	if day := now.Format(time.DateOnly); day > p.day || p.day > now.AddDate(0, 0, 1).Format(time.DateOnly) {
		p.day, p.dayCount = day, 0
	}
	n := want
	if pace.Daily > 0 {
		n = min(n, max(0, pace.Daily-int(p.dayCount)))
	}
	inForce := p.Learned.Rate(pace.Rate)
	if n == 0 {
		return Slots{Rate: inForce, DayCount: p.dayCount, Wave: p.Wave,
			DayEnds: now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)}
	}
	if inForce > 0 {
		// More than a thousand requests and some seconds ahead, the clock was set back.
		most := now.Add(time.Duration(1000/inForce*float64(time.Second)) + clockSlack)
		if p.Until.After(now) {
			most = most.Add(p.Until.Sub(now))
		}
		if p.Arrival.After(most) {
			p.Arrival = most
		}
	}
	took := p.Reserve(now, pace.limits(), n)
	p.dayCount += int64(took.N)
	s := Slots{N: took.N, Every: took.Every, Rate: inForce, DayCount: p.dayCount, Wave: p.Wave, Wait: max(0, p.Until.Sub(now))}
	if took.Every > 0 || took.First.After(now) {
		s.First = took.First.Sub(now)
	}
	return s
}

func (q queries) paceState(ctx context.Context, account int64, lock string) (p paceState, err error) {
	var arrival, until int64
	var learned string
	err = q.queryOne(ctx, `
SELECT arrival_us, until_us, wave, learned, day, day_count, `+q.d.nowMicros+`, (SELECT seen_at FROM clock WHERE id = 1)
FROM pace
WHERE account_id = $1 `+lock, []any{account}, &arrival, &until, &p.Wave, &learned, &p.day, &p.dayCount, &p.now,
		timeOf(&p.seen))
	if err != nil {
		return p, wrap("read pace", err)
	}
	p.Arrival, p.Until = time.UnixMicro(arrival).UTC(), time.UnixMicro(until).UTC()
	if learned == "" {
		return p, nil
	}
	var kept keptLearned
	err = json.Unmarshal([]byte(learned), &kept)
	p.Learned, p.noted = kept.Learned, kept.Noted
	return p, wrap("read pace", err)
}

func (t *Tx) writePace(ctx context.Context, account int64, p paceState) error {
	learned, err := json.Marshal(keptLearned{p.Learned, p.noted})
	if err != nil {
		return wrap("write pace", err)
	}
	_, err = t.conn.exec(ctx, `
UPDATE pace
SET arrival_us = $2, until_us = $3, wave = $4, learned = $5, day = $6, day_count = $7
WHERE account_id = $1`, account, p.Arrival.UnixMicro(), p.Until.UnixMicro(), p.Wave, string(learned), p.day, p.dayCount)
	return wrap("write pace", err)
}

// SlotRequest asks for slots.
type SlotRequest struct {
	Want     int
	Accepted int // requests that the API let through since this process last told
}

// ReserveSlots takes up to so many slots as are wanted for this process. They count
// against the day from now on, whether or not they are used, until they are given back.
// [ErrClockSetBack] when the times kept must be brought back first; nothing was counted
// then.
func (s *Store) ReserveSlots(ctx context.Context, account int64, pace Pace, r SlotRequest) (slots Slots, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.paceState(ctx, account, tx.d.forUpdate)
		if err != nil {
			return err
		}
		if p.seen.Sub(time.UnixMicro(p.now)) > clockSlack {
			return ErrClockSetBack
		}
		p.Learned.Accept(p.time(), pace.Rate, r.Accepted)
		if err := tx.notePace(ctx, account, pace, &p); err != nil {
			return err
		}
		slots = p.reserve(pace, r.Want)
		return tx.writePace(ctx, account, p)
	})
	return slots, err
}

// ReturnSlots gives back slots that were not used.
func (q queries) ReturnSlots(ctx context.Context, account int64, s Slots) error {
	_, err := q.conn.exec(ctx, `
UPDATE pace
SET arrival_us = arrival_us - CASE WHEN wave = $4 THEN CAST($2 AS BIGINT) ELSE 0 END,
    day_count = CASE WHEN day_count > $3 THEN day_count - $3 ELSE 0 END
WHERE account_id = $1`, account, int64(s.N)*s.Every.Microseconds(), s.N, s.Wave)
	return wrap("return slots", err)
}

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
	Daily int     // requests a day, 0 for no limit
	// Reserve is how many of the day are kept for look-ups.
	Reserve int `json:",omitempty"`
	// Zone is the time zone by which days begin, by its name; empty is UTC.
	Zone string `json:",omitempty"`
	// DayLength is how long a day is if not a whole one: it begins at midnight and anew
	// after each such span.
	DayLength time.Duration `json:",omitempty"`
}

// Slots are times at which requests may be sent: N of them, the first after
// First from when they were given, the others Every after the one before.
type Slots struct {
	N        int
	First    time.Duration
	Every    time.Duration
	Lead     time.Duration // how long before its time each is given, for its request to be made ready
	DayEnds  time.Duration // with N 0: the day count is used up, and this long until the next day
	DayLeft  int           // with N 0: what the day has left, for look-ups alone
	Pending  int           // with N 0: slots that other processes took lately, of which some may come back
	Rate     float64       // the rate in force, 0 for no limit
	DayCount int64
	Wait     time.Duration // how long the API has asked nobody to send, from now on
	Wave     int64         // slots of a wave that is over are not to be used
	Sharers  int           // worker processes that share the pace, 0 if none is known
	Day      string        // the day they count against
	Given    time.Time     // when they were given, by the database's clock
	Ends     int64         // the time behind the last of them, by which they are known when they come back
	Alone    bool          // all other processes wait for the answer: [Store.TellAnswers] is to tell of it at once
}

// paceState is the row that paces the whole fleet.
type paceState struct {
	rate.Pace
	noted    float64 // the rate in force that people were last told of
	day      string
	dayCount int64
	kept     keptDay
	sharers  int
	wave     int64 // as it was read
	now      int64
	seen     time.Time // the latest time seen on the clock
}

// keptLearned is what is kept of a pace as JSON.
type keptLearned struct {
	rate.Learned
	Noted float64 `json:"noted,omitempty"`
}

func (p *paceState) time() time.Time { return time.UnixMicro(p.now).UTC() }

// setBack reports whether the times kept must be brought back first.
func (p *paceState) setBack() bool { return p.seen.Sub(time.UnixMicro(p.now)) > clockSlack }

func (p Pace) limits() rate.Limits { return rate.Limits{Rate: p.Rate, Burst: p.Burst} }

// reserve takes up to want slots from the state.
func (p *paceState) reserve(pace Pace, r SlotRequest) Slots {
	now := p.time()
	p.turn(pace)
	n := min(r.Want, p.left(pace, r.Lookups))
	inForce := p.Learned.Rate(pace.Rate)
	if n == 0 {
		return Slots{Rate: inForce, DayCount: p.dayCount, Wave: p.Wave,
			DayEnds: pace.Calendar().End(now).Sub(now), DayLeft: p.left(pace, true), Pending: p.pending()}
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
	lim := pace.limits()
	lim.Lead = r.Lead
	took := p.Reserve(now, lim, n)
	p.dayCount += int64(took.N)
	s := Slots{N: took.N, Every: took.Every, Lead: took.Lead, Rate: inForce, DayCount: p.dayCount, Wave: p.Wave, Wait: max(0, p.Until.Sub(now)),
		Sharers: p.sharers, Day: p.day, Given: now, Ends: p.Arrival.UnixMicro(), Alone: took.Alone}
	if took.Every > 0 || took.First.After(now) {
		s.First = took.First.Sub(now)
	}
	return s
}

func (q queries) paceState(ctx context.Context, account int64, lock string) (p paceState, err error) {
	var arrival, until int64
	var learned, day string
	err = q.queryOne(ctx, `
SELECT arrival_us, until_us, wave, learned, day, day_count, day_learned, `+q.d.nowMicros+`, (SELECT seen_at FROM clock WHERE id = 1),
    (SELECT count(*) FROM leases WHERE substr(name, 1, length($2)) = $2 AND expires_at > `+q.d.now+`)
FROM pace
WHERE account_id = $1 `+lock, []any{account, paceLease(account)}, &arrival, &until, &p.Wave, &learned, &p.day, &p.dayCount, &day, &p.now,
		timeOf(&p.seen), &p.sharers)
	if err != nil {
		return p, wrap("read pace", err)
	}
	p.wave = p.Wave
	p.Arrival, p.Until = time.UnixMicro(arrival).UTC(), time.UnixMicro(until).UTC()
	if day != "" {
		if err := json.Unmarshal([]byte(day), &p.kept); err != nil {
			return p, wrap("read what is known of the day", err)
		}
	}
	if learned == "" {
		return p, nil
	}
	var kept keptLearned
	err = json.Unmarshal([]byte(learned), &kept)
	p.Learned, p.noted = kept.Learned, kept.Noted
	return p, wrap("read pace", err)
}

// Answers are what a process tells of the API's answers since it last told.
type Answers struct {
	Accepted int     // requests of the wave In that the API let through
	In       int64   // the latest wave of which it let one through
	Day      string  // the latest day that one of those counts against
	OfDay    int     // those of that day
	Named    float64 // the rate that the API named, 0 for none
}

// hear takes over what a process tells of the API's answers.
func (p *paceState) hear(pace Pace, a Answers) {
	p.turn(pace)
	p.Accept(p.time(), pace.limits(), a.Accepted, a.In)
	if a.Day == p.day { // of a day that is over nothing is learned any more
		p.kept.Accept(a.OfDay)
	}
	p.Name(p.time(), pace.limits(), a.Named)
}

// heardPace reads the pace for a change, and has it hear of answers.
func (t *Tx) heardPace(ctx context.Context, account int64, pace Pace, a Answers) (p paceState, err error) {
	p, err = t.paceState(ctx, account, t.d.forUpdate)
	if err == nil && p.setBack() {
		err = ErrClockSetBack
	}
	if err != nil {
		return p, err
	}
	p.hear(pace, a)
	return p, t.notePace(ctx, account, pace, &p)
}

// writePace keeps a state, and tells every process of it if slots that were taken are not
// to be used any more.
func (t *Tx) writePace(ctx context.Context, account int64, p paceState) error {
	learned, err := json.Marshal(keptLearned{p.Learned, p.noted})
	if err != nil {
		return wrap("write pace", err)
	}
	day, err := json.Marshal(p.kept)
	if err != nil {
		return wrap("write pace", err)
	}
	err = t.later(ctx, "write pace", `
UPDATE pace
SET arrival_us = $2, until_us = $3, wave = $4, learned = $5, day = $6, day_count = $7, day_learned = $8
WHERE account_id = $1`, []any{account, p.Arrival.UnixMicro(), p.Until.UnixMicro(), p.Wave, string(learned), p.day, p.dayCount,
		string(day)}, nil)
	if err != nil || p.Wave == p.wave {
		return err
	}
	return t.tellOfWave(ctx, account, Wave{p.Wave, max(0, p.Until.Sub(p.time()))})
}

// SlotRequest asks for slots.
type SlotRequest struct {
	Want int
	// Lead is how long before its time each is to be given, where they are so close that
	// a burst does not outweigh it.
	Lead time.Duration
	Answers
	// Worker is the process that takes them, which has used or given back by now what it took
	// before. What it does not use of a day is given to others when it has died: its lease has
	// ended. Empty for who takes a single one.
	Worker string
	// Lookups tells that they are for look-ups alone, which may use what of the day is
	// kept for them.
	Lookups bool
}

// ReserveSlots takes up to so many slots as are wanted for this process. They count
// against the day from now on, whether or not they are used, until they are given back.
// [ErrClockSetBack] when the times kept must be brought back first; nothing was counted
// then.
func (s *Store) ReserveSlots(ctx context.Context, account int64, pace Pace, r SlotRequest) (slots Slots, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.heardPace(ctx, account, pace, r.Answers)
		if err != nil {
			return err
		}
		p.hold(r.Worker, 0)
		if r.Want > p.left(pace, r.Lookups) || len(p.kept.Held) > heldMany {
			if err := tx.takeBack(ctx, &p); err != nil {
				return err
			}
		}
		slots = p.reserve(pace, r)
		p.hold(r.Worker, slots.N)
		return tx.writePace(ctx, account, p)
	})
	return slots, err
}

// TellAnswers takes over what a process tells of the API's answers where it must not wait
// for the next slots. It returns the wave of the pace, and how long nobody sends from now
// on. [ErrClockSetBack] as for [Store.ReserveSlots].
func (s *Store) TellAnswers(ctx context.Context, account int64, pace Pace, a Answers) (w Wave, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.heardPace(ctx, account, pace, a)
		if err != nil {
			return err
		}
		w = Wave{p.Wave, max(0, p.Until.Sub(p.time()))}
		return tx.writePace(ctx, account, p)
	})
	return w, wrap("tell of answers", err)
}

// ReturnSlots gives back the last of some slots, which were not used: they count no more
// against the day. Their times are given to others if nobody has later ones, as else more
// requests would go at those times than the pace allows. Worker is the process that took
// them, as it was named then.
func (s *Store) ReturnSlots(ctx context.Context, account int64, worker string, r Slots) error {
	err := s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.paceState(ctx, account, tx.d.forUpdate)
		if err != nil {
			return err
		}
		p.GiveBack(r.Wave, rate.Slots{N: r.N, Every: r.Every.Truncate(time.Microsecond), Ends: time.UnixMicro(r.Ends)})
		back := r.N
		if worker != "" {
			back = p.letGo(worker, r.N)
		}
		p.dayCount = max(0, p.dayCount-int64(back))
		return tx.writePace(ctx, account, p)
	})
	return wrap("return slots", err)
}

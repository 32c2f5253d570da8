// Package rate finds out how many requests a second an API lets through, and spaces
// requests by it. It is arithmetic alone: it has no clock, no database and no memory
// but [Pace], which whoever asks keeps, so that a whole fleet may share one.
package rate

import "time"

// Limits are the spacing of requests that somebody asked for.
type Limits struct {
	Rate  float64 // requests a second, 0 for no limit
	Burst int     // requests that may go at once after a quiet time
	// Lead is how long before its time whoever asks for a slot wants to have it.
	Lead time.Duration
}

// Pace is what is known of an API's limit, and when the next request may go. The
// zero value knows nothing, and goes by what was asked for.
type Pace struct {
	Arrival time.Time // the theoretical time of the next request (GCRA)
	Until   time.Time // nobody sends before this, as the API said
	Wave    int64     // grows with each refusal that changed something; requests carry it
	Learned Learned
}

// Slots are times at which requests may be sent: N of them, the first at First, the
// others Every after the one before.
type Slots struct {
	N     int
	First time.Time
	Every time.Duration // 0 with no limit
	Lead  time.Duration // how long before its time each is given at the least
	Ends  time.Time     // behind the last of them; zero with no limit
	// Alone says that all others wait for the answer to the request: it is to be told at once.
	Alone bool
}

// catchUp is how much faster than the rate in force a pace without a limit of ours
// makes up for a wait.
const catchUp = 4

// Reserve takes up to want slots. What the limiter saved up during a wait is used first, at
// the rate that was asked for. Slots are given so long before their times as is wanted, unless they
// are so far from each other that half of a burst outweighs it: who needs now more, now less
// time to make a request ready would else send several at once.
func (p *Pace) Reserve(now time.Time, lim Limits, want int) Slots {
	rate := p.Learned.Rate(lim.Rate)
	s := Slots{N: want, First: later(now, p.Until)}
	if rate <= 0 {
		return s
	}
	every := spacing(rate)
	alone, tolerance := p.Learned.alone(now), time.Duration(0)
	switch saved := int(p.Learned.Saved); {
	case saved > 0:
		if s.N = min(s.N, saved); alone {
			s.N = 1
		}
		p.Learned.Saved -= float64(s.N)
		every = spacing(orTimes(lim.Rate, rate))
	default:
		tolerance = every * time.Duration(p.burst(lim))
	}
	if !alone && every*time.Duration(lim.Burst)/2 < lim.Lead {
		s.Lead = lim.Lead
		tolerance /= 2 // the other half is for requests that come sooner than others after their slots
	}
	arrival := later(p.Arrival, now.Add(s.Lead))
	if alone {
		s.N, s.Alone, tolerance, every = 1, true, 0, max(every, answerTime)
	}
	s.First = later(arrival.Add(-tolerance), p.Until)
	if s.First.After(arrival) {
		arrival = s.First
	}
	p.Learned.Given += s.N
	p.Arrival = arrival.Add(time.Duration(s.N) * every)
	s.Every, s.Ends = every, p.Arrival
	p.Learned.Every = every
	return s
}

// burst is how many requests more than one may go at once. A rate that was learned leaves
// no room for it: one was too much.
func (p *Pace) burst(lim Limits) int {
	if lim.Rate <= 0 || p.Learned.Rate(lim.Rate) < lim.Rate {
		return 0
	}
	return max(lim.Burst, 1) - 1
}

// answerTime is how long others wait for the answer to a request that goes alone.
const answerTime = 500 * time.Millisecond

func orTimes(configured, rate float64) float64 {
	if configured > 0 {
		return configured
	}
	return rate * catchUp
}

// GiveBack takes back slots that were taken in a wave and not used: the last s.N of those
// that end at s.Ends. Their times are free again unless somebody has later ones. Those of
// an older wave have no place in the present spacing.
func (p *Pace) GiveBack(wave int64, s Slots) {
	if wave != p.Wave {
		return
	}
	p.Learned.Given = max(0, p.Learned.Given-s.N)
	if p.Arrival.Equal(s.Ends) {
		p.Arrival = p.Arrival.Add(-time.Duration(s.N) * s.Every)
	}
}

// Unsent tells of n slots of a wave in which no request was made, and whose times are over:
// nothing was let through in them.
func (p *Pace) Unsent(wave int64, n int) {
	if wave == p.Wave {
		p.Learned.Given = max(0, p.Learned.Given-n)
	}
}

// due is how many slots of the stretch have come by now: who is to tell what came of them
// may not have done so yet.
func (p *Pace) due(now time.Time, lim Limits) int {
	every := p.Learned.Every
	if every <= 0 || p.Learned.Rate(lim.Rate) <= 0 {
		return p.Learned.Given
	}
	return p.Learned.Given - max(0, int(p.Arrival.Sub(now)/every)-p.burst(lim))
}

func spacing(rate float64) time.Duration {
	return max(time.Microsecond, time.Duration(float64(time.Second)/rate).Truncate(time.Microsecond))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Accept counts n requests that the API let through and that were sent in a wave.
func (p *Pace) Accept(now time.Time, lim Limits, n int, wave int64) {
	if n > 0 && p.Learned.endRow(wave) {
		// Each process has a slot, an answer after another: they are not to be waited for.
		p.Wave++
		p.Arrival = later(now, p.Until)
		if rate := p.Learned.Rate(lim.Rate); rate > 0 {
			p.Arrival = p.Arrival.Add(spacing(rate)) // that one took what there was
		}
		p.Learned.together(now)
	}
	if wave != p.Wave {
		n = 0 // what was sent before a refusal says nothing of the time after it
	}
	p.Learned.Accept(now, lim.Rate, n)
}

// NewDay ends a row of refusals: those of a day that was used up say nothing of the next.
func (p *Pace) NewDay() { p.Learned.endRow(p.Wave) }

// Refusal is a 429.
type Refusal struct {
	Wave int64         // of the request that was refused
	Ago  time.Duration // how long ago that was sent
	Wait time.Duration // how long nobody sends
	Told bool          // the API itself said so
}

// Refuse applies a refusal, and reports whether it taught anything: a fleet in flight
// is refused many times over for one cause. One that taught nothing can still make the
// wait longer, if the API itself named it.
func (p *Pace) Refuse(now time.Time, lim Limits, r Refusal) bool {
	until := now.Add(r.Wait)
	if r.Wave != p.Wave {
		if r.Told && until.After(p.Until) { // the slots that were taken until then are not to be used
			p.Wave++
			p.Until, p.Arrival = until, now
			p.Learned.waitsUntil(now, until)
		}
		return false
	}
	p.Wave++
	p.Learned.row(p.Wave, lim.Rate, r.Told)
	// Who is to tell of what was let through has hardly done so yet.
	sent := now.Add(-max(0, r.Ago))
	p.Learned.Count = max(p.Learned.Count, p.due(sent, lim)-1)
	p.Learned.refused(now, sent, lim.Rate, p.burst(lim), r.Wait)
	p.Until = later(p.Until, until)
	p.Arrival = now
	return true
}

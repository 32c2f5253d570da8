package rate

import (
	"math"
	"time"
)

// Source says where the rate in force comes from.
type Source string

// The sources of a rate.
const (
	Configured Source = "configured"
	Found      Source = "learned"
)

// Learned is what refusals have taught of the limit: it lies between Low and High.
// A stretch is the time from the end of a wait to the next refusal; in it are steps,
// each at one rate.
type Learned struct {
	At     float64 `json:"at,omitempty"`   // requests a second now, 0 when nothing is known
	Low    float64 `json:"low,omitempty"`  // the best rate that held
	High   float64 `json:"high,omitempty"` // the lowest that was refused, 0 for none
	Source Source  `json:"source,omitempty"`

	Named   float64   `json:"named,omitempty"`   // the rate that the API named, 0 for none
	NamedAt time.Time `json:"named_at,omitzero"` // when it last did

	Refused time.Time     `json:"refused,omitzero"` // when the stretch's wait began, zero before the first
	Wait    time.Duration `json:"wait,omitempty"`   // that wait
	Count   int           `json:"count,omitempty"`  // accepted in the stretch
	Since   time.Time     `json:"since,omitzero"`   // when the stretch began
	Given   int           `json:"given,omitempty"`  // slots of the stretch, those to come included
	Every   time.Duration `json:"every,omitempty"`  // their distance, as it was last
	Seen    time.Time     `json:"seen,omitzero"`    // when somebody last asked or told
	Rested  bool          `json:"rested,omitempty"` // the stretch began after a rest, not after a wait
	Step    int           `json:"step,omitempty"`   // accepted in the step
	StepAt  time.Time     `json:"step_at,omitzero"` // when the step began

	Excused time.Time `json:"excused,omitzero"`  // when a refusal was last taken for a moment's, not for the limit's
	Row     int       `json:"row,omitempty"`     // refusals in a row: nothing that was sent after the first was let through
	RowIn   int64     `json:"row_in,omitempty"`  // the wave that the first of them began
	Alone   bool      `json:"alone,omitempty"`   // the stretch's first request goes alone
	Holding bool      `json:"holding,omitempty"` // the limit is found: only tries leave Low
	Try     float64   `json:"try,omitempty"`     // how far above Low a try is, 0 for none
	Failed  int       `json:"failed,omitempty"`  // tries in a row that were refused
	TryNext time.Time `json:"try_next,omitzero"` // when the next begins
	Share   float64   `json:"share,omitempty"`   // of what a wait saved up, how much is used
	Saved   float64   `json:"saved,omitempty"`   // requests that the wait saved up
	Depth   float64   `json:"depth,omitempty"`   // how many the limiter can save up, as far as was seen
	Caught  float64   `json:"caught,omitempty"`  // how many they were at the end of the wait
}

// The constants were found by simulation; see the test.
const (
	heldFor   = 3 * time.Second // a rate that lasted for this and heldMost requests has held
	heldCount = 30
	toldAfter = time.Second // a process tells of what was let through with its next block
	narrow    = 1.04        // a bracket of this ratio is as good as found
	under     = 0.99        // of Low, while it holds
	slower    = 0.97        // of Low, after a refusal while it held
	soon      = 10 * time.Second
	firstTry  = 0.04
	tryAfter  = 15 * time.Second
	tryLatest = 120 * time.Second
	leastRate = 0.01
	cheap     = 0.4 // seconds of the rate that are lost by a refusal
)

// Rate is the rate in force, never above the configured one (0 for no limit), nor above
// one that the API named.
func (l *Learned) Rate(configured float64) float64 {
	limit := l.limit(configured)
	if l.At <= 0 || limit > 0 && l.At >= limit {
		return limit
	}
	return l.At
}

// SourceOf says where the rate in force comes from.
func (l *Learned) SourceOf(configured float64) Source {
	if l.Rate(configured) == configured {
		return Configured
	}
	return l.Source
}

// InARow is how many refusals in a row met no success between them, the next included.
func (l *Learned) InARow() int { return l.Row + 1 }

// row counts a refusal that began a wave. The next request goes alone where the wait may
// well be too short, as more would be refused with it: where several in a row were, and
// where the API named none and had let the full rate through until then.
func (l *Learned) row(wave int64, configured float64, told bool) {
	if l.Row = l.InARow(); l.Row == 1 {
		l.RowIn = wave
	}
	l.Alone = l.Row > 1 || !told && l.Rate(configured) == l.limit(configured)
}

// endRow ends a row of refusals, as requests of a wave were let through. Those that were
// sent before the first refusal, and are told of late, do not end it. It reports whether
// requests went alone until now.
func (l *Learned) endRow(wave int64) (alone bool) {
	if wave < l.RowIn {
		return false
	}
	alone = l.Alone
	l.Row, l.Alone = 0, false
	return alone
}

// together begins the stretch as requests need not go alone any more: hardly anybody has
// sent until now, which is part of the wait.
func (l *Learned) together(now time.Time) {
	if now.After(l.Since) {
		l.Wait, l.Since = l.Wait+now.Sub(l.Since), now
	}
	l.anew()
}

// waitsUntil begins the stretch after a longer wait than was known of, if it is longer.
func (l *Learned) waitsUntil(now, t time.Time) {
	switch {
	case !t.After(l.Since):
	case l.Since.After(now):
		l.Wait += t.Sub(l.Since)
	default: // the stretch goes on already
		l.Wait, l.Caught = t.Sub(now), 0
	}
	l.Since = later(l.Since, t)
	l.anew()
}

// anew begins the stretch with nothing: slots that were taken for it are not used.
func (l *Learned) anew() {
	l.Count, l.Given, l.Step, l.StepAt, l.Saved = 0, 0, 0, l.Since, l.Caught
}

// alone reports whether the next request goes alone: the first, and others that are asked
// for before it may have been answered, as it may come back unused.
func (l *Learned) alone(now time.Time) bool {
	return l.Alone && (l.Given == 0 || now.Before(l.Since.Add(answerTime)))
}

// Accept counts n requests that the API let through, and moves on when their rate has
// held.
func (l *Learned) Accept(now time.Time, configured float64, n int) {
	l.forget(now, n)
	configured = l.limit(configured)
	if l.Since.IsZero() || l.Since.After(now) && l.Since.Sub(now) > l.Wait+time.Second {
		l.rest(now) // nothing yet, or the clock was set back
	} else if now.Sub(later(l.Seen, l.Since)) > l.idle(configured) {
		l.rest(now)
	}
	l.Seen = now
	if l.TryNext.Sub(now) > 2*tryLatest {
		l.TryNext = now
	}
	l.Count += n
	l.Step += n
	if l.At <= 0 || !l.held(now, configured) {
		return
	}
	switch {
	case l.Try > 0:
		if l.proven(now) {
			l.Low, l.High, l.Failed, l.Try = l.At, 0, 0, firstTry
		}
		l.tryAt(now, configured, 2*l.Try)
	case l.Holding:
		if !now.Before(l.TryNext) {
			l.tryAt(now, configured, firstTry)
		}
	case l.proven(now):
		l.Low = l.shown(now)
		l.seek(now)
	}
}

// tryAt tries a rate so far above Low, or goes on with the present one if that is the
// fastest.
func (l *Learned) tryAt(now time.Time, configured, above float64) {
	if rate := min(l.Low*(1+above), orRate(configured, math.Inf(1))); rate > l.At || l.Low >= l.At {
		l.Try = above
		l.step(now, rate)
	}
}

// rest begins a stretch for which the limiter may have saved up more than we know.
func (l *Learned) rest(now time.Time) {
	l.Since, l.StepAt, l.Count, l.Step, l.Given = now, now, 0, 0, 0
	l.Rested, l.Saved, l.Caught = true, 0, 0
}

// idle is how long nobody asks for slots when there is nothing to send.
func (l *Learned) idle(configured float64) time.Duration {
	d := heldFor
	if rate := l.Rate(configured); rate > 0 {
		d += 2 * spacing(rate)
	}
	return d
}

// held reports whether the rate of this step has lasted, and was asked for.
func (l *Learned) held(now time.Time, configured float64) bool {
	lasted := now.Sub(l.StepAt)
	return lasted >= heldFor && l.Step >= min(heldCount, int(math.Ceil(heldFor.Seconds()*l.At))) &&
		float64(l.Step) >= made*l.Rate(configured)*(lasted-toldAfter).Seconds()
}

func orRate(configured, other float64) float64 {
	if configured > 0 {
		return configured
	}
	return other
}

func (l *Learned) step(now time.Time, rate float64) {
	l.At, l.Step, l.StepAt = max(rate, leastRate), 0, now
}

// seek takes the next step between Low and High, or holds when they are close.
func (l *Learned) seek(now time.Time) {
	switch {
	case l.High <= 0:
		l.step(now, l.Low*1.25)
	case l.High <= l.Low*narrow:
		l.hold(now)
	default:
		bold := 0.5 + 0.3*max(0, 1-l.Wait.Seconds()) // where a refusal costs little
		l.step(now, math.Pow(l.Low, 1-bold)*math.Pow(l.High, bold))
	}
}

func (l *Learned) hold(now time.Time) {
	l.Holding, l.Try = true, 0
	latest := tryLatest
	if l.Wait.Seconds()-l.Caught/l.Low < cheap {
		latest = tryAfter // the wait after a refusal costs little
	}
	l.TryNext = now.Add(min(tryAfter<<min(l.Failed, 4), latest))
	l.step(now, l.Low*under)
}

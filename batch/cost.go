package batch

import (
	"context"
	"math"
	"time"

	"usher/schedule/when"
	"usher/store"
)

// Cost is what sending would take. The shape is part of the interface.
type Cost struct {
	Tokens  int       `json:"tokens"`
	Seconds float64   `json:"seconds"` // at the configured pace, without waits for the daily limit
	Days    int       `json:"days"`    // days (of upstream.day_zone) on which requests are made
	Finish  time.Time `json:"finish"`  // if it began now, with nobody else waiting
	// Quiet tells that quiet times make it later.
	Quiet bool `json:"quiet,omitempty"`
}

// Cost is what so many invitations would take that have quiet times, reckoned with the
// requests that today has seen, if there is a database that knows.
func (s *Service) Cost(ctx context.Context, tokens int, r QuietRule) (Cost, error) {
	today := int64(0)
	p := pace(s.cfg)
	if s.st != nil {
		now, err := s.st.PaceNow(ctx, s.account, p)
		if err != nil {
			return Cost{}, err
		}
		today, p = now.Today, withDayLimit(p, now.DayLimit)
	}
	quiet, _ := when.ParseQuiet(r) // as if there were none, if they cannot be read
	return costInQuiet(time.Now(), tokens, int(today), p, quiet, time.Time{}), nil
}

// CostAt is what the rest of a batch takes at a pace that was read before.
func (s *Service) CostAt(p Pace, b Batch) Cost {
	quiet, _ := when.ReadQuiet(b.quiet) // likewise
	ended := time.Time{}
	if q := b.Quiet; q != nil && !q.Now && q.From != nil && b.State == Running {
		ended = *q.From
	}
	return costInQuiet(time.Now(), b.Counts.Open(), int(p.Today), withDayLimit(pace(s.cfg), p.DayLearned), quiet, ended)
}

// withDayLimit is a pace with the limit of a day that was learned, if it is the lower one;
// 0 is not known.
func withDayLimit(p store.Pace, learned int) store.Pace {
	if learned > 0 && (p.Daily <= 0 || learned < p.Daily-p.Reserve) {
		p.Daily, p.Reserve = learned, 0
	}
	return p
}

// costDays is how many days ahead are reckoned one by one; the others take what a day
// usually takes.
const costDays = 4000

// costOf is what it costs to begin now, on a day that has seen some requests.
func costOf(now time.Time, tokens, today int, p store.Pace) Cost {
	now = now.UTC()
	c := Cost{Tokens: tokens, Finish: now.Truncate(time.Second)}
	if tokens == 0 {
		return c
	}
	c.Seconds = seconds(tokens, p)
	w := sendingFrom(now, tokens, today, p)
	w.sendUntil(now.Add(costDays * w.calendar.Span()))
	if w.left > 0 {
		span := w.calendar.Span()
		most := max(1, capacity(span.Seconds(), 0, w.pace))
		days := (w.left + most - 1) / most
		w.days += days
		w.at = w.calendar.Begin(w.at).Add(time.Duration(days-1) * span).Add(toDuration(seconds(w.left-(days-1)*most, w.pace)))
	}
	c.Days, c.Finish = w.days, w.at.UTC().Truncate(time.Second)
	return c
}

// seconds is how long so many requests take.
func seconds(requests int, p store.Pace) float64 {
	if p.Rate <= 0 {
		return 0
	}
	return float64(max(0, requests-p.Burst)) / p.Rate
}

// capacity is how many invitations fit into the seconds that are left of a day.
func capacity(left float64, today int, p store.Pace) int {
	fit := math.MaxInt
	if p.Rate > 0 {
		fit = int(left*p.Rate) + p.Burst
	}
	if p.Daily > 0 {
		fit = min(fit, max(0, p.Daily-p.Reserve-today))
	}
	return fit
}

func toDuration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

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
	Days    int       `json:"days"`    // calendar days (UTC) on which requests are made
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
		var err error
		if _, today, err = s.st.PaceStatus(ctx, s.account, p); err != nil {
			return Cost{}, err
		}
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
	return costInQuiet(time.Now(), b.Counts.Open(), int(p.Today), pace(s.cfg), quiet, ended)
}

const daySeconds = 24 * 60 * 60

// costOf is what it costs to begin now, on a day that has seen some requests.
func costOf(now time.Time, tokens, today int, p store.Pace) Cost {
	now = now.UTC()
	c := Cost{Tokens: tokens, Finish: now.Truncate(time.Second)}
	if tokens == 0 {
		return c
	}
	c.Seconds = seconds(tokens, p)
	midnight := now.Truncate(24 * time.Hour)
	first := min(tokens, capacity(daySeconds-now.Sub(midnight).Seconds(), today, p))
	p.Burst = 0 // what may go at once has gone
	rest := tokens - first
	if rest == 0 {
		c.Days = 1
		c.Finish = now.Add(toDuration(c.Seconds)).Truncate(time.Second)
		return c
	}
	whole := max(1, capacity(daySeconds, 0, p))
	days := (rest + whole - 1) / whole
	if c.Days = days; first > 0 {
		c.Days++
	}
	last := rest - (days-1)*whole
	c.Finish = midnight.AddDate(0, 0, days).Add(toDuration(seconds(last, p))).Truncate(time.Second)
	return c
}

// seconds is how long so many requests take.
func seconds(requests int, p store.Pace) float64 {
	if p.Rate <= 0 {
		return 0
	}
	return float64(max(0, requests-p.Burst)) / p.Rate
}

// capacity is how many requests fit into the seconds that are left of a day.
func capacity(left float64, today int, p store.Pace) int {
	fit := math.MaxInt
	if p.Rate > 0 {
		fit = int(left*p.Rate) + p.Burst
	}
	if p.Daily > 0 {
		fit = min(fit, max(0, p.Daily-today))
	}
	return fit
}

func toDuration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

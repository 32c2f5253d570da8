package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"usher/config"
	"usher/store"
)

// cost is what sending would take. The shape is part of the interface.
type cost struct {
	Tokens  int       `json:"tokens"`
	Seconds float64   `json:"seconds"` // at the configured pace, without waits for the daily limit
	Days    int       `json:"days"`    // calendar days (UTC) on which requests are made
	Finish  time.Time `json:"finish"`  // if it began now, with nobody else waiting
}

// costNow reckons with the requests that today has seen, if there is a database
// that knows.
func costNow(ctx context.Context, st *store.Store, account int64, tokens int, p store.Pace) (cost, error) {
	today := int64(0)
	if st != nil {
		var err error
		if _, today, err = st.PaceStatus(ctx, account, p); err != nil {
			return cost{}, err
		}
	}
	return costOf(time.Now(), tokens, int(today), p), nil
}

const daySeconds = 24 * 60 * 60

// costOf is what it costs to begin now, on a day that has seen some requests.
func costOf(now time.Time, tokens, today int, p store.Pace) cost {
	now = now.UTC()
	c := cost{Tokens: tokens, Finish: now.Truncate(time.Second)}
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

func (a *app) printCost(c cost, limits config.Upstream) {
	rate := rateWords(paceShape{Rate: limits.Rate, Configured: limits.Rate})
	fmt.Fprintf(a.stdout, "Sending takes %s at %s.\n", spanWords(toDuration(c.Seconds)), rate)
	if c.Days > 1 && limits.Daily > 0 {
		fmt.Fprintf(a.stdout, "With %s a day at most it is spread over %d days.\n", thousands(limits.Daily), c.Days)
	}
	fmt.Fprintf(a.stdout, "Done about %s if begun now.\n", c.Finish.Local().Format("2006-01-02 15:04"))
}

// spanWords writes a length of time as people say it.
func spanWords(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < time.Second:
		return "less than a second"
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

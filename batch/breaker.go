package batch

import (
	"context"
	"fmt"
	"strings"

	"usher/jobs"
	"usher/store"
)

// Breakers say when a batch stops by itself; see [store.Breakers].
type Breakers = store.Breakers

// breakers are those of the settings.
func (s *Service) breakers() Breakers {
	b := s.cfg.Breaker
	return Breakers{Canary: b.Canary, SameRefusal: b.SameRefusal, Tolerate: b.Tolerate}
}

// breakersGiven are those that a batch has, but for what was given with flags.
func (s *Service) breakersGiven(has Breakers) Breakers {
	given := s.breakers()
	for path, of := range map[string]func(*Breakers) *int{
		"breaker.canary":       func(b *Breakers) *int { return &b.Canary },
		"breaker.same_refusal": func(b *Breakers) *int { return &b.SameRefusal },
		"breaker.tolerate":     func(b *Breakers) *int { return &b.Tolerate },
	} {
		if strings.HasPrefix(s.cfg.Source(path), "--") {
			*of(&has) = *of(&given)
		}
	}
	return has
}

// Most that may be chosen of each breaker.
const (
	canaryMost      = 1000
	sameRefusalMost = 1_000_000
	tolerateMost    = 100
)

// checkBreakers refuses breakers that nobody can mean. The error is a [RequestError].
func checkBreakers(b Breakers) error {
	for _, part := range []struct {
		has, most int
		what      string
	}{
		{b.Canary, canaryMost, "the number of people who go first"},
		{b.SameRefusal, sameRefusalMost, "the number of people in a row who are refused alike"},
		{b.Tolerate, tolerateMost, "the percentage of people who may be refused"},
	} {
		if part.has < 0 || part.has > part.most {
			return requestError("write a whole number from 0 to "+Thousands(part.most), "%s is not from 0 to %s", part.what, Thousands(part.most))
		}
	}
	return nil
}

// beginning is what gives a batch its quiet times and its breakers as it is set running.
func beginning(r QuietRule, b Breakers) func(ctx context.Context, tx *store.Tx, batch int64) error {
	return func(ctx context.Context, tx *store.Tx, batch int64) error {
		if err := beginQuiet(r)(ctx, tx, batch); err != nil {
			return err
		}
		return tx.BeginBreakers(ctx, batch, b)
	}
}

// FirstWords say that the first of so many people go alone; empty if they do not.
func FirstWords(b Breakers, invitations int) string {
	switch {
	case b.Canary == 0 || invitations <= b.Canary:
		return ""
	case b.Canary == 1:
		return "The first one goes alone; the others follow when that one is invited."
	}
	return fmt.Sprintf("The first %d go alone; the others follow when these are invited.", b.Canary)
}

// StoppedItself reports whether the batch is paused as people were refused.
func (b Batch) StoppedItself() bool {
	switch b.PauseReason {
	case jobs.PausedCanary, jobs.PausedSameRefusal, jobs.PausedManyRefused:
		return true
	}
	return false
}

// stoppedHint is what to do about a batch that is paused as people were refused.
func (b Batch) stoppedHint() string {
	left, again := "those who were on their way then were still sent", ""
	if b.PauseReason == jobs.PausedCanary {
		left, again = "nobody else was sent to", ", before it alone again"
	}
	if b.Counts[Unknown] > 0 {
		left += fmt.Sprintf("; 'usher resolve %d' lists those whose answers were lost", b.ID)
	}
	return fmt.Sprintf("%s; 'usher report %d' lists what the API said to whom; if the list or the workflow is wrong, 'usher cancel %d', mend it and run it again; 'usher resume %d' goes on with the rest, and 'usher retry %d' takes those who were refused once more%s",
		left, b.ID, b.ID, b.ID, b.ID, again)
}

// WaitsForFirst reports whether the batch runs, and holds all back but the first.
func (b Batch) WaitsForFirst() bool { return b.State == Running && b.canaryTo > 0 }

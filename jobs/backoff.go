package jobs

import (
	"math/rand/v2"
	"time"

	"github.com/sethvargo/go-retry"
)

// backoff is a doubling sequence of waits, from first to most.
func backoff(first, most time.Duration) retry.Backoff {
	return retry.WithCappedDuration(most, retry.NewExponential(first))
}

// stepOf is the step-th wait of a sequence, counted from 1.
func stepOf(b retry.Backoff, step int) time.Duration {
	var d time.Duration
	for range min(max(step, 1), 64) {
		d, _ = b.Next()
	}
	return d
}

// jitter lengthens a wait by up to a tenth, and by half a minute at most, so
// that those who wait do not all wake together. It never shortens one: the
// API's word is a minimum.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return d + time.Duration(rand.Int64N(int64(min(d/10, 30*time.Second))+1))
}
